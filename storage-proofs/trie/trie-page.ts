/**
 * A trie of pieces in pages of a few KiB, so that a change writes O(log n) bytes and a proof reads as many. A page is a
 * connected part of the trie, from its top down, each node before what is under it, left before right:
 * leaf = 0 | key 32 | sum u64be · branch = 1 | depth · stub of another page = 2 | hash 32 | sum u64be | page u64be.
 * How a trie is cut into pages says nothing of it: hashes are those of the trie, and depend on its leaves alone.
 */
import type {Hasher} from '#crypto/crypto';
import {concat, equalBytes, u64be} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {type LeafPayload, nodeHash} from './root-hash.ts';
import {KEY_BITS, SUM_MAX, type Trie, type TrieNode, type TrieStub} from './trie.ts';

const LEAF = 0;
const BRANCH = 1;
const STUB = 2;

const LEAF_SIZE = 41;
const BRANCH_SIZE = 2;
const STUB_SIZE = 49;

/** Pages are as full as possible without being longer. */
export const PAGE_BYTES_MAX = 4096;

const NO_PAYLOAD = new Uint8Array(0);
const payload: LeafPayload<null> = () => NO_PAYLOAD;

export type PackedPage = {readonly page: number; readonly bytes: Uint8Array};

export type PackedTrie = {
	/** Stands for the whole trie; null for one without leaves. */
	readonly root: TrieStub | null;
	/** What has to be written. */
	readonly pages: readonly PackedPage[];
	/** Pages that are there already and go on being used, with everything under them. */
	readonly kept: ReadonlySet<number>;
};

type Part = {readonly size: number; readonly parts: readonly Uint8Array[]};

const stubPart = ({hash, sum, page}: TrieStub): Part => ({
	size: STUB_SIZE,
	parts: [Uint8Array.of(STUB), hash, u64be(sum), u64be(page)],
});

class Packer {
	readonly #hasher: Hasher;
	readonly #takePage: () => number;
	readonly pages: PackedPage[] = [];
	readonly kept = new Set<number>();

	constructor(hasher: Hasher, takePage: () => number) {
		this.#hasher = hasher;
		this.#takePage = takePage;
	}

	/** A stub for a subtree, which becomes a page if it is none yet. */
	stubOf(node: TrieNode<null>): TrieStub {
		return this.#keptStub(node) ?? this.#cut(node, this.#part(node));
	}

	#keptStub(node: TrieNode<null>): TrieStub | undefined {
		if (node.kind === 'leaf' || node.page === undefined) return undefined;
		const {page, sum} = node;
		this.kept.add(page);
		return {kind: 'stub', hash: nodeHash(this.#hasher, payload, node), sum, page};
	}

	#cut(node: TrieNode<null>, {parts}: Part): TrieStub {
		const page = this.#takePage();
		this.pages.push({page, bytes: concat(...parts)});
		return {kind: 'stub', hash: nodeHash(this.#hasher, payload, node), sum: node.sum, page};
	}

	/** Bottom-up: where two sides are too much for one page, the larger becomes a page of its own, then the other. */
	#part(node: TrieNode<null>): Part {
		const kept = this.#keptStub(node);
		if (kept !== undefined) return stubPart(kept);
		if (node.kind === 'stub') return stubPart(node);
		if (node.kind === 'leaf')
			return {size: LEAF_SIZE, parts: [Uint8Array.of(LEAF), node.key, u64be(node.sum)]};
		let left = this.#part(node.left);
		let right = this.#part(node.right);
		while (BRANCH_SIZE + left.size + right.size > PAGE_BYTES_MAX)
			if (left.size >= right.size) left = stubPart(this.#cut(node.left, left));
			else right = stubPart(this.#cut(node.right, right));
		return {
			size: BRANCH_SIZE + left.size + right.size,
			parts: [Uint8Array.of(BRANCH, node.depth), ...left.parts, ...right.parts],
		};
	}
}

/** Cuts what is new of a trie into pages; `takePage` gives numbers that no page has. O(nodes that are here). */
export const packTrie = (hasher: Hasher, trie: Trie<null>, takePage: () => number): PackedTrie => {
	if (trie === null) return {root: null, pages: [], kept: new Set()};
	const packer = new Packer(hasher, takePage);
	const root = packer.stubOf(trie);
	return {root, pages: packer.pages, kept: packer.kept};
};

export type TriePageDamaged = {readonly code: 'TRIE_PAGE_DAMAGED'; readonly page: number};

class PageReader {
	readonly #bytes: Uint8Array;
	readonly #view: DataView;
	#at = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	}

	get isAtEnd(): boolean {
		return this.#at === this.#bytes.length;
	}

	/** Undefined when this is no page. */
	node(above: number, page: number | undefined): TrieNode<null> | undefined {
		const kind = this.#bytes[this.#at++];
		switch (kind) {
			case LEAF:
				return this.#leaf();
			case BRANCH:
				return this.#branch(above, page);
			case STUB:
				return this.#stub();
			default:
				return undefined;
		}
	}

	/** A copy: what stays in memory does not keep the whole page there. */
	#take(length: number): Uint8Array | undefined {
		if (this.#at + length > this.#bytes.length) return undefined;
		this.#at += length;
		return new Uint8Array(this.#bytes.subarray(this.#at - length, this.#at));
	}

	#u64(): bigint | undefined {
		if (this.#at + 8 > this.#bytes.length) return undefined;
		this.#at += 8;
		return this.#view.getBigUint64(this.#at - 8);
	}

	#leaf(): TrieNode<null> | undefined {
		const key = this.#take(32);
		const sum = this.#u64();
		return key === undefined || sum === undefined ? undefined : {kind: 'leaf', key, sum, value: null};
	}

	/** Depths grow on the way down, so that no page is deeper than a key is long. */
	#branch(above: number, page: number | undefined): TrieNode<null> | undefined {
		const depth = this.#bytes[this.#at++];
		if (depth === undefined || depth <= above || depth >= KEY_BITS) return undefined;
		const left = this.node(depth, undefined);
		const right = left && this.node(depth, undefined);
		if (left === undefined || right === undefined || left.sum + right.sum > SUM_MAX) return undefined;
		return {kind: 'branch', depth, left, right, sum: left.sum + right.sum, hash: undefined, page};
	}

	#stub(): TrieNode<null> | undefined {
		const hash = this.#take(32);
		const sum = this.#u64();
		const page = this.#u64();
		if (hash === undefined || sum === undefined || page === undefined) return undefined;
		return page > BigInt(Number.MAX_SAFE_INTEGER)
			? undefined
			: {kind: 'stub', hash: Hash32(hash), sum, page: Number(page)};
	}
}

/** The nodes of a page; its hash and sum must be those of the stub that stood for it. */
export const openPage = (
	hasher: Hasher,
	{hash, sum, page}: TrieStub,
	bytes: Uint8Array,
): Result<TrieNode<null>, TriePageDamaged> => {
	const reader = new PageReader(bytes);
	const node = reader.node(-1, page);
	const isWhole =
		node !== undefined &&
		node.kind !== 'stub' &&
		reader.isAtEnd &&
		node.sum === sum &&
		equalBytes(nodeHash(hasher, payload, node), hash);
	return isWhole ? ok(node) : err({code: 'TRIE_PAGE_DAMAGED', page});
};
