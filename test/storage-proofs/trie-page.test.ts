import test from 'ava';
import fc from 'fast-check';
import {defined} from '#kernel/assert';
import {toHex, u32be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {graftAtIndex, graftTowards, stubAtIndex, stubsOf, stubTowards} from '#storage-proofs/trie/open-way';
import {rootHash} from '#storage-proofs/trie/root-hash';
import {
	findLeaf,
	leafAt,
	putLeaf,
	removeLeaf,
	sumOf,
	type Trie,
	type TrieNode,
	type TrieStub,
	trieOf,
} from '#storage-proofs/trie/trie';
import {openPage, PAGE_BYTES_MAX, packTrie} from '#storage-proofs/trie/trie-page';
import {hasher, must} from './worlds.ts';

const NOTHING = new Uint8Array(0);
const rootOf = (trie: Trie<null>): string => toHex(rootHash(hasher, () => NOTHING, trie));
const keyOf = (number: number): Hash32 => hasher.blake2b256(u32be(number));
const leafOf = (number: number) => ({key: keyOf(number), sum: BigInt(number % 7), value: null});

/** Pages by number, as a disk keeps them, and how often one was read. */
class Pages {
	readonly #pages = new Map<number, Uint8Array>();
	#next = 0;
	root: TrieStub | null = null;
	reads = 0;

	get count(): number {
		return this.#pages.size;
	}

	/** Makes a trie the one that is kept; returns how many pages that took. */
	keep(trie: Trie<null>): number {
		const {root, pages, kept} = packTrie(hasher, trie, () => this.#next++);
		const before: TrieStub[] = this.root === null ? [] : [this.root];
		for (let stub = before.pop(); stub !== undefined; stub = before.pop()) {
			if (kept.has(stub.page)) continue;
			before.push(...stubsOf(this.open(stub)));
			this.#pages.delete(stub.page);
		}
		for (const {page, bytes} of pages) this.#pages.set(page, bytes);
		this.root = root;
		return pages.length;
	}

	bytesOf(page: number): Uint8Array {
		return defined(this.#pages.get(page), 'the page is kept');
	}

	open(stub: TrieStub): TrieNode<null> {
		this.reads++;
		return must(openPage(hasher, stub, this.bytesOf(stub.page)));
	}

	towards(trie: Trie<null>, key: Uint8Array): Trie<null> {
		let opened = trie;
		for (let stub = stubTowards(opened, key); opened !== null && stub !== undefined; ) {
			opened = graftTowards(opened, key, this.open(stub));
			stub = stubTowards(opened, key);
		}
		return opened;
	}

	toIndex(trie: Trie<null>, index: bigint): Trie<null> {
		let opened = trie;
		for (let stub = stubAtIndex(opened, index); opened !== null && stub !== undefined; ) {
			opened = graftAtIndex(opened, index, this.open(stub));
			stub = stubAtIndex(opened, index);
		}
		return opened;
	}

	/** Every page that hangs on the root. */
	reachable(): number {
		const open: TrieStub[] = this.root === null ? [] : [this.root];
		let found = 0;
		for (let stub = open.pop(); stub !== undefined; stub = open.pop()) {
			found++;
			open.push(...stubsOf(this.open(stub)));
		}
		return found;
	}
}

const change = fc.record({number: fc.nat(1500), remove: fc.boolean()});

test('a trie in pages goes through the same changes as one in memory, and leaves no page behind', t => {
	fc.assert(
		fc.property(fc.nat(1500), fc.array(fc.array(change, {maxLength: 60}), {maxLength: 4}), (size, rounds) => {
			const pages = new Pages();
			const numbers = new Set(Array.from({length: size}, (_, number) => number));
			pages.keep(must(trieOf([...numbers].map(leafOf))));
			for (const round of rounds) {
				let trie: Trie<null> = pages.root;
				for (const {number, remove} of round) {
					trie = pages.towards(trie, keyOf(number));
					t.is(findLeaf(trie, keyOf(number)) !== undefined, numbers.has(number));
					trie = remove ? removeLeaf(trie, keyOf(number)) : must(putLeaf(trie, leafOf(number)));
					if (remove) numbers.delete(number);
					else numbers.add(number);
				}
				pages.keep(trie);
				const whole = must(trieOf([...numbers].map(leafOf)));
				t.is(rootOf(pages.root), rootOf(whole));
				t.is(sumOf(pages.root), sumOf(whole));
				t.is(pages.reachable(), pages.count);
				const index = sumOf(whole) / 3n;
				t.deepEqual(leafAt(pages.toIndex(pages.root, index), index), leafAt(whole, index));
			}
		}),
		{numRuns: 20},
	);
});

test('a change of a trie of 20,000 leaves writes and reads a few pages', t => {
	const pages = new Pages();
	pages.keep(must(trieOf(Array.from({length: 20_000}, (_, number) => leafOf(number)))));
	const all = pages.count;
	for (let number = 19_990; number < 20_010; number++) {
		pages.reads = 0;
		const opened = pages.towards(pages.root, keyOf(number));
		const written = pages.keep(
			number < 20_000 ? removeLeaf(opened, keyOf(number)) : must(putLeaf(opened, leafOf(number))),
		);
		t.true(written <= 8, `${written} pages written`);
		t.true(pages.reads <= 16, `${pages.reads} pages read`);
	}
	t.true(Math.abs(pages.count - all) < 20);
});

test('what was opened and not changed is not written again', t => {
	const pages = new Pages();
	pages.keep(must(trieOf(Array.from({length: 2000}, (_, number) => leafOf(number)))));
	let trie: Trie<null> = pages.root;
	for (let number = 0; number < 2000; number += 10) trie = pages.towards(trie, keyOf(number));
	t.is(pages.keep(trie), 0);
	t.is(pages.reachable(), pages.count);
});

test('pages are no longer than they may be, and most are half full at least', t => {
	let next = 0;
	const trie = must(trieOf(Array.from({length: 5000}, (_, number) => leafOf(number))));
	const packed = packTrie(hasher, trie, () => next++);
	const lengths = packed.pages.map(({bytes}) => bytes.length);
	t.true(lengths.every(length => length <= PAGE_BYTES_MAX));
	t.true(lengths.filter(length => length >= PAGE_BYTES_MAX / 3).length > 0.9 * lengths.length);
});

test('a page in which one bit is wrong is damaged, and so are any bytes that are no page', t => {
	const pages = new Pages();
	pages.keep(must(trieOf(Array.from({length: 300}, (_, number) => leafOf(number)))));
	const root = defined(pages.root, 'there are leaves');
	const bytes = pages.bytesOf(root.page);
	const damaged = {ok: false, error: {code: 'TRIE_PAGE_DAMAGED', page: root.page}} as const;
	fc.assert(
		fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
			const spoilt = bytes.slice();
			spoilt[at] = (spoilt[at] as number) ^ (1 << bit);
			const opened = openPage(hasher, root, spoilt);
			// The number of another page is in no hash: that page itself tells.
			if (opened.ok) t.notDeepEqual(stubsOf(opened.value), stubsOf(pages.open(root)));
			else t.deepEqual(opened, damaged);
		}),
	);
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), random =>
			t.deepEqual(openPage(hasher, root, random), damaged),
		),
	);
	t.deepEqual(openPage(hasher, root, bytes.subarray(0, -1)), damaged);
	t.deepEqual(openPage(hasher, {...root, sum: root.sum + 1n}, bytes), damaged);
	t.deepEqual(
		openPage(
			hasher,
			root,
			Uint8Array.from(bytes, (byte, at) => (at === 0 ? 2 : byte)),
		),
		damaged,
	);
});
