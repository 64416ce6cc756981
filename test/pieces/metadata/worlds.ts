import {hkdfSha256} from '#crypto/hkdf';
import {compareBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import type {TreeChange} from '#pieces/metadata/edit-tree';
import {bucketIdOf, metadataKeyOf, treeKeysOf} from '#pieces/metadata/metadata-keys';
import {NodeCache} from '#pieces/metadata/node-cache';
import type {ObjectEntry} from '#pieces/metadata/object-entry';
import {type ObjectWrite, scanTree, writeObjects} from '#pieces/metadata/objects';
import {firstOf, versionId} from '#pieces/metadata/tree-key';
import type {TreeItem} from '#pieces/metadata/tree-node';
import {runWalk, type Tree, type TreeRoot, type Walk} from '#pieces/metadata/walk';
import {ports} from '../ports.ts';

export const accountSeed: Uint8Array = new Uint8Array(32).map((_, index) => index);
export const metadataKey: Uint8Array = metadataKeyOf(accountSeed);
export const bucketId: Hash32 = bucketIdOf(ports.hasher, metadataKey, 'photos');

export const newTree = (id: Uint8Array = bucketId): Tree => ({
	crypto: {hasher: ports.hasher, aead: ports.aead},
	keys: treeKeysOf(metadataKey, id),
	cache: new NodeCache(),
});

/** The value of a result that must be good. */
export const good = <T>(result: Result<T>): T => {
	if (!result.ok) throw new Error(`bad: ${result.error.code}`);
	return result.value;
};

/** Bytes that a name stands for. */
export const some = (name: string, length = 32): Uint8Array =>
	hkdfSha256(encodeUtf8(name), new Uint8Array(0), new Uint8Array(0), length);

export const inline = (text: string): ObjectEntry => {
	const bytes = encodeUtf8(text);
	return {
		kind: 'object',
		size: bytes.length,
		sha256: some(text),
		contentType: null,
		modifiedMs: 1_700_000_000_000,
		content: {kind: 'inline', bytes},
	};
};

export const put = (name: string, text: string, version = 1): ObjectWrite => ({
	kind: 'put',
	path: encodeUtf8(name),
	version: versionId(version, new Uint8Array(8)),
	entry: inline(text),
});

export const remove = (name: string, version = 1): ObjectWrite => ({
	kind: 'delete',
	path: encodeUtf8(name),
	version: versionId(version, new Uint8Array(8)),
	modifiedMs: 5,
});

/** A bucket with its nodes in memory: exactly those of its tree, if the tree says rightly what it made and replaced. */
export class MemoryBucket {
	tree: Tree = newTree();
	readonly nodes: Map<string, Uint8Array> = new Map();
	root: TreeRoot = null;
	/** Addresses that walks asked for. */
	asked = 0;

	run<T>(walk: Walk<T>): T {
		return runWalk(walk, address => {
			this.asked++;
			return this.nodes.get(toHex(address));
		});
	}

	/** Forgets what was opened, so that every node is asked for again. */
	reopen(): void {
		this.tree = newTree();
		this.asked = 0;
	}

	keep({root, nodes, replaced}: TreeChange): void {
		for (const {address, bytes} of nodes) this.nodes.set(toHex(address), bytes);
		for (const address of replaced) this.nodes.delete(toHex(address));
		this.root = root;
	}

	write(writes: readonly ObjectWrite[], keepVersions = false): TreeChange {
		const change = good(this.run(writeObjects(this.tree, this.root, writes, {keepVersions})));
		this.keep(change);
		return change;
	}

	entries(root: TreeRoot = this.root): readonly TreeItem[] {
		const range = {from: firstOf(new Uint8Array(0)), limit: Number.MAX_SAFE_INTEGER};
		return good(this.run(scanTree(this.tree, root, range)));
	}
}

export const byName = (a: string, b: string): number => compareBytes(encodeUtf8(a), encodeUtf8(b));
