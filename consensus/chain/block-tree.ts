import {toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {ForkHeader, ForkNode} from './fork-node.ts';

/** All headers above the anchor, whichever chain they are on. Every operation costs what it changes, not the tree's size. */
export class BlockTree<E> {
	readonly #nodes = new Map<string, ForkNode<E>>();
	readonly #byIssuer = new Map<string, Set<ForkNode<E>>>();
	/** What stands on the anchor. */
	#roots = new Set<ForkNode<E>>();
	#arrivals = 0;

	get size(): number {
		return this.#nodes.size;
	}

	find(hash: HeaderHash): ForkNode<E> | undefined {
		return this.#nodes.get(toHex(hash));
	}

	/** In the order in which their headers came. O(tree). */
	nodes(): Iterable<ForkNode<E>> {
		return this.#nodes.values();
	}

	/** All that one cold key signed. */
	issuedBy(issuerVk: Uint8Array): Iterable<ForkNode<E>> {
		return this.#byIssuer.get(toHex(issuerVk)) ?? [];
	}

	add(header: ForkHeader, entry: E, parent: ForkNode<E> | undefined, isEarly: boolean): ForkNode<E> {
		const node: ForkNode<E> = {
			header,
			entry,
			arrival: this.#arrivals++,
			parent,
			children: new Set(),
			hasBody: false,
			isHeld: false,
			isEarly,
			isComplete: false,
			isSelected: false,
			isGone: false,
		};
		this.#siblings(node).add(node);
		this.#nodes.set(toHex(header.hash), node);
		const issuer = toHex(header.issuerVk);
		const issued = this.#byIssuer.get(issuer);
		if (issued === undefined) this.#byIssuer.set(issuer, new Set([node]));
		else issued.add(node);
		return node;
	}

	/** Takes a node away with all that is built on it; returns them, parents before children. */
	drop(node: ForkNode<E>): readonly ForkNode<E>[] {
		this.#siblings(node).delete(node);
		const gone = [node];
		for (let at = 0; at < gone.length; at++) {
			const next = gone[at] as ForkNode<E>;
			next.isGone = true;
			this.#forget(next);
			gone.push(...next.children);
		}
		return gone;
	}

	/** Makes a node that stands on the anchor the anchor; all that is not built on it goes, and is returned. */
	raise(node: ForkNode<E>): readonly ForkNode<E>[] {
		const gone: ForkNode<E>[] = [];
		for (const other of [...this.#roots]) if (other !== node) gone.push(...this.drop(other));
		this.#forget(node);
		this.#roots = new Set(node.children);
		// Nothing below the anchor is held in memory by what is above it.
		for (const child of node.children) child.parent = undefined;
		node.children.clear();
		return gone;
	}

	#siblings({parent}: ForkNode<E>): Set<ForkNode<E>> {
		return parent?.children ?? this.#roots;
	}

	#forget(node: ForkNode<E>): void {
		this.#nodes.delete(toHex(node.header.hash));
		const issuer = toHex(node.header.issuerVk);
		const issued = this.#byIssuer.get(issuer);
		issued?.delete(node);
		if (issued?.size === 0) this.#byIssuer.delete(issuer);
	}
}
