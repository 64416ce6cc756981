import type {HeaderHash} from '#kernel/hash';
import type {ChainTip} from './chain-selection.ts';

/** What the choice between forks has to know of a header: what it is compared by, and what it stands on. */
export type ForkHeader = ChainTip & {readonly prevHash: HeaderHash | null};

/** A header above the anchor, with whatever its owner keeps of it. Changed by `BlockTree` and `ForkChoice` only. */
export type ForkNode<E> = {
	readonly header: ForkHeader;
	readonly entry: E;
	/** Counts headers in the order in which they came. */
	readonly arrival: number;
	/** Undefined: it stands on the anchor. */
	parent: ForkNode<E> | undefined;
	readonly children: Set<ForkNode<E>>;
	hasBody: boolean;
	/** Its owner cannot judge it yet. */
	isHeld: boolean;
	/** Its slot has not begun. */
	isEarly: boolean;
	/** It could be applied: its body is here, nothing holds it back, and the same is true of all below it. */
	isComplete: boolean;
	isSelected: boolean;
	/** It was dropped: whoever still holds it has to let it go. */
	isGone: boolean;
};
