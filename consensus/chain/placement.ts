/** Where a header may be put into the tree, before anything of it is verified. */
import type {HeaderHash} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import type {Failure} from '#kernel/result';
import type {BlockNo, Slot} from '#kernel/slot';
import {type SlotClock, slotStartMs} from '../time.ts';
import type {ForkHeader} from './fork-node.ts';

/** A header this far ahead of the clock waits; further ahead its sender is wrong. */
export const CLOCK_SKEW_MS_MAX = 2000;

export type PlacementFailure =
	/** It, or its parent, was found invalid; `failure` says how. */
	| {readonly code: 'CHAIN_BLOCK_REFUSED_BEFORE'; readonly hash: HeaderHash; readonly failure: Failure}
	/** It leaves our chain below the anchor. */
	| {readonly code: 'CHAIN_FORK_TOO_DEEP'; readonly blockNo: BlockNo; readonly anchorBlockNo: BlockNo}
	| {readonly code: 'HEADER_FROM_FUTURE'; readonly slot: Slot; readonly aheadMs: number}
	| {readonly code: 'CHAIN_TOO_MANY_HEADERS'; readonly headersMax: number}
	/** Nothing it could be built upon is known: it comes too early, or leaves the chain below the anchor. */
	| {readonly code: 'CHAIN_PARENT_UNKNOWN'; readonly hash: HeaderHash; readonly prevHash: HeaderHash | null};

export type PlacedHeader = Pick<ForkHeader, 'blockNo' | 'slot' | 'hash' | 'prevHash'>;

/** A chain may not be left below what is final: nothing is put at or below the anchor. */
export const checkDepth = (anchor: Tip, {blockNo}: PlacedHeader): PlacementFailure | undefined =>
	anchor !== 'origin' && blockNo <= anchor.blockNo
		? {code: 'CHAIN_FORK_TOO_DEEP', blockNo, anchorBlockNo: anchor.blockNo}
		: undefined;

/** Clocks differ a little, and a slot's block is made when the slot begins, not before. */
export const checkClock = (
	slots: SlotClock,
	nowMs: number,
	{slot}: PlacedHeader,
): PlacementFailure | undefined => {
	const aheadMs = slotStartMs(slots, slot) - nowMs;
	return aheadMs > CLOCK_SKEW_MS_MAX ? {code: 'HEADER_FROM_FUTURE', slot, aheadMs} : undefined;
};
