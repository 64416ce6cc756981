/**
 * Changes a tree. Where nodes end follows from their own items alone, so the result is the same whatever the order in
 * which entries came, and an edit rewrites the nodes from its own to the first that ends where one ended before: one a
 * level, as a rule.
 */
import {assert} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {endsBelow} from './boundary.ts';
import {LEVEL_MAX, NODE_BYTES_ENOUGH, NODE_OVERHEAD_BYTES} from './limits.ts';
import {type SealedNode, sealNode} from './sealed-node.ts';
import {compareKeys, type TreeKey} from './tree-key.ts';
import {itemBytes, type TreeItem, type TreeNode} from './tree-node.ts';
import {type FoundNode, findNode, loadNode, type Tree, type TreeRoot, type Walk} from './walk.ts';

/** undefined: the entry goes. */
export type Edit = {readonly key: TreeKey; readonly value: Uint8Array | undefined};

export type TreeChange = {
	readonly root: TreeRoot;
	/** To be stored before the root is made known. */
	readonly nodes: readonly SealedNode[];
	/** Nodes of the old tree that the new one has not. */
	readonly replaced: readonly Hash32[];
};

const lastKey = ({items}: TreeNode): TreeKey => (items.at(-1) as TreeItem).key;

/** Cuts a run of items of one level into nodes. */
class Chunker {
	readonly made: {readonly key: TreeKey; readonly sealed: SealedNode}[] = [];
	readonly #tree: Tree;
	readonly #level: number;
	#items: TreeItem[] = [];
	#size = NODE_OVERHEAD_BYTES;

	constructor(tree: Tree, level: number) {
		this.#tree = tree;
		this.#level = level;
	}

	/** The next item begins a node. */
	get isBetween(): boolean {
		return this.#items.length === 0;
	}

	add(item: TreeItem): void {
		this.#items.push(item);
		this.#size += itemBytes(item);
		const {crypto, keys} = this.#tree;
		const isEnd =
			this.#size >= NODE_BYTES_ENOUGH || endsBelow(crypto.hasher, keys.boundary, item.key) > this.#level;
		if (isEnd) this.finish();
	}

	finish(): void {
		if (this.#items.length === 0) return;
		const node = {level: this.#level, items: this.#items};
		const sealed = sealNode(this.#tree.crypto, this.#tree.keys, node);
		this.#tree.cache.add(sealed.address, node);
		this.made.push({key: lastKey(node), sealed});
		this.#items = [];
		this.#size = NODE_OVERHEAD_BYTES;
	}
}

type Old = {readonly address: Hash32; readonly level: number};

/** Edits of one level that have not been made yet. */
class Pending {
	readonly edits: readonly Edit[];
	#index = 0;

	constructor(edits: readonly Edit[]) {
		this.edits = edits;
	}

	get next(): Edit | undefined {
		return this.edits[this.#index];
	}

	/** Adds the items to the chunker with the edits up to their last among them; all edits when there is no node after. */
	mergeInto(chunker: Chunker, items: readonly TreeItem[], isLast: boolean): void {
		for (const item of items) {
			this.#addWhile(chunker, key => compareKeys(key, item.key) < 0);
			const edit = this.next;
			if (edit === undefined || compareKeys(edit.key, item.key) !== 0) chunker.add(item);
			else this.#addWhile(chunker, key => compareKeys(key, item.key) === 0);
		}
		if (isLast) this.#addWhile(chunker, () => true);
	}

	#addWhile(chunker: Chunker, holds: (key: TreeKey) => boolean): void {
		for (let edit = this.next; edit !== undefined && holds(edit.key); edit = this.next) {
			if (edit.value !== undefined) chunker.add({key: edit.key, value: edit.value});
			this.#index++;
		}
	}
}

type LevelChange = {readonly removed: readonly FoundNode[]; readonly made: Chunker['made']};

/** Rewrites the nodes of one level that the edits touch. */
function* editLevel(
	tree: Tree,
	old: Old | undefined,
	level: number,
	edits: readonly Edit[],
): Walk<LevelChange> {
	const chunker = new Chunker(tree, level);
	const pending = new Pending(edits);
	const removed: FoundNode[] = [];
	if (old === undefined || old.level < level) {
		pending.mergeInto(chunker, [], true);
		chunker.finish();
		return {removed, made: chunker.made};
	}
	const rootLast = lastKey(yield* loadNode(tree, old.address));
	for (let edit = pending.next; edit !== undefined; edit = pending.next) {
		const {key} = edit;
		let found = yield* findNode(tree, old.address, level, last => compareKeys(last, key) >= 0, true);
		while (found !== undefined) {
			removed.push(found);
			const last = lastKey(found.node);
			const isLast = compareKeys(last, rootLast) === 0;
			pending.mergeInto(chunker, found.node.items, isLast);
			const next: Edit | undefined = pending.next;
			if (isLast) break;
			if (chunker.isBetween && (next === undefined || compareKeys(next.key, last) > 0)) break;
			found = yield* findNode(tree, old.address, level, after => compareKeys(after, last) > 0);
		}
		chunker.finish();
	}
	return {removed, made: chunker.made};
}

/** What a level's change means for the level above; `all`: also of nodes that stay, because that level is new. */
const editsAbove = ({removed, made}: LevelChange, all: boolean): readonly Edit[] => {
	const before = new Set(removed.map(({address}) => toHex(address)));
	const edits: Edit[] = [];
	let at = 0;
	for (const {key, sealed} of made) {
		for (let gone = removed[at]; gone !== undefined; gone = removed[at]) {
			const order = compareKeys(lastKey(gone.node), key);
			if (order > 0) break;
			at++;
			if (order < 0) edits.push({key: lastKey(gone.node), value: undefined});
		}
		if (all || !before.has(toHex(sealed.address))) edits.push({key, value: sealed.address});
	}
	for (const {node} of removed.slice(at)) edits.push({key: lastKey(node), value: undefined});
	return edits;
};

/** What an edit made and replaced so far. */
type Tally = {readonly made: Map<string, SealedNode>; readonly gone: Map<string, Hash32>};

/** Level by level up to the one that has a single node. */
function* editLevels(
	tree: Tree,
	root: TreeRoot,
	edits: readonly Edit[],
	{made, gone}: Tally,
): Walk<TreeRoot> {
	const old: Old | undefined =
		root === null ? undefined : {address: root, level: (yield* loadNode(tree, root)).level};
	const height = old === undefined ? 0 : old.level;
	let todo = edits;
	for (let level = 0; todo.length > 0; level++) {
		assert(level <= LEVEL_MAX, 'a tree is not that high');
		const change = yield* editLevel(tree, old, level, todo);
		for (const {address} of change.removed) gone.set(toHex(address), address);
		for (const {sealed} of change.made) made.set(toHex(sealed.address), sealed);
		const isTop = level >= height;
		if (isTop && change.made.length <= 1) return change.made[0]?.sealed.address ?? null;
		todo = editsAbove(change, isTop);
	}
	return root;
}

/** A node with one child is no root: the tree is as low as it can be. */
function* lowest(tree: Tree, top: Hash32, {made, gone}: Tally): Walk<Hash32> {
	for (let root = top; ; ) {
		const node = yield* loadNode(tree, root);
		const [only, ...others] = node.items;
		if (node.level === 0 || only === undefined || others.length > 0) return root;
		if (!made.delete(toHex(root))) gone.set(toHex(root), root);
		root = Hash32(only.value);
	}
}

/** `edits`: in the order of their keys, each key once. O(log n) nodes for each. */
export function* editTree(tree: Tree, root: TreeRoot, edits: readonly Edit[]): Walk<TreeChange> {
	const tally: Tally = {made: new Map(), gone: new Map()};
	const {made, gone} = tally;
	const top = yield* editLevels(tree, root, edits, tally);
	const low = top === null ? null : yield* lowest(tree, top, tally);
	for (const key of [...made.keys()]) if (gone.delete(key)) made.delete(key);
	return {root: low, nodes: [...made.values()], replaced: [...gone.values()]};
}
