import type {HeaderHash, TxId} from '#kernel/hash';
import type {BlockNo, Slot} from '#kernel/slot';

/** A block as it came, with what finds it. `prevHash` is null for the first block of the chain. */
export type StoredBlock = {
	readonly hash: HeaderHash;
	readonly prevHash: HeaderHash | null;
	readonly slot: Slot;
	readonly blockNo: BlockNo;
	readonly bytes: Uint8Array;
};

/** One block that joins the selected chain, with the texts under which its transactions and accounts are found. */
export type AdoptedBlock = {
	readonly hash: HeaderHash;
	readonly blockNo: BlockNo;
	readonly slot: Slot;
	readonly txIds: readonly TxId[];
	/** JSON texts by account id (lower-case hex). */
	readonly accountEntries: readonly (readonly [account: string, entry: string])[];
};

/** A change of the selected chain: first back to `keepTo` (the last block number that stays), then forward. */
export type ChainChange = {
	/** null: nothing stays. */
	readonly keepTo: BlockNo | null;
	readonly adopted: readonly AdoptedBlock[];
};

export type ChainPlace = {readonly hash: HeaderHash; readonly blockNo: BlockNo; readonly slot: Slot};

/**
 * Blocks by hash, and which of them are the selected chain. Every call that writes is one atomic step: after a
 * crash it has happened or it has not. Failures of the disk are `NodeError`s: STORE_DISK_FULL, STORE_FAILED.
 */
export type ChainStore = {
	/** Keeps a block, selected or not. Keeping it again changes nothing. */
	putBlock(block: StoredBlock): Promise<void>;
	block(hash: HeaderHash): Promise<StoredBlock | undefined>;
	/** Forgets blocks that lost. They must not be on the selected chain. */
	dropBlocks(hashes: readonly HeaderHash[]): Promise<void>;
	/** Places of all blocks that are kept, at `from` and above, in order of block number. */
	blocksFrom(from: BlockNo): Promise<readonly (ChainPlace & {readonly prevHash: HeaderHash | null})[]>;

	/** Changes the selected chain; its blocks must have been kept before. */
	change(change: ChainChange): Promise<void>;
	tip(): Promise<ChainPlace | undefined>;
	/** The block of the selected chain with that number. */
	place(blockNo: BlockNo): Promise<ChainPlace | undefined>;
	/** Where on the selected chain a transaction is. */
	transaction(txId: TxId): Promise<ChainPlace | undefined>;
	/** Entries of one account, newest first, at most `limit`, from blocks below `before`. */
	accountEntries(
		account: string,
		options: {readonly limit: number; readonly before?: BlockNo},
	): Promise<readonly (ChainPlace & {readonly entry: string})[]>;
};
