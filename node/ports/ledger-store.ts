import type {HeaderHash} from '#kernel/hash';
import type {BlockNo, Slot} from '#kernel/slot';

/** A whole state after the block `hash`. */
export type LedgerSnapshot = {
	readonly hash: HeaderHash;
	readonly blockNo: BlockNo;
	readonly slot: Slot;
	readonly state: Uint8Array;
	readonly praosState: Uint8Array;
};

/** States, so that not all blocks have to be applied again. What resolves is on the disk for good. */
export type LedgerStore = {
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
