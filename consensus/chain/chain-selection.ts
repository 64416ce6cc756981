import {compareBytes, equalBytes} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
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
	/** Empty in Byron, which has no VRF and no ties but one. */
	readonly vrfOutput: Uint8Array;
	/** Of Byron: has the number of the block before it, and is preferred to it. */
	readonly isBoundary?: boolean;
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
	if (candidate.vrfOutput.length === 0 || current.vrfOutput.length === 0)
		return candidate.isBoundary === true && current.isBoundary !== true;
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
