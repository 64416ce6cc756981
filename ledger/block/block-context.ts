import type {Hash32, HeaderHash, PoolId} from '#kernel/hash';
import type {BlockNo, Slot} from '#kernel/slot';
import type {StateRootParts} from '../main-chain/state-root.ts';

/** What is due before a block depends on where it stands. */
export type TickContext = {
	readonly slot: Slot;
	readonly blockNo: BlockNo;
	/** Null for the first block of the chain. */
	readonly prevHash: HeaderHash | null;
	/**
	 * The root of the Praos state after the parent block; asked for only when a period closes. Null on drafts that are
	 * thrown away (mempool, ledger views): they close periods without the costly state root, so nobody can sign them.
	 */
	readonly praosRoot: (() => Hash32) | null;
	/** Called where a period closes, when the draft is the state whose root was taken; it must not change it. */
	readonly onStateRoot?: (period: number, parts: StateRootParts) => void;
};

/** What the header of a block tells its body. */
export type BlockContext = TickContext & {
	/** The pool that made the block. */
	readonly issuer: PoolId;
	/** The header's nonce contribution; it goes into the challenge seed. */
	readonly eta: Hash32;
};
