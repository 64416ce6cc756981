import type {HeaderHash} from '#kernel/hash';
import type {BlockNo, Slot} from '#kernel/slot';

/** What applying one block gave, kept so that it need not be applied again. All in the codecs of their owners. */
export type AppliedBlock = {
	/** The ledger's diff. */
	readonly diff: Uint8Array;
	/** The Praos state after the block. */
	readonly praosState: Uint8Array;
	/** Events as JSON texts. */
	readonly events: readonly string[];
};

/** A whole state after the block `hash`. */
export type LedgerSnapshot = {
	readonly hash: HeaderHash;
	readonly blockNo: BlockNo;
	readonly slot: Slot;
	readonly state: Uint8Array;
	readonly praosState: Uint8Array;
};

/** What follows from blocks: diffs and snapshots. All of it can be computed again. Atomic like `ChainStore`. */
export type LedgerStore = {
	putApplied(hash: HeaderHash, applied: AppliedBlock): Promise<void>;
	applied(hash: HeaderHash): Promise<AppliedBlock | undefined>;
	/** Forgets blocks that lost. */
	dropApplied(hashes: readonly HeaderHash[]): Promise<void>;
	/** Keeps a snapshot and the one before it; older ones go. */
	putSnapshot(snapshot: LedgerSnapshot): Promise<void>;
	/** Snapshots whose checksum holds, newest first. */
	snapshots(): Promise<readonly LedgerSnapshot[]>;
	/** Keeps a snapshot under a name (`[a-z0-9-]`, at most 64) until it is unpinned, beside the two newest. */
	pin(name: string, snapshot: LedgerSnapshot): Promise<void>;
	/** Forgets it, if it is there. */
	unpin(name: string): Promise<void>;
	/** In their order. */
	pinnedNames(): Promise<readonly string[]>;
	/** Undefined when there is none, or its checksum does not hold. */
	pinned(name: string): Promise<LedgerSnapshot | undefined>;
};
