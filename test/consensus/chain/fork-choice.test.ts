import test from 'ava';
import {isPreferred} from '#consensus/chain/chain-selection';
import {ForkChoice, type ForkChoiceOptions} from '#consensus/chain/fork-choice';
import {assert, defined} from '#kernel/assert';
import {BlockNo} from '#kernel/slot';
import {type ForkBlock, forkBlock, forkChain, lastOf} from '../../support/fork-blocks.ts';

const slots = {systemStartMs: 0, slotLengthMs: 1000};
const LATE = 1_000_000_000;

const newForks = (options: Partial<ForkChoiceOptions> = {}): ForkChoice<ForkBlock> =>
	new ForkChoice<ForkBlock>({k: 5, slots, anchor: 'origin', nowMs: LATE, ...options});

/** Goes over to whatever is better, as the owner does whose blocks are all good; the names of each tip on the way. */
const select = (forks: ForkChoice<ForkBlock>, blocksMax?: number): string[] => {
	const tips: string[] = [];
	for (let step = forks.next(blocksMax); step !== undefined; step = forks.next(blocksMax)) {
		const last = lastOf(step.branch);
		forks.switchTo(last.hash);
		tips.push(last.name);
	}
	return tips;
};

const add = (forks: ForkChoice<ForkBlock>, ...blocks: readonly ForkBlock[]): void => {
	for (const block of blocks) {
		assert(forks.place(block).ok, block.name);
		forks.addHeader(block, block);
		forks.addBody(block.hash);
	}
};

const tipName = (forks: ForkChoice<ForkBlock>): string | undefined =>
	forks.tip === 'origin' ? undefined : forks.find(forks.tip.hash)?.name;

test('follows a chain as its bodies come, in any order', t => {
	const forks = newForks();
	const chain = forkChain('a', 4);
	for (const block of chain) forks.addHeader(block, block);
	t.true(forks.isBetter(lastOf(chain).hash));
	for (const [at, expected] of [
		[2, []],
		[0, ['a0']],
		[1, ['a2']],
		[3, ['a3']],
	] as const) {
		forks.addBody(defined(chain[at], 'four blocks').hash);
		t.deepEqual(select(forks), [...expected]);
	}
	t.false(forks.isBetter(lastOf(chain).hash));
});

test('forgets headers that nobody tells of, with what is built on them, but nothing that has a body above', t => {
	const forks = newForks();
	const [trunk, other] = [forkChain('a', 4), forkChain('b', 3)];
	for (const block of [...trunk, ...other]) forks.addHeader(block, block);
	const at = (chain: typeof trunk, index: number): ForkBlock => defined(chain[index], 'a block');
	forks.addBody(at(trunk, 2).hash);
	forks.forget(at(trunk, 1).hash);
	t.is(forks.size, 7);
	forks.forget(at(trunk, 3).hash);
	t.is(forks.find(at(trunk, 3).hash), undefined);
	forks.forget(at(other, 1).hash);
	t.deepEqual(
		other.map(({hash}) => forks.find(hash)?.name),
		['b0', undefined, undefined],
	);
	t.is(forks.size, 4);
	// What is selected stays, and what was forgotten may come again.
	for (const index of [0, 1]) forks.addBody(at(trunk, index).hash);
	select(forks);
	forks.forget(at(trunk, 0).hash);
	t.is(tipName(forks), 'a2');
	forks.addHeader(at(trunk, 3), at(trunk, 3));
	forks.addBody(at(trunk, 3).hash);
	t.deepEqual(select(forks), ['a3']);
});

test('judges a chain against the selected one only: the golden triple', t => {
	const base = forkBlock('base', {slot: 0});
	const [a, b, c] = [
		forkBlock('a', {parent: base, slot: 10, vrf: 3}),
		forkBlock('b', {parent: base, slot: 13, vrf: 2}),
		forkBlock('c', {parent: base, slot: 16, vrf: 1}),
	];
	const tipAfter = (...order: ForkBlock[]): string | undefined => {
		const forks = newForks();
		add(forks, base);
		select(forks);
		for (const block of order) {
			add(forks, block);
			select(forks);
		}
		return tipName(forks);
	};
	t.is(tipAfter(a, b, c), 'c');
	t.is(tipAfter(a, c, b), 'b', 'c lost to a, and is not judged again');
	t.is(tipAfter(a, c), 'a');
	t.is(tipAfter(b, c, a), 'c');
	t.is(tipAfter(c, a, b), 'c');
	t.is(tipAfter(c, b, a), 'c');
});

test('takes the longest of several chains that become complete at once, then the first that came', t => {
	const forks = newForks();
	const base = forkBlock('base', {slot: 0});
	const [first, second] = [forkChain('first', 2, base), forkChain('second', 3, base)];
	const third = forkChain('third', 3, base);
	for (const block of [base, ...first, ...second, ...third]) forks.addHeader(block, block);
	for (const block of [...third, ...second, ...first]) forks.addBody(block.hash);
	t.deepEqual(select(forks), []);
	forks.addBody(base.hash);
	t.deepEqual(select(forks), ['second2']);
});

test('a circle of preferences ends', t => {
	const base = forkBlock('base', {slot: 0});
	// x loses to y by its certificate, y to z and z to x by their VRF outputs.
	const circle = [
		forkBlock('x', {parent: base, slot: 10, vrf: 1, issuer: 1, counter: 1n}),
		forkBlock('y', {parent: base, slot: 10, vrf: 3, issuer: 1, counter: 2n}),
		forkBlock('z', {parent: base, slot: 13, vrf: 2, issuer: 2}),
	];
	for (const [at, block] of circle.entries())
		t.true(isPreferred(block, defined(circle[(at + 1) % 3], 'three blocks')));
	const forks = newForks();
	for (const block of circle.slice(0, 1)) add(forks, base, block);
	t.deepEqual(select(forks), ['x']);
	for (const block of circle.slice(1)) forks.addHeader(block, block);
	for (const block of circle.slice(1)) forks.addBody(block.hash);
	t.deepEqual(select(forks), ['y', 'z']);
});

test('goes over to a long chain step by step, and at once to so much of a fork as is better', t => {
	const forks = newForks();
	const trunk = forkChain('t', 8);
	add(forks, ...trunk.slice(0, 7));
	t.deepEqual(select(forks, 3), ['t2', 't5', 't6']);
	add(forks, ...forkChain('f', 9, defined(trunk[2], 'a block')));
	const step = defined(forks.next(2), 'the fork is longer');
	t.is(step.rollback, 4);
	t.deepEqual(
		step.branch.map(({name}) => name),
		['f0', 'f1', 'f2', 'f3', 'f4'],
	);
	t.deepEqual(select(forks, 2), ['f4', 'f6', 'f8']);
});

test('keeps the valid part of a chain with an invalid tail, and refuses what is built on that', t => {
	const forks = newForks();
	add(forks, ...forkChain('a', 3));
	select(forks);
	const fork = forkChain('f', 6);
	add(forks, ...fork);
	const bad = defined(fork[4], 'six blocks');
	t.deepEqual(
		forks.invalidate(bad.hash, {code: 'BAD'}).map(({name}) => name),
		['f4', 'f5'],
	);
	t.deepEqual(select(forks), ['f3']);
	const refused = {ok: false, error: {code: 'CHAIN_BLOCK_REFUSED_BEFORE', failure: {code: 'BAD'}}};
	t.like(forks.place(bad), refused);
	t.like(forks.place(lastOf(fork)), refused);
	t.deepEqual(forks.refusalOf(bad.hash), {code: 'BAD'});
});

test('forgets the oldest of too many invalid blocks', t => {
	const forks = newForks({refusedMax: 2});
	const blocks = forkChain('a', 3);
	for (const block of blocks) forks.invalidate(block.hash, {code: 'BAD'});
	t.deepEqual(
		blocks.map(({hash}) => forks.refusalOf(hash)),
		[undefined, {code: 'BAD'}, {code: 'BAD'}],
	);
});

test('falls back to the next best chain when a selected block turns out invalid', t => {
	const forks = newForks();
	const trunk = forkChain('t', 5);
	add(forks, ...trunk, ...forkChain('f', 3, defined(trunk[0], 'a block')));
	t.deepEqual(select(forks), ['t4']);
	forks.invalidate(defined(trunk[1], 'a block').hash, {code: 'BAD'});
	t.is(tipName(forks), 't0');
	t.deepEqual(select(forks), ['f2']);
});

test('holds back what cannot be judged yet with all above it', t => {
	const forks = newForks();
	const chain = forkChain('a', 5);
	add(forks, ...chain);
	forks.hold(defined(chain[3], 'five blocks').hash);
	t.deepEqual(select(forks), ['a2']);
	forks.releaseHeld();
	t.deepEqual(select(forks), ['a4']);
});

test('keeps a block that is a little early until its slot begins', t => {
	const forks = newForks({nowMs: 8_000});
	const chain = forkChain('a', 6);
	add(forks, ...chain);
	t.is(forks.nextTickMs, 10_000);
	t.deepEqual(select(forks), ['a4']);
	t.deepEqual(forks.place(forkBlock('b', {parent: lastOf(chain), slot: 11})), {
		ok: false,
		error: {code: 'HEADER_FROM_FUTURE', slot: 11, aheadMs: 3000},
	});
	forks.tick(9_999);
	t.deepEqual(select(forks), []);
	forks.tick(10_000);
	t.is(forks.nextTickMs, undefined);
	t.deepEqual(select(forks), ['a5']);
	// A clock that was set back takes nothing away.
	forks.tick(1_000);
	t.is(tipName(forks), 'a5');
});

test('makes final what is k deep, and drops what leaves the chain below', t => {
	const forks = newForks();
	const trunk = forkChain('t', 7);
	const [short, deep] = [forkChain('s', 2, trunk[2]), forkChain('d', 1, trunk[0])];
	add(forks, ...trunk, ...deep, ...short);
	select(forks);
	const settled = forks.settle();
	t.deepEqual(
		settled.final.map(({name}) => name),
		['t0', 't1'],
	);
	t.deepEqual(
		settled.dropped.map(({name}) => name),
		['d0'],
	);
	t.is(forks.size, 7);
	t.like(forks.immutableTip, {blockNo: 1});
	t.deepEqual(forks.place(lastOf(deep)), {
		ok: false,
		error: {code: 'CHAIN_FORK_TOO_DEEP', blockNo: 1, anchorBlockNo: 1},
	});
	// From the anchor itself, k blocks back, is allowed.
	const exact = forkChain('x', 6, trunk[1]);
	add(forks, ...exact);
	t.like(forks.next(), {rollback: 5});
	t.deepEqual(select(forks), ['x5']);
	t.deepEqual(forks.place(forkBlock('y', {parent: trunk[0], slot: 3})).ok, false);
});

test('a checkpoint makes a block final before it is k deep', t => {
	const forks = newForks();
	const trunk = forkChain('t', 5);
	const fork = forkChain('f', 2, trunk[1]);
	add(forks, ...trunk, ...fork);
	select(forks);
	const final = defined(trunk[3], 'five blocks');
	t.deepEqual(forks.checkpoint(final.blockNo, final.hash), {ok: true, value: fork.slice(1)});
	t.deepEqual(forks.settle().dropped, fork.slice(0, 1));
	t.like(forks.immutableTip, {blockNo: 3});
	t.is(forks.checkpoints.size, 0);
});

test('a checkpoint that is not on our chain is a conflict and changes nothing', t => {
	const forks = newForks();
	const trunk = forkChain('t', 9);
	const fork = forkChain('f', 2, trunk[6]);
	add(forks, ...trunk, ...fork);
	select(forks);
	forks.settle();
	const conflicts = [trunk[3], trunk[7]].map(ours => {
		const {blockNo, hash} = defined(ours, 'nine blocks');
		const expected = lastOf(fork).hash;
		t.deepEqual(forks.checkpoint(blockNo, expected), {
			ok: false,
			error: {code: 'CHAIN_CHECKPOINT_CONFLICT', blockNo, expected, hash},
		});
		return blockNo;
	});
	t.deepEqual(conflicts, [BlockNo(3), BlockNo(7)]);
	t.is(forks.checkpoints.size, 0);
	t.is(tipName(forks), 't8');
});

test('a checkpoint ahead decides which chain may go through its number', t => {
	const forks = newForks();
	const trunk = forkChain('t', 3);
	const [good, bad] = [forkChain('g', 2, trunk[2]), forkChain('b', 3, trunk[2])];
	add(forks, ...trunk);
	select(forks);
	for (const block of bad) forks.addHeader(block, block);
	const final = defined(good[0], 'a block');
	t.deepEqual(
		forks.checkpoint(final.blockNo, final.hash),
		{ok: true, value: bad},
		'what stands at its number and is another block goes, with all above it',
	);
	t.deepEqual([...forks.checkpoints], [[final.blockNo, final.hash]]);
	t.deepEqual(forks.checkpoint(final.blockNo, lastOf(bad).hash), {
		ok: false,
		error: {
			code: 'CHAIN_CHECKPOINT_CONFLICT',
			blockNo: final.blockNo,
			expected: lastOf(bad).hash,
			hash: final.hash,
		},
	});
	add(forks, ...good);
	select(forks);
	t.like(forks.settle(), {final: [...trunk, final]});
});

test('keeps no more headers than it may', t => {
	const forks = newForks({headersMax: 3});
	const chain = forkChain('a', 4);
	for (const block of chain.slice(0, 3)) forks.addHeader(block, block);
	t.deepEqual(forks.place(lastOf(chain)), {
		ok: false,
		error: {code: 'CHAIN_TOO_MANY_HEADERS', headersMax: 3},
	});
	t.deepEqual(forks.place(defined(chain[0], 'a block')), {ok: true, value: 'known'});
});

test('finds what one key signed on any fork, while it is kept', t => {
	const forks = newForks({k: 1});
	const base = forkBlock('base', {slot: 0, issuer: 1});
	const [mine, other] = [
		forkBlock('mine', {parent: base, slot: 1, issuer: 1}),
		forkBlock('other', {parent: base, slot: 2, issuer: 2}),
	];
	const next = forkBlock('next', {parent: other, slot: 3, issuer: 2});
	add(forks, base, mine, other, next);
	const names = (): string[] => Array.from(forks.issuedBy(base.issuerVk), ({name}) => name);
	t.deepEqual(names(), ['base', 'mine']);
	select(forks);
	forks.settle();
	t.deepEqual(names(), []);
});

test('adding a block costs the same however many there are', t => {
	// 20,000 headers ahead: each of these takes microseconds; work that grows with the tree would take minutes.
	const forks = newForks({k: 100, headersMax: 30_000});
	const chain = forkChain('c', 20_000);
	for (const block of chain) forks.addHeader(block, block);
	let switches = 0;
	for (const block of chain.slice(1)) forks.addBody(block.hash);
	forks.addBody(defined(chain[0], 'a block').hash);
	for (let step = forks.next(32); step !== undefined; step = forks.next(32)) {
		forks.switchTo(lastOf(step.branch).hash);
		forks.settle();
		switches++;
	}
	t.is(switches, 625);
	t.is(forks.size, 100);
	t.is(tipName(forks), 'c19999');
});
