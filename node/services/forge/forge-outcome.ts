import type {HeaderHash} from '#kernel/hash';
import type {Failure} from '#kernel/result';
import type {BlockNo, Slot} from '#kernel/slot';

/**
 * What a producer tells of a slot, in this order: `about-to-lead`, then `not-leader`, or `standby`, or `leader` and
 * `forged` and what became of the block; `could-not-forge` in the place of whatever did not happen.
 */
export type ForgeOutcome = {readonly slot: Slot} & (
	| {readonly kind: 'about-to-lead'}
	| {readonly kind: 'not-leader'}
	| {readonly kind: 'leader'}
	/** We lead the slot and leave it to the host that forges. */
	| {readonly kind: 'standby'}
	| {
			readonly kind: 'forged';
			readonly hash: HeaderHash;
			readonly blockNo: BlockNo;
			readonly transactions: number;
			/** Whether it stands beside the tip, which has the same slot. */
			readonly isSibling: boolean;
	  }
	| {readonly kind: 'adopted'; readonly hash: HeaderHash}
	/** Another block is preferred, or Cardano does not show this node what the block says of it. */
	| {readonly kind: 'not-adopted'; readonly hash: HeaderHash}
	/** Our own node refused it: a bug, or keys that do not belong together. */
	| {readonly kind: 'invalid'; readonly hash: HeaderHash; readonly failure: Failure}
	| {readonly kind: 'could-not-forge'; readonly failure: Failure; readonly isLeader: boolean}
);
