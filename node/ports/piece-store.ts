import type {Hash32} from '#kernel/hash';

/** A piece of one agreement. Staged ones belong to no settled revision. */
export type StoredPiece = {
	readonly pieceId: Hash32;
	/** In bytes. */
	readonly length: number;
	readonly held: boolean;
};

/** A revision that this provider has signed and that may still come into a block, or be rolled back out of one. */
export type StoredRevision = {
	readonly revisionNo: number;
	/** The revision that it changes; null for the settled one. */
	readonly base: number | null;
	readonly root: Hash32;
	readonly leaves: number;
	readonly added: readonly Hash32[];
	readonly removed: readonly Hash32[];
};

export type StoredAgreement = {
	readonly pieces: readonly StoredPiece[];
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
};

/** What was committed to for an epoch: kept until its proof window is closed, so that it can be proven after a restart. */
export type StoredCommitment = {
	readonly epoch: number;
	/** Of the forest. */
	readonly root: Hash32;
	readonly agreements: readonly {
		readonly agreementId: Hash32;
		readonly revisionNo: number;
		readonly root: Hash32;
	}[];
};

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
	/** Gives back the space of dropped pieces; returns bytes freed. */
	reclaim(): Promise<number>;
	close(): Promise<void>;
};
