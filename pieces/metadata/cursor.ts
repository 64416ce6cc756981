import {compareKeys, type TreeKey} from './tree-key.ts';
import type {TreeItem, TreeNode} from './tree-node.ts';
import {findNode, firstIndex, type Tree, type TreeRoot, type Walk} from './walk.ts';

/** A place among the entries of a tree, in their order. */
export class Cursor {
	readonly #tree: Tree;
	readonly #root: TreeRoot;
	#leaf: TreeNode | undefined;
	#index = 0;

	constructor(tree: Tree, root: TreeRoot) {
		this.#tree = tree;
		this.#root = root;
	}

	/** The entry at this place; undefined behind the last. */
	get entry(): TreeItem | undefined {
		return this.#leaf?.items[this.#index];
	}

	/** To the first entry that is not before `key`. */
	*seek(key: TreeKey): Walk<void> {
		const isWanted = (each: TreeKey): boolean => compareKeys(each, key) >= 0;
		const found = this.#root && (yield* findNode(this.#tree, this.#root, 0, isWanted));
		this.#leaf = found?.node;
		this.#index = firstIndex(found?.node.items ?? [], isWanted);
	}

	*advance(): Walk<void> {
		const {entry} = this;
		this.#index++;
		if (entry === undefined || this.entry !== undefined || this.#root === null) return;
		const found = yield* findNode(this.#tree, this.#root, 0, key => compareKeys(key, entry.key) > 0);
		this.#leaf = found?.node;
		this.#index = 0;
	}
}
