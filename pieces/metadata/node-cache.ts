import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {TreeNode} from './tree-node.ts';

const NODES_MAX = 1024;

/** The nodes that were used last, opened. */
export class NodeCache {
	readonly #nodes = new Map<string, TreeNode>();
	readonly #nodesMax: number;

	constructor(nodesMax: number = NODES_MAX) {
		this.#nodesMax = nodesMax;
	}

	get(address: Hash32): TreeNode | undefined {
		const key = toHex(address);
		const node = this.#nodes.get(key);
		if (node === undefined) return undefined;
		this.#nodes.delete(key);
		this.#nodes.set(key, node);
		return node;
	}

	add(address: Hash32, node: TreeNode): void {
		this.#nodes.set(toHex(address), node);
		for (const oldest of this.#nodes.keys()) {
			if (this.#nodes.size <= this.#nodesMax) return;
			this.#nodes.delete(oldest);
		}
	}
}
