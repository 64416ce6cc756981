import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {PieceStore, StoredCommitment, StoredRevision} from '#node/ports/piece-store';

type Kept = {readonly pieceId: Hash32; readonly bytes: Uint8Array; readonly held: boolean};
type Agreement = {
	readonly id: Hash32;
	readonly pieces: Map<string, Kept>;
	readonly revisions: Map<number, StoredRevision>;
};

/** A piece store that forgets everything when it goes. `corrupt` spoils a piece as a bad disk would. */
export const createMemoryPieceStore = (): PieceStore & {
	corrupt(agreementId: Hash32, pieceId: Hash32): void;
} => {
	const agreements = new Map<string, Agreement>();
	const commitments = new Map<string, StoredCommitment>();
	const corrupted = new Set<Uint8Array>();
	const at = (id: Hash32): Agreement => {
		const found = agreements.get(toHex(id)) ?? {id, pieces: new Map(), revisions: new Map()};
		agreements.set(toHex(id), found);
		return found;
	};
	const kept = (agreementId: Hash32, pieceId: Hash32): Kept | undefined =>
		agreements.get(toHex(agreementId))?.pieces.get(toHex(pieceId));
	return {
		put: async (agreementId, pieceId, bytes) => {
			if (kept(agreementId, pieceId) === undefined)
				at(agreementId).pieces.set(toHex(pieceId), {pieceId, bytes: bytes.slice(), held: false});
		},
		find: async (agreementId, pieceId) => {
			const piece = kept(agreementId, pieceId);
			return piece && {pieceId, length: piece.bytes.length, held: piece.held};
		},
		open: async (agreementId, pieceId) => {
			const bytes = kept(agreementId, pieceId)?.bytes;
			return (
				bytes && {
					length: bytes.length,
					read: async (offset, length) => {
						if (corrupted.has(bytes)) throw new NodeError({code: 'PIECE_CORRUPT'});
						return bytes.subarray(offset, offset + length);
					},
				}
			);
		},
		agreements: async () =>
			[...agreements.values()]
				.filter(({pieces, revisions}) => pieces.size + revisions.size > 0)
				.map(({id}) => id),
		load: async agreementId => {
			const agreement = agreements.get(toHex(agreementId));
			return {
				pieces: [...(agreement?.pieces ?? [])]
					.sort(([a], [b]) => (a < b ? -1 : 1))
					.map(([, {pieceId, bytes, held}]) => ({pieceId, length: bytes.length, held})),
				revisions: [...(agreement?.revisions.values() ?? [])].sort((a, b) => a.revisionNo - b.revisionNo),
			};
		},
		change: async (
			agreementId,
			{hold = [], unhold = [], dropPieces = [], addRevisions = [], dropRevisions = []},
		) => {
			for (const pieceId of [...hold, ...unhold])
				if (kept(agreementId, pieceId) === undefined) throw new NodeError({code: 'PIECE_MISSING'});
			const {pieces, revisions} = at(agreementId);
			const mark = (pieceId: Hash32, held: boolean): void => {
				const piece = defined(pieces.get(toHex(pieceId)), 'looked at above');
				pieces.set(toHex(pieceId), {...piece, held});
			};
			for (const pieceId of hold) mark(pieceId, true);
			for (const pieceId of unhold) mark(pieceId, false);
			for (const pieceId of dropPieces) pieces.delete(toHex(pieceId));
			for (const revision of addRevisions) revisions.set(revision.revisionNo, revision);
			for (const revisionNo of dropRevisions) revisions.delete(revisionNo);
		},
		dropAgreement: async agreementId => {
			agreements.delete(toHex(agreementId));
		},
		commitments: async () => [...commitments.values()].sort((a, b) => a.epoch - b.epoch),
		putCommitment: async commitment => {
			commitments.set(`${commitment.epoch} ${toHex(commitment.root)}`, commitment);
		},
		dropCommitments: async epoch => {
			for (const [key, commitment] of commitments) if (commitment.epoch < epoch) commitments.delete(key);
		},
		reclaim: async () => 0,
		close: async () => undefined,
		corrupt: (agreementId, pieceId) => {
			corrupted.add(defined(kept(agreementId, pieceId), 'there is such a piece').bytes);
		},
	};
};
