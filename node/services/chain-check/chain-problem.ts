import type {Failure} from '#kernel/result';

/** What of a stored chain is not as it should be. */
export type ChainProblem =
	| {readonly code: 'CHECK_BLOCK_MISSING'; readonly blockNo: number}
	/** It cannot be read, is no block, or not the one that stands there. */
	| {readonly code: 'CHECK_BLOCK_DAMAGED'; readonly blockNo: number; readonly failure?: Failure}
	/** Its parent is not the block before it, or number or slot do not follow. */
	| {readonly code: 'CHECK_BLOCK_LINK_BROKEN'; readonly blockNo: number}
	/** With `full`: a rule refuses its header or its body. */
	| {readonly code: 'CHECK_BLOCK_INVALID'; readonly blockNo: number; readonly failure: Failure}
	/** A snapshot that is listed cannot be read, or its states do not decode. */
	| {readonly code: 'CHECK_SNAPSHOT_DAMAGED'; readonly name: string; readonly failure?: Failure}
	/** A snapshot of a block that is not on the chain. */
	| {readonly code: 'CHECK_SNAPSHOT_ELSEWHERE'; readonly name: string; readonly blockNo: number}
	/** With `full`: replaying the blocks gives another state. */
	| {readonly code: 'CHECK_SNAPSHOT_WRONG'; readonly name: string; readonly blockNo: number}
	/** With `full`: the index does not find what is in a block. */
	| {readonly code: 'CHECK_INDEX_WRONG'; readonly blockNo: number};

/** Problems beyond these are not listed: the first ones say what to do. */
export const PROBLEMS_MAX = 100;
