import type {HeaderHash} from '#kernel/hash';
import type {BlockNo, Slot} from '#kernel/slot';

/** Where on a chain a block is. */
export type ChainPlace = {readonly hash: HeaderHash; readonly blockNo: BlockNo; readonly slot: Slot};

/** `prevHash` is null for the first block of the chain. */
export type BlockLink = ChainPlace & {readonly prevHash: HeaderHash | null};

/** A block as it came, with what finds it. */
export type StoredBlock = BlockLink & {readonly bytes: Uint8Array};

/** Which of the kept blocks are the chain: its tip, and its last block that may never be rolled back again. */
export type Selection = {readonly tip: HeaderHash | null; readonly anchor: ChainPlace | null};

/**
 * Blocks: the volatile part holds those of all forks above the anchor, the immutable part the one chain up to it.
 * Failures of the disk are `NodeError`s: STORE_DISK_FULL, STORE_FAILED, STORE_CORRUPT; after one, all writes fail.
 *
 * After the process was killed, everything is there whose promise was resolved. After a power cut, everything is there
 * that `settle` was resolved for; of the rest any part may be missing, and what is there is as it was written.
 */
export type ChainStore = {
	/** An empty store begins with this block instead of block 0: its chain up to there is known elsewhere. */
	begin(block: StoredBlock): Promise<void>;
	/** Keeps a block in the volatile part. Keeping it again changes nothing. `durable`: resolves when it is settled. */
	putBlock(block: StoredBlock, options?: {readonly durable?: boolean}): Promise<void>;
	/** Notes a selection. Blocks up to its anchor join the immutable part; forks that leave the chain below it go. */
	select(selection: Selection): Promise<void>;
	/** Everything given before is on the disk for good. */
	settle(): Promise<void>;
	/**
	 * Lets old blocks go, the oldest first and as many as are in one file, as far as all of a file are before both limits; never the
	 * last file of the immutable part. After a crash what is left hangs together. Resolves with how many went.
	 */
	dropOld(before: {readonly slot: Slot; readonly blockNo: BlockNo}): Promise<number>;
	/** As `settle`; besides, nothing of the volatile part is needed any more for blocks up to the anchor. */
	archive(): Promise<void>;

	/** Where the block of that hash is or would be: in the volatile part, or once on the selected chain. */
	find(hash: HeaderHash): Promise<ChainPlace | undefined>;
	block(hash: HeaderHash): Promise<StoredBlock | undefined>;
	/** The block of that number up to the anchor. */
	place(blockNo: BlockNo): Promise<ChainPlace | undefined>;
	blockAt(blockNo: BlockNo): Promise<StoredBlock | undefined>;
	/** The first block of the immutable part. */
	firstPlace(): Promise<ChainPlace | undefined>;
	/** The last anchor that is settled: what was told to be immutable, and is so after any crash. */
	immutableTip(): ChainPlace | undefined;
	/** Blocks above the immutable part that are kept, by number, those of one number in the order of their arrival. */
	volatileBlocks(): readonly BlockLink[];
	/** The last one noted. After a crash its blocks may be missing. */
	selection(): Selection;
};
