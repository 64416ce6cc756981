import {compareBytes, equalBytes} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {BlockNo, Slot} from '#kernel/slot';
import type {Header} from '../header/header.ts';

/** All that chain selection looks at: the last header of a chain. */
export type ChainTip = {
	readonly blockNo: BlockNo;
	readonly slot: Slot;
	readonly hash: HeaderHash;
	readonly issuerVk: Uint8Array;
	/** The operational certificate's. */
	readonly counter: bigint;
	readonly vrfOutput: Uint8Array;
};

/** Two tips further apart than this are not decided by their VRF: the later one may have been ground out. */
const TIE_BREAK_SLOTS_MAX = 5;

export const chainTipOf = (header: Header): ChainTip => ({
	blockNo: header.blockNo,
	slot: header.slot,
	hash: header.hash,
	issuerVk: header.issuerVk,
	counter: header.operationalCertificate.counter,
	vrfOutput: header.vrfOutput,
});

const wonTie = (current: ChainTip, candidate: ChainTip): boolean => {
	const sameLeader = current.slot === candidate.slot && equalBytes(current.issuerVk, candidate.issuerVk);
	if (sameLeader && current.counter !== candidate.counter) return candidate.counter > current.counter;
	if (Math.abs(current.slot - candidate.slot) > TIE_BREAK_SLOTS_MAX) return false;
	return compareBytes(candidate.vrfOutput, current.vrfOutput) < 0;
};

/**
 * Whether a candidate is to replace the current chain: the longer chain; among equally long ones the newer
 * certificate of one leader in one slot, else the lower VRF output of tips at most 5 slots apart, else what we have
 * (ouroboros-consensus, Praos/Common.hs). Not transitive: never sort by it, compare with the current chain only.
 */
export const isPreferred = (current: ChainTip | 'origin', candidate: ChainTip): boolean => {
	if (current === 'origin') return true;
	if (candidate.blockNo !== current.blockNo) return candidate.blockNo > current.blockNo;
	return wonTie(current, candidate);
};

const length = (tip: Pick<ChainTip, 'blockNo'> | 'origin'): number =>
	tip === 'origin' ? 0 : tip.blockNo + 1;

/** How many blocks of the current chain go when it is left at `intersection`. */
export const rollbackDepth = (
	current: Pick<ChainTip, 'blockNo'> | 'origin',
	intersection: Pick<ChainTip, 'blockNo'> | 'origin',
): number => length(current) - length(intersection);

export type ChainSelection = {
	/** `switch` at the intersection, or `keep` what we have. */
	readonly decision: 'switch' | 'keep';
	readonly rollback: number;
};

export type ChainSelectionFailure = {
	readonly code: 'CHAIN_FORK_TOO_DEEP';
	readonly rollback: number;
	readonly k: number;
};

/**
 * Judges a candidate chain that leaves the current one at `intersection`, their last common block.
 * A chain that would undo more than k blocks is a failure, whatever its length.
 */
export const selectChain = ({
	k,
	current,
	candidate,
	intersection,
}: {
	readonly k: number;
	readonly current: ChainTip | 'origin';
	readonly candidate: ChainTip;
	readonly intersection: Pick<ChainTip, 'blockNo'> | 'origin';
}): Result<ChainSelection, ChainSelectionFailure> => {
	const rollback = rollbackDepth(current, intersection);
	if (rollback > k) return err({code: 'CHAIN_FORK_TOO_DEEP', rollback, k});
	return ok({decision: isPreferred(current, candidate) ? 'switch' : 'keep', rollback});
};
