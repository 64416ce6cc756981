import {defined} from '#kernel/assert';
import type {ForkNode} from './fork-node.ts';

/** Below this many blocks that joined the selected chain nothing is moved in memory. */
const TRIM_MIN = 64;

/**
 * The blocks between the selected chain and one node, kept from one question to the next: while the node stays or
 * grows, and the selected chain grows along it, a question costs nothing. Else O(length).
 */
export class BranchPath<E> {
	#nodes: ForkNode<E>[] = [];
	/** How many of them have joined the selected chain. */
	#selected = 0;

	/** From old to new, at most `max`; `target` is in the tree. */
	to(target: ForkNode<E>, max: number = Number.POSITIVE_INFINITY): readonly ForkNode<E>[] {
		this.#aimAt(target);
		return this.#nodes.slice(this.#selected, this.#selected + max);
	}

	/** Lets go of what has joined the selected chain or has gone, so that it is not kept in memory. */
	trim(): void {
		while (this.#nodes[this.#selected]?.isSelected === true) this.#selected++;
		if (this.#selected === this.#nodes.length || this.#nodes.at(-1)?.isGone === true) {
			this.#nodes = [];
			this.#selected = 0;
		}
		if (this.#selected < TRIM_MIN) return;
		this.#nodes.splice(0, this.#selected - 1);
		this.#selected = 1;
	}

	#aimAt(target: ForkNode<E>): void {
		const last = this.#nodes.at(-1);
		if (last !== undefined && last === target.parent && !last.isSelected) this.#nodes.push(target);
		else if (last !== target) this.#walk(target);
		while (this.#nodes[this.#selected]?.isSelected === true) this.#selected++;
		if (!this.#standsOnSelected()) this.#walk(target);
	}

	/** False when the selected chain has left the path below what had joined it. */
	#standsOnSelected(): boolean {
		if (this.#selected > 0) return defined(this.#nodes[this.#selected - 1], 'it was counted').isSelected;
		const below = this.#nodes[0]?.parent;
		return below === undefined || below.isSelected;
	}

	#walk(target: ForkNode<E>): void {
		const nodes: ForkNode<E>[] = [];
		for (let at: ForkNode<E> | undefined = target; at !== undefined && !at.isSelected; at = at.parent)
			nodes.push(at);
		this.#nodes = nodes.reverse();
		this.#selected = 0;
	}
}
