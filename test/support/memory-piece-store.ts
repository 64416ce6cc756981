import {pieceLeafCount} from '#crypto/piece-id';
import {defined} from '#kernel/assert';
import {compareBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {
	AgreementChange,
	DiskSpace,
	PieceName,
	PieceStore,
	PieceUsage,
	SettledTrie,
	StoredCommitment,
	StoredPiece,
	StoredRevision,
} from '#node/ports/piece-store';
import {NOTHING_SETTLED} from '#node/services/provider/agreement-book';

type Kept = {readonly pieceId: Hash32; readonly bytes: Uint8Array; readonly held: boolean};
type Agreement = {
	readonly id: Hash32;
	readonly pieces: Map<string, Kept>;
	readonly revisions: Map<number, StoredRevision>;
	readonly pages: Map<number, Uint8Array>;
	settled: SettledTrie;
};

const usageOf = (pieces: Iterable<Kept>): PieceUsage => {
	const lengths = [...pieces].map(({bytes}) => bytes.length);
	return {
		pieces: lengths.length,
		bytes: lengths.reduce((sum, length) => sum + length, 0),
		leaves: lengths.reduce((sum, length) => sum + pieceLeafCount(length), 0),
	};
};

const markPieces = (pieces: Map<string, Kept>, pieceIds: readonly Hash32[], held: boolean): void => {
	for (const pieceId of pieceIds) {
		const piece = defined(pieces.get(toHex(pieceId)), 'looked at before');
		pieces.set(toHex(pieceId), {...piece, held});
	}
};

const settleTrie = (
	agreement: Agreement,
	{trie, putPages, dropPages}: NonNullable<AgreementChange['settle']>,
): void => {
	agreement.settled = trie;
	for (const page of dropPages) agreement.pages.delete(page);
	for (const {page, bytes} of putPages) agreement.pages.set(page, bytes);
};

const describe = ({pieceId, bytes, held}: Kept): StoredPiece => ({pieceId, length: bytes.length, held});

const byName = (a: PieceName, b: PieceName): number =>
	compareBytes(a.agreementId, b.agreementId) || compareBytes(a.pieceId, b.pieceId);

/** A piece store that forgets everything when it goes. `corrupt` spoils a piece as a bad disk would. */
export type MemoryPieceStore = PieceStore & {
	corrupt(agreementId: Hash32, pieceId: Hash32): void;
	/** A page of an agreement's trie is gone. */
	losePage(agreementId: Hash32, page: number): void;
	pagesOf(agreementId: Hash32): readonly number[];
	/** What `space` says from now on. */
	disk: DiskSpace;
};

export const createMemoryPieceStore = (): MemoryPieceStore => {
	const agreements = new Map<string, Agreement>();
	const commitments = new Map<string, StoredCommitment>();
	const notes = new Map<string, Uint8Array>();
	const corrupted = new Set<Uint8Array>();
	const at = (id: Hash32): Agreement => {
		const found = agreements.get(toHex(id)) ?? {
			id,
			pieces: new Map(),
			revisions: new Map(),
			pages: new Map(),
			settled: NOTHING_SETTLED,
		};
		agreements.set(toHex(id), found);
		return found;
	};
	const kept = (agreementId: Hash32, pieceId: Hash32): Kept | undefined =>
		agreements.get(toHex(agreementId))?.pieces.get(toHex(pieceId));
	const store: MemoryPieceStore = {
		disk: {free: 2 ** 40, total: 2 ** 41},
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
						if (corrupted.has(bytes))
							throw new NodeError({
								code: 'PIECE_CORRUPT',
								agreementId: toHex(agreementId),
								pieceId: toHex(pieceId),
							});
						return bytes.subarray(offset, offset + length);
					},
				}
			);
		},
		agreements: async () => [...agreements.values()].map(({id}) => id),
		load: async agreementId => {
			const agreement = agreements.get(toHex(agreementId));
			return {
				settled: agreement?.settled ?? NOTHING_SETTLED,
				revisions: [...(agreement?.revisions.values() ?? [])].sort((a, b) => a.revisionNo - b.revisionNo),
			};
		},
		usage: async agreementId => usageOf(agreements.get(toHex(agreementId))?.pieces.values() ?? []),
		totals: () => usageOf([...agreements.values()].flatMap(({pieces}) => [...pieces.values()])),
		pieces: async function* (agreementId, which) {
			const pieces = [...(agreements.get(toHex(agreementId))?.pieces ?? [])];
			for (const [, piece] of pieces.sort(([a], [b]) => (a < b ? -1 : 1)))
				if (which === 'all' || !piece.held) yield describe(piece);
		},
		page: async (agreementId, page) => agreements.get(toHex(agreementId))?.pages.get(page),
		change: async (
			agreementId,
			{hold = [], unhold = [], dropPieces = [], addRevisions = [], dropRevisions = [], settle},
		) => {
			for (const pieceId of [...hold, ...unhold])
				if (kept(agreementId, pieceId) === undefined) throw new NodeError({code: 'PIECE_MISSING'});
			const agreement = at(agreementId);
			const {pieces, revisions} = agreement;
			markPieces(pieces, hold, true);
			markPieces(pieces, unhold, false);
			for (const pieceId of dropPieces) pieces.delete(toHex(pieceId));
			for (const revisionNo of dropRevisions) revisions.delete(revisionNo);
			for (const revision of addRevisions) revisions.set(revision.revisionNo, revision);
			if (settle !== undefined) settleTrie(agreement, settle);
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
		compact: async () => 0,
		nextHeld: async after => {
			const next = [...agreements.values()]
				.flatMap(({id, pieces}) => [...pieces.values()].map(piece => ({agreementId: id, ...describe(piece)})))
				.sort(byName)
				.find(each => each.held && (after === undefined || byName(each, after) > 0));
			return next;
		},
		putNote: async (name, bytes) => {
			notes.set(name, bytes);
		},
		note: async name => notes.get(name),
		space: async () => store.disk,
		close: async () => undefined,
		corrupt: (agreementId: Hash32, pieceId: Hash32) => {
			corrupted.add(defined(kept(agreementId, pieceId), 'there is such a piece').bytes);
		},
		losePage: (agreementId: Hash32, page: number) => {
			at(agreementId).pages.delete(page);
		},
		pagesOf: (agreementId: Hash32) => [...at(agreementId).pages.keys()],
	};
	return store;
};
