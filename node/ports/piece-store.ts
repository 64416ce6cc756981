import type {Hash32} from '#kernel/hash';

/** A piece of one agreement. Staged ones belong to no settled revision. */
export type StoredPiece = {
	readonly pieceId: Hash32;
	/** In bytes. */
	readonly length: number;
	readonly held: boolean;
};

/** A revision that client and provider have signed. */
export type StoredRevision = {
	readonly revisionNo: number;
	/** The revision that it changes; null: what is held. */
	readonly base: number | null;
	readonly root: Hash32;
	readonly leaves: number;
	readonly added: readonly Hash32[];
	readonly removed: readonly Hash32[];
	/** With both signatures, as they are shown to others. */
	readonly signed: Uint8Array;
};

/** The trie of the pieces that are held, and where its pages begin (`#storage-proofs/trie/trie-page`). */
export type SettledTrie = {
	readonly root: Hash32;
	readonly leaves: number;
	/** Null when no piece is held. */
	readonly page: number | null;
	/** No page has this number or a higher one. */
	readonly nextPage: number;
};

/** What all pieces of an agreement take up, staged ones included. */
export type PieceUsage = {readonly pieces: number; readonly bytes: number; readonly leaves: number};

/** An agreement without a look at its pieces, of which there may be millions. */
export type StoredAgreement = {
	/** Undefined when the store does not know: it is to be made again from the pieces that are held. */
	readonly settled: SettledTrie | undefined;
	/** In order of their numbers. */
	readonly revisions: readonly StoredRevision[];
};

/** Happens as a whole or not at all, and is on disk for good when it is done, with the pieces put before. */
export type AgreementChange = {
	/** Staged pieces that are held from now on. */
	readonly hold?: readonly Hash32[];
	/** Held pieces that are staged again, because only an unsettled revision has them. */
	readonly unhold?: readonly Hash32[];
	readonly dropPieces?: readonly Hash32[];
	readonly addRevisions?: readonly StoredRevision[];
	readonly dropRevisions?: readonly number[];
	readonly settle?: {
		readonly trie: SettledTrie;
		readonly putPages: readonly {readonly page: number; readonly bytes: Uint8Array}[];
		readonly dropPages: readonly number[];
	};
};

/**
 * What was committed to for an epoch: proven after a restart as well, and shown for as long as anybody may claim that
 * something was left out.
 */
export type StoredCommitment = {
	readonly epoch: number;
	/** Of the forest. */
	readonly root: Hash32;
	readonly agreements: readonly {
		readonly agreementId: Hash32;
		readonly revisionNo: number;
		readonly root: Hash32;
		readonly leaves: number;
	}[];
};

export type PieceName = {readonly agreementId: Hash32; readonly pieceId: Hash32};

export type DiskSpace = {readonly free: number; readonly total: number};

/** A piece to be read in parts; its bytes are checked against what was written. */
export type PieceReader = {
	/** In bytes. */
	readonly length: number;
	/** Throws PIECE_CORRUPT. */
	read(offset: number, length: number): Promise<Uint8Array>;
};

/**
 * The pieces that a provider holds, by agreement. Failures of the disk are `NodeError`s: PIECE_STORE_FULL,
 * PIECE_STORE_FAILED, PIECE_CORRUPT.
 */
export type PieceStore = {
	/** Stages a piece; one that is there already stays as it is. It may be lost in a crash until the next `change`. */
	put(agreementId: Hash32, pieceId: Hash32, bytes: Uint8Array): Promise<void>;
	find(agreementId: Hash32, pieceId: Hash32): Promise<StoredPiece | undefined>;
	/** Undefined when it is not there. */
	open(agreementId: Hash32, pieceId: Hash32): Promise<PieceReader | undefined>;
	/** Agreements of which anything is kept. */
	agreements(): Promise<readonly Hash32[]>;
	load(agreementId: Hash32): Promise<StoredAgreement>;
	usage(agreementId: Hash32): Promise<PieceUsage>;
	/** Of all agreements together. */
	totals(): PieceUsage;
	/** Pieces of an agreement, by id: all of them, or those that are staged. O(what is asked for). */
	pieces(agreementId: Hash32, which: 'all' | 'staged'): AsyncIterable<StoredPiece>;
	/** A page of the settled trie. */
	page(agreementId: Hash32, page: number): Promise<Uint8Array | undefined>;
	/** `hold` or `unhold` of a piece that is not there throws PIECE_MISSING, and nothing is changed. */
	change(agreementId: Hash32, change: AgreementChange): Promise<void>;
	/** Forgets all of an agreement. */
	dropAgreement(agreementId: Hash32): Promise<void>;
	/** In order of their epochs. */
	commitments(): Promise<readonly StoredCommitment[]>;
	/** On disk for good when it is done. One epoch may have several, of different roots. */
	putCommitment(commitment: StoredCommitment): Promise<void>;
	/** Forgets those of epochs before `epoch`. */
	dropCommitments(epoch: number): Promise<void>;
	/**
	 * Moves pieces so that the space of dropped ones can be given back: about so many bytes, whole pieces; returns how many,
	 * 0 when there is nothing left to do. What happens meanwhile to other pieces waits for one piece at most.
	 */
	compact(bytesMax: number): Promise<number>;
	/** The next held piece after that one, in an order of the store's own; the first one after undefined. */
	nextHeld(after: PieceName | undefined): Promise<(PieceName & StoredPiece) | undefined>;
	/** Something small to be remembered under a name; kept for good when it is done. */
	putNote(name: string, bytes: Uint8Array): Promise<void>;
	note(name: string): Promise<Uint8Array | undefined>;
	/** Of the disk that the pieces are on, in bytes. */
	space(): Promise<DiskSpace>;
	close(): Promise<void>;
};
