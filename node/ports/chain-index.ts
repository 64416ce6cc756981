import type {HeaderHash, TxId} from '#kernel/hash';
import type {BlockNo} from '#kernel/slot';
import type {ChainPlace} from './chain-store.ts';

/** One block that joins the selected chain, with what it is found by. */
export type IndexedBlock = ChainPlace & {
	readonly txIds: readonly TxId[];
	/** JSON texts by account id (lower-case hex). */
	readonly accountEntries: readonly (readonly [account: string, entry: string])[];
	/** What the ledger said, as JSON texts. */
	readonly events: readonly string[];
};

export type AccountEntry = ChainPlace & {readonly entry: string};

/**
 * Finds blocks of the selected chain by what is in them. A cache: all of it can be worked out again from the blocks, and
 * whatever is lost of it is lost from the end. Blocks that left the chain are still found: whoever asks compares.
 */
export type ChainIndex = {
	/** Takes blocks in the order in which they join the chain. Resolves at once unless much has piled up. */
	add(blocks: readonly IndexedBlock[]): Promise<void>;
	/** The last block taken. */
	indexedTo(): Promise<ChainPlace | undefined>;
	/** Everything taken before is on the disk for good. */
	settle(): Promise<void>;

	find(hash: HeaderHash): Promise<ChainPlace | undefined>;
	/** Where a transaction was taken last. */
	transaction(txId: TxId): Promise<ChainPlace | undefined>;
	/** Of one account, newest first, from blocks below `before`. */
	accountEntries(account: string, options: {readonly before?: BlockNo}): AsyncIterable<AccountEntry>;
	/** JSON texts; none when the block is not known. */
	events(hash: HeaderHash): Promise<readonly string[]>;
	close(): Promise<void>;
};
