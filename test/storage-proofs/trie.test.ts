import test from 'ava';
import fc from 'fast-check';
import {compareBytes, toHex} from '#kernel/bytes';
import {decode, encode} from '#kernel/cbor/codec';
import {Hash32} from '#kernel/hash';
import {EMPTY_TRIE_ROOT, nodeHash, rootHash} from '#storage-proofs/trie/root-hash';
import {
	findLeaf,
	leafAt,
	leavesOf,
	putLeaf,
	removeLeaf,
	SUM_MAX,
	sumOf,
	type Trie,
	trieOf,
} from '#storage-proofs/trie/trie';
import {
	absenceProofCodec,
	followTriePath,
	proveAbsence,
	triePath,
	triePathCodec,
	verifyAbsence,
} from '#storage-proofs/trie/trie-path';
import {hasher, must} from './worlds.ts';

const NOTHING = new Uint8Array(0);
const payload = (): Uint8Array => NOTHING;

/** Keys that often share long prefixes, so that branches stand at odd depths. */
const key = fc
	.tuple(
		fc.array(fc.constantFrom(0, 1, 0x80, 0xff), {minLength: 3, maxLength: 3}),
		fc.constantFrom(0, 15, 30),
	)
	.map(([bytes, at]) => {
		const whole = new Uint8Array(32);
		whole.set(bytes.slice(0, 2), at);
		whole[31] = bytes[2] as number;
		return whole;
	});
const leaf = fc.record({key, sum: fc.bigInt({min: 0n, max: 1000n})});
const leaves = fc.uniqueArray(leaf, {selector: ({key: bytes}) => toHex(bytes), maxLength: 40});

type Leaves = readonly {readonly key: Uint8Array; readonly sum: bigint}[];

const built = (from: Leaves): Trie<null> => {
	let trie: Trie<null> = null;
	for (const {key: bytes, sum} of from) trie = must(putLeaf(trie, {key: bytes, sum, value: null}));
	return trie;
};

const rootOf = (trie: Trie<null>): string => toHex(rootHash(hasher, payload, trie));

test('a trie without leaves has 32 zero bytes for a root and sums to nothing', t => {
	t.is(rootOf(null), toHex(EMPTY_TRIE_ROOT));
	t.is(sumOf(null), 0n);
	t.is(leafAt(null, 0n), undefined);
	t.is(removeLeaf(null, new Uint8Array(32)), null);
});

test('the root depends on the leaves, never on the history', t => {
	fc.assert(
		fc.property(leaves, leaves, fc.array(fc.nat(), {maxLength: 60}), (wanted, passing, shuffle) => {
			const mixed = [...wanted, ...passing]
				.map((item, index) => ({item, order: shuffle[index % Math.max(1, shuffle.length)] ?? 0}))
				.sort((a, b) => a.order - b.order)
				.map(({item}) => item);
			const wantedKeys = new Set(wanted.map(({key: bytes}) => toHex(bytes)));
			let trie = built(mixed);
			for (const {key: bytes} of passing) if (!wantedKeys.has(toHex(bytes))) trie = removeLeaf(trie, bytes);
			for (const {key: bytes, sum} of wanted) trie = must(putLeaf(trie, {key: bytes, sum, value: null}));
			t.is(rootOf(trie), rootOf(built(wanted)));
			t.is(rootOf(trie), rootOf(must(trieOf(wanted.map(item => ({...item, value: null}))))));
			t.is(
				sumOf(trie),
				wanted.reduce((sum, item) => sum + item.sum, 0n),
			);
			t.deepEqual(
				[...leavesOf(trie)].map(({key: bytes}) => toHex(bytes)),
				wanted.map(({key: bytes}) => toHex(bytes)).sort(),
			);
		}),
		{numRuns: 100},
	);
});

test('two different sets of leaves have two roots', t => {
	fc.assert(
		fc.property(leaves, leaf, (some, other) => {
			const trie = built(some);
			const changed = must(putLeaf(trie, {...other, value: null}));
			t.is(findLeaf(trie, other.key)?.sum === other.sum, rootOf(changed) === rootOf(trie));
		}),
		{numRuns: 100},
	);
});

test('a snapshot stays as it was while changes go on', t => {
	fc.assert(
		fc.property(leaves, leaves, (before, after) => {
			const snapshot = built(before);
			const root = rootOf(snapshot);
			let trie = snapshot;
			for (const {key: bytes, sum} of after) trie = must(putLeaf(trie, {key: bytes, sum, value: null}));
			for (const {key: bytes} of before) trie = removeLeaf(trie, bytes);
			rootOf(trie);
			t.is(rootOf(built([...leavesOf(snapshot)])), root);
		}),
		{numRuns: 60},
	);
});

test('a change keeps all of the trie that it does not touch', t => {
	const many = Array.from({length: 256}, (_, index) => {
		const bytes = new Uint8Array(32);
		bytes[0] = index;
		return {key: bytes, sum: 1n};
	});
	const trie = built(many);
	const changed = must(putLeaf(trie, {key: new Uint8Array(32).fill(1), sum: 1n, value: null}));
	if (trie?.kind !== 'branch' || changed.kind !== 'branch') return t.fail();
	t.is(changed.right, trie.right);
	return t.not(changed.left, trie.left);
});

test('removing a key that is not there gives the same trie', t => {
	const trie = built([{key: new Uint8Array(32).fill(7), sum: 3n}]);
	t.is(removeLeaf(trie, new Uint8Array(32).fill(8)), trie);
});

test('a sum beyond 64 bits is refused', t => {
	const one = built([{key: new Uint8Array(32), sum: SUM_MAX}]);
	const other = new Uint8Array(32).fill(1);
	t.deepEqual(putLeaf(one, {key: other, sum: 1n, value: null}), {
		ok: false,
		error: {code: 'TRIE_SUM_OVERFLOW', sum: SUM_MAX + 1n},
	});
	t.true(putLeaf(one, {key: other, sum: 0n, value: null}).ok);
	t.deepEqual(
		trieOf([
			{key: other, sum: 1n, value: null},
			{key: new Uint8Array(32), sum: SUM_MAX, value: null},
		]),
		{ok: false, error: {code: 'TRIE_SUM_OVERFLOW', sum: SUM_MAX + 1n}},
	);
});

test('every item number leads to its leaf, in key order', t => {
	fc.assert(
		fc.property(leaves, some => {
			const trie = built(some);
			let index = 0n;
			for (const {key: bytes, sum} of [...some].sort((a, b) => compareBytes(a.key, b.key))) {
				if (sum === 0n) continue;
				for (const offset of [0n, sum - 1n]) {
					const found = leafAt(trie, index + offset);
					t.is(found?.offset, offset);
					t.is(toHex(found?.leaf.key ?? NOTHING), toHex(bytes));
				}
				index += sum;
			}
			t.is(leafAt(trie, index), undefined);
			t.is(leafAt(trie, -1n), undefined);
		}),
		{numRuns: 60},
	);
});

test('the path of each leaf leads to the root, the sum and its place', t => {
	fc.assert(
		fc.property(leaves, some => {
			const trie = built(some);
			let offset = 0n;
			for (const {key: bytes, sum} of leavesOf(trie)) {
				const path = triePath(hasher, payload, trie, bytes) ?? [];
				const read = must(decode(triePathCodec, encode(triePathCodec, path)));
				const end = must(followTriePath(hasher, {key: bytes, sum, payload: NOTHING}, read));
				t.deepEqual(end, {root: rootHash(hasher, payload, trie), sum: sumOf(trie), offset});
				offset += sum;
			}
		}),
		{numRuns: 40},
	);
});

test('a path whose depths do not grow is malformed', t => {
	const step = {depth: 3, sibling: Hash32(new Uint8Array(32)), siblingSum: 1n};
	t.deepEqual(followTriePath(hasher, {key: new Uint8Array(32), sum: 1n, payload: NOTHING}, [step, step]), {
		ok: false,
		error: {code: 'TRIE_PATH_MALFORMED', step: 0},
	});
});

test('a path whose sums overflow is refused', t => {
	const step = {depth: 3, sibling: Hash32(new Uint8Array(32)), siblingSum: SUM_MAX};
	t.deepEqual(followTriePath(hasher, {key: new Uint8Array(32), sum: 1n, payload: NOTHING}, [step]), {
		ok: false,
		error: {code: 'TRIE_SUM_OVERFLOW', sum: SUM_MAX + 1n},
	});
});

test('a branch shown at another depth has another root, so a key has one place only', t => {
	const trie = must(
		trieOf(
			[1, 2, 4, 8].map(byte => {
				const bytes = new Uint8Array(32);
				bytes[0] = byte;
				return {key: bytes, sum: 1n, value: null};
			}),
		),
	);
	const [first] = leavesOf(trie);
	if (first === undefined || trie === null) return t.fail();
	const path = triePath(hasher, payload, trie, first.key) ?? [];
	const moved = path.map((step, index) => (index === 0 ? {...step, depth: 0} : step));
	const end = must(followTriePath(hasher, {...first, payload: NOTHING}, moved));
	return t.not(toHex(end.root), toHex(nodeHash(hasher, payload, trie)));
});

test('a key is shown to be there or not to be there, never both', t => {
	fc.assert(
		fc.property(leaves, key, (some, asked) => {
			const trie = built(some);
			const commitment = {root: rootHash(hasher, payload, trie), sum: sumOf(trie)};
			const present = findLeaf(trie, asked) !== undefined;
			const proof = proveAbsence(hasher, payload, trie, asked);
			t.is(proof === undefined, present);
			if (proof !== undefined) {
				const read = must(decode(absenceProofCodec, encode(absenceProofCodec, proof)));
				t.true(verifyAbsence(hasher, commitment, asked, read).ok);
				return;
			}
			// Any leaf's own true path, offered as if it showed that the key is not there.
			for (const {key: other, sum} of leavesOf(trie)) {
				const path = triePath(hasher, payload, trie, other) ?? [];
				t.deepEqual(
					verifyAbsence(hasher, commitment, asked, {leaf: {key: other, sum, payload: NOTHING}, path}),
					{ok: false, error: {code: 'TRIE_KEY_PRESENT'}},
				);
			}
		}),
		{numRuns: 100},
	);
});

test('a proof of absence is bound to the root and the sum', t => {
	const there = new Uint8Array(32).fill(1);
	const trie = built([{key: there, sum: 5n}]);
	const root = rootHash(hasher, payload, trie);
	const asked = new Uint8Array(32).fill(2);
	const proof = proveAbsence(hasher, payload, trie, asked) ?? null;
	t.deepEqual(verifyAbsence(hasher, {root, sum: 6n}, asked, proof), {
		ok: false,
		error: {code: 'TRIE_SUM_WRONG', sum: 5n},
	});
	t.deepEqual(verifyAbsence(hasher, {root: EMPTY_TRIE_ROOT, sum: 5n}, asked, proof), {
		ok: false,
		error: {code: 'TRIE_ROOT_WRONG', root},
	});
	t.deepEqual(verifyAbsence(hasher, {root, sum: 5n}, asked, null), {
		ok: false,
		error: {code: 'TRIE_ROOT_WRONG', root: EMPTY_TRIE_ROOT},
	});
	t.true(verifyAbsence(hasher, {root: EMPTY_TRIE_ROOT, sum: 0n}, asked, null).ok);
});
