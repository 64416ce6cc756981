/** A store whose pieces were thrown away: when one is read, somebody else has to come up with its bytes. */
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {PieceStore} from '#node/ports/piece-store';
import {createMemoryPieceStore} from '../../support/memory-piece-store.ts';

/** The bytes of a piece, made on demand; undefined when that cannot be done. */
export type Source = (pieceId: Hash32) => Promise<Uint8Array | undefined>;

export type OutsourcingStore = PieceStore & {
	/** From now on nothing is read from the disk. */
	throwAway(source: Source): void;
	/** Pieces that were asked of the source. */
	readonly asked: ReadonlySet<string>;
};

export const createOutsourcingStore = (): OutsourcingStore => {
	const disk = createMemoryPieceStore();
	const asked = new Set<string>();
	let source: Source | undefined;
	return {
		...disk,
		asked,
		throwAway: from => {
			source = from;
		},
		open: async (agreementId, pieceId) => {
			if (source === undefined) return disk.open(agreementId, pieceId);
			asked.add(toHex(pieceId));
			const bytes = await source(pieceId);
			return (
				bytes && {
					length: bytes.length,
					read: async (offset, length) => bytes.subarray(offset, offset + length),
				}
			);
		},
	};
};
