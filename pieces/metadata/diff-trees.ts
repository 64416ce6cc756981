import {equalBytes} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {Result} from '#kernel/result';
import {compareKeys, type TreeKey} from './tree-key.ts';
import type {TreeItem, TreeNode} from './tree-node.ts';
import {loadNode, type MetadataError, settled, type Tree, type TreeRoot, type Walk} from './walk.ts';

/** One entry in two trees; undefined where it is not. */
export type EntryChange = {
	readonly key: TreeKey;
	readonly before: Uint8Array | undefined;
	readonly after: Uint8Array | undefined;
};

type Frame = {readonly node: TreeNode; readonly after: TreeKey | undefined; index: number};

/** A place in a tree that may be above its entries. */
class Place {
	readonly #tree: Tree;
	readonly #frames: Frame[] = [];

	constructor(tree: Tree, root: TreeNode | undefined) {
		this.#tree = tree;
		if (root !== undefined) this.#frames.push({node: root, after: undefined, index: 0});
	}

	get item(): TreeItem | undefined {
		const frame = this.#frames.at(-1);
		return frame?.node.items[frame.index];
	}

	/** 0: an entry; above: a node of the level below. -1 behind the end. */
	get level(): number {
		return this.#frames.at(-1)?.node.level ?? -1;
	}

	/** From a node to the first of what is in it. */
	*enter(): Walk<void> {
		const frame = this.#frames.at(-1) as Frame;
		const {key, value} = frame.node.items[frame.index] as TreeItem;
		const after = frame.node.items[frame.index - 1]?.key ?? frame.after;
		const expected = {level: frame.node.level - 1, last: key, after};
		this.#frames.push({node: yield* loadNode(this.#tree, Hash32(value), expected), after, index: 0});
	}

	/** Over the item and all that is in it. */
	pass(): void {
		for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
			frame.index++;
			if (frame.index < frame.node.items.length) return;
			this.#frames.pop();
		}
	}
}

function* placeAt(tree: Tree, root: TreeRoot): Walk<Place> {
	return new Place(tree, root === null ? undefined : yield* loadNode(tree, root));
}

/** Takes one step; returns the entry that differs, if the step is over one. */
function* compareHere(before: Place, after: Place): Walk<EntryChange | undefined> {
	const [a, b] = [before.item, after.item];
	const same = a !== undefined && b !== undefined && equalBytes(a.value, b.value);
	if (same && before.level === after.level && compareKeys(a.key, b.key) === 0) {
		before.pass();
		after.pass();
		return undefined;
	}
	if (before.level > 0 || after.level > 0) {
		yield* (before.level >= after.level ? before : after).enter();
		return undefined;
	}
	const order = a === undefined ? 1 : b === undefined ? -1 : compareKeys(a.key, b.key);
	if (order <= 0) before.pass();
	if (order >= 0) after.pass();
	return {
		key: ((order <= 0 ? a : b) as TreeItem).key,
		before: order <= 0 ? a?.value : undefined,
		after: order >= 0 ? b?.value : undefined,
	};
}

/** The entries that differ, in their order. Nodes that both trees have are not asked for. */
export function* changesBetween(tree: Tree, before: TreeRoot, after: TreeRoot): Walk<readonly EntryChange[]> {
	if (before !== null && after !== null && equalBytes(before, after)) return [];
	const [left, right] = [yield* placeAt(tree, before), yield* placeAt(tree, after)];
	const changes: EntryChange[] = [];
	while (left.item !== undefined || right.item !== undefined) {
		const change = yield* compareHere(left, right);
		if (change !== undefined) changes.push(change);
	}
	return changes;
}

export const diffTrees = (
	tree: Tree,
	before: TreeRoot,
	after: TreeRoot,
): Walk<Result<readonly EntryChange[], MetadataError>> => settled(changesBetween(tree, before, after));
