import test from 'ava';
import fc from 'fast-check';
import {equalBytes, toHex} from '#kernel/bytes';
import {decodeUtf8} from '#kernel/utf8';
import {diffTrees} from '#pieces/metadata/diff-trees';
import {mergeTrees} from '#pieces/metadata/merge-trees';
import {writeObjects} from '#pieces/metadata/objects';
import type {TreeRoot} from '#pieces/metadata/walk';
import {byName, good, MemoryBucket, put, remove} from './worlds.ts';

/** A bucket that forgets no node, and so has all its roots. */
class Branches extends MemoryBucket {
	from(root: TreeRoot, writes: Parameters<MemoryBucket['write']>[0], keepVersions = false): TreeRoot {
		const change = good(this.run(writeObjects(this.tree, root, writes, {keepVersions})));
		for (const {address, bytes} of change.nodes) this.nodes.set(toHex(address), bytes);
		return change.root;
	}

	merge(base: TreeRoot, ours: TreeRoot, theirs: TreeRoot) {
		const merged = good(this.run(mergeTrees(this.tree, {base, ours, theirs})));
		for (const {address, bytes} of merged.nodes) this.nodes.set(toHex(address), bytes);
		return merged;
	}
}

const side = fc.array(fc.record({name: fc.nat(120), text: fc.option(fc.string({maxLength: 4}))}), {
	maxLength: 30,
});
const writesOf = (changes: readonly {name: number; text: string | null}[]) =>
	changes.map(({name, text}) => (text === null ? remove(`${name}`) : put(`${name}`, text)));

test('a difference is what two sorted maps differ in', t => {
	fc.assert(
		fc.property(side, side, side, (first, one, other) => {
			const branches = new Branches();
			const base = branches.from(null, writesOf(first));
			const [a, b] = [branches.from(base, writesOf(one)), branches.from(base, writesOf(other))];
			const valuesOf = (root: TreeRoot) =>
				new Map(branches.entries(root).map(({key, value}) => [decodeUtf8(key.path) as string, value]));
			const [before, after] = [valuesOf(a), valuesOf(b)];
			branches.reopen();
			const found = good(branches.run(diffTrees(branches.tree, a, b)));
			const differing = [...new Set([...before.keys(), ...after.keys()])].filter(name => {
				const [x, y] = [before.get(name), after.get(name)];
				return x === undefined || y === undefined || !equalBytes(x, y);
			});
			t.deepEqual(
				found.map(({key}) => decodeUtf8(key.path) as string),
				differing.sort(byName),
			);
			for (const change of found) {
				const name = decodeUtf8(change.key.path) as string;
				t.deepEqual(change.before, before.get(name));
				t.deepEqual(change.after, after.get(name));
			}
		}),
		{numRuns: 60},
	);
});

test('a difference of one entry among thousands is found with a few nodes', t => {
	const branches = new Branches();
	const base = branches.from(
		null,
		Array.from({length: 3000}, (_, index) => put(`${index}`, 'same')),
	);
	const changed = branches.from(base, [put('1234', 'other')]);
	branches.reopen();
	t.is(good(branches.run(diffTrees(branches.tree, base, changed))).length, 1);
	t.true(branches.asked <= 16, `${branches.asked} nodes`);
	t.is(good(branches.run(diffTrees(branches.tree, base, base))).length, 0);
});

test('two writers come to the same tree, whichever of them merges', t => {
	fc.assert(
		fc.property(side, side, side, (first, one, other) => {
			const branches = new Branches();
			const base = branches.from(null, writesOf(first));
			const [ours, theirs] = [branches.from(base, writesOf(one)), branches.from(base, writesOf(other))];
			const merged = branches.merge(base, ours, theirs);
			const reverse = branches.merge(base, theirs, ours);
			t.deepEqual(merged.root, reverse.root);
			t.deepEqual(merged.conflicts, reverse.conflicts);
			t.deepEqual(branches.merge(base, ours, base).root, ours);
			t.deepEqual(branches.merge(base, base, theirs).root, theirs);
			t.deepEqual(branches.merge(base, ours, ours).root, ours);
		}),
		{numRuns: 60},
	);
});

test('what one deleted and the other changed stays, and is reported', t => {
	const branches = new Branches();
	const base = branches.from(null, [put('a', 'old'), put('b', 'old')]);
	const ours = branches.from(base, [remove('a'), put('c', 'new')]);
	const theirs = branches.from(base, [put('a', 'changed'), remove('b')]);
	const {root, conflicts} = branches.merge(base, ours, theirs);
	t.deepEqual(
		branches.entries(root).map(({key}) => decodeUtf8(key.path)),
		['a', 'c'],
	);
	t.deepEqual(
		conflicts.map(({path}) => decodeUtf8(path)),
		['a'],
	);
});

test('versions that two devices wrote of one object both stay', t => {
	const branches = new Branches();
	const base = branches.from(null, [put('a', 'old', 1)]);
	const ours = branches.from(base, [put('a', 'ours', 2)], true);
	const theirs = branches.from(base, [put('a', 'theirs', 3)], true);
	const {root, conflicts} = branches.merge(base, ours, theirs);
	t.deepEqual(
		branches.entries(root).map(({key}) => key.version[7]),
		[3, 2, 1],
	);
	t.deepEqual(conflicts, []);
});
