import type {ForkNode} from './fork-node.ts';

/** Nodes of one height, first in, first out. */
type Queue<E> = {readonly nodes: ForkNode<E>[]; next: number};

/**
 * Chains that have become complete and were not judged since, the longest first and equally long ones in the order
 * in which they came. Each is judged once, so that a chain of any length costs the same for each of its blocks.
 */
export class Contenders<E> {
	#queues = new Map<number, Queue<E>>();
	#highest = -1;

	add(node: ForkNode<E>): void {
		const {blockNo} = node.header;
		const queue = this.#queues.get(blockNo);
		if (queue === undefined) this.#queues.set(blockNo, {nodes: [node], next: 0});
		else queue.nodes.push(node);
		this.#highest = Math.max(this.#highest, blockNo);
	}

	/**
	 * The first one that `isWanted`; it stays. Those before it are dropped for good, and so are all below `lowest`,
	 * which nobody wants.
	 */
	first(lowest: number, isWanted: (node: ForkNode<E>) => boolean): ForkNode<E> | undefined {
		for (; this.#highest >= lowest && this.#queues.size > 0; this.#highest--) {
			const queue = this.#queues.get(this.#highest);
			if (queue === undefined) continue;
			for (; queue.next < queue.nodes.length; queue.next++) {
				const node = queue.nodes[queue.next] as ForkNode<E>;
				if (isWanted(node)) return node;
			}
			this.#queues.delete(this.#highest);
		}
		this.#queues = new Map();
		this.#highest = -1;
		return undefined;
	}
}
