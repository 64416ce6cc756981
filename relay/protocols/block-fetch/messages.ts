import type {Point} from '#kernel/point';

/** Consecutive blocks, both ends included. */
export type BlockRange = {readonly from: Point; readonly to: Point};

export type BlockFetchMessage =
	| ({readonly kind: 'requestRange'} & BlockRange)
	| {readonly kind: 'clientDone'}
	| {readonly kind: 'startBatch'}
	| {readonly kind: 'noBlocks'}
	/** `block` is `[era, block]`, opaque here. */
	| {readonly kind: 'block'; readonly block: Uint8Array}
	| {readonly kind: 'batchDone'};
