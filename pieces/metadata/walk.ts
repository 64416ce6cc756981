/**
 * How operations on a tree get its nodes: they yield the addresses of those they want (`nodesWanted`) and are resumed
 * with the sealed bytes, from wherever the caller has them; undefined for one that it cannot get.
 */

import {Hash32} from '#kernel/hash';
import type {Failure} from '#kernel/result';
import {err, ok, type Result} from '#kernel/result';
import type {TreeKeys} from './metadata-keys.ts';
import type {NodeCache} from './node-cache.ts';
import type {ObjectEntryError} from './object-entry.ts';
import type {ObjectNameError} from './object-name.ts';
import {type NodeCrypto, openNode, type SealedNodeError} from './sealed-node.ts';
import {compareKeys, type TreeKey} from './tree-key.ts';
import type {TreeItem, TreeNode} from './tree-node.ts';

export type NodesWanted = readonly Hash32[];
export type NodesBrought = readonly (Uint8Array | undefined)[];
export type Walk<T> = Generator<NodesWanted, T, NodesBrought>;

/** The address of the topmost node; null for a tree without entries. */
export type TreeRoot = Hash32 | null;

/** What opens the nodes of one bucket. */
export type Tree = {
	readonly crypto: NodeCrypto;
	readonly keys: TreeKeys;
	/** Opened nodes, so that none is asked for or opened twice in a row. */
	readonly cache: NodeCache;
};

export type MetadataError =
	| SealedNodeError
	| ObjectEntryError
	| ObjectNameError
	| {readonly code: 'METADATA_NODE_MISSING'; readonly address: Hash32}
	| {readonly code: 'LIST_LIMIT_BAD'; readonly limit: number; readonly limitMax: number};

/** Leaves a walk that met bad nodes or bad arguments. Only `settled` catches it and makes it a `Result`. */
class WalkStop extends Error {
	readonly failure: MetadataError;

	constructor(failure: MetadataError) {
		super(failure.code);
		this.failure = failure;
	}
}

export const stopWalk = (failure: MetadataError): never => {
	throw new WalkStop(failure);
};

/** The value, or out of the walk with what is wrong. */
export const orStop = <T>(result: Result<T, MetadataError & Failure>): T =>
	result.ok ? result.value : stopWalk(result.error);

export function* settled<T>(walk: Walk<T>): Walk<Result<T, MetadataError>> {
	try {
		return ok(yield* walk);
	} catch (error) {
		if (error instanceof WalkStop) return err(error.failure);
		throw error;
	}
}

/** Runs a walk to its end over nodes that are at hand. */
export const runWalk = <T>(walk: Walk<T>, nodeAt: (address: Hash32) => Uint8Array | undefined): T => {
	for (let step = walk.next(); ; ) {
		if (step.done) return step.value;
		step = walk.next(step.value.map(nodeAt));
	}
};

/** What the node above says of a node. */
export type Expected = {
	readonly level: number;
	readonly last: TreeKey;
	/** The last key of the node before it. */
	readonly after: TreeKey | undefined;
};

const agrees = ({items}: TreeNode, {last, after}: Expected): boolean =>
	compareKeys((items.at(-1) as TreeItem).key, last) === 0 &&
	(after === undefined || compareKeys(after, (items[0] as TreeItem).key) < 0);

export function* loadNode(tree: Tree, address: Hash32, expected?: Expected): Walk<TreeNode> {
	let node = tree.cache.get(address);
	if (node === undefined) {
		const [bytes] = yield [address];
		if (bytes === undefined) return stopWalk({code: 'METADATA_NODE_MISSING', address});
		node = orStop(openNode(tree.crypto, tree.keys, {address, bytes}));
		tree.cache.add(address, node);
	}
	if (expected === undefined) return node;
	if (node.level !== expected.level) stopWalk({code: 'METADATA_NODE_INCONSISTENT', problem: 'level'});
	if (!agrees(node, expected)) stopWalk({code: 'METADATA_NODE_INCONSISTENT', problem: 'range'});
	return node;
}

/** The index of the first item that `isWanted`, which holds for all items after one that it holds for. */
export const firstIndex = (items: readonly TreeItem[], isWanted: (key: TreeKey) => boolean): number => {
	let low = 0;
	let high = items.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (isWanted((items[middle] as TreeItem).key)) high = middle;
		else low = middle + 1;
	}
	return low;
};

export type FoundNode = {readonly address: Hash32; readonly node: TreeNode};

/**
 * The node of a level that has the first item that `isWanted`; undefined when there is none, or the last node of the
 * level when `orLast`. The tree is at least as high as the level.
 */
export function* findNode(
	tree: Tree,
	root: Hash32,
	level: number,
	isWanted: (key: TreeKey) => boolean,
	orLast = false,
): Walk<FoundNode | undefined> {
	let address = root;
	let node = yield* loadNode(tree, root);
	let after: TreeKey | undefined;
	if (!orLast && !isWanted((node.items.at(-1) as TreeItem).key)) return undefined;
	while (node.level > level) {
		const index = Math.min(firstIndex(node.items, isWanted), node.items.length - 1);
		const {key, value} = node.items[index] as TreeItem;
		after = node.items[index - 1]?.key ?? after;
		address = Hash32(value);
		node = yield* loadNode(tree, address, {level: node.level - 1, last: key, after});
	}
	return {address, node};
}
