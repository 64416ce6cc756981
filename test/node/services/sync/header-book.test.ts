import test from 'ava';
import fc from 'fast-check';
import type {ChainEntry} from '#node/services/chain/chain-entry';
import {HeaderBook, type Holder} from '#node/services/sync/header-book';
import {TestChain} from '../../../support/test-chain.ts';

const world = new TestChain();
const {header} = world.grow(world.origin, 1).blocks[0] as {header: ChainEntry['header']};
const entry = (): ChainEntry => ({
	header,
	praosState: world.origin.praosState,
	body: undefined,
	effect: undefined,
});
const holder = (book: HeaderBook): Holder => {
	book.join();
	return {alone: 0};
};
const open = (headersMax = 40) => {
	const forgotten: ChainEntry[] = [];
	return {book: new HeaderBook(entries => forgotten.push(...entries), headersMax), forgotten};
};

test('what the last one lets go of is forgotten, unless it was let go of because its body came', t => {
	const {book, forgotten} = open();
	const [one, other] = [holder(book), holder(book)];
	const [shared, own, done] = [entry(), entry(), entry()];
	for (const held of [shared, own, done]) book.hold(one, held);
	book.hold(other, shared);
	t.is(one.alone, 2);
	book.release(one, [done], false);
	book.release(one, [shared, own], true);
	t.deepEqual(forgotten, [own]);
	t.is(book.size, 1);
	t.is(other.alone, 1);
	book.release(other, [shared], true);
	t.deepEqual(forgotten, [own, shared]);
	t.is(other.alone, 0);
});

test('one peer may take half of the room, and each of the others still has its share', t => {
	const {book} = open(100);
	const [greedy, late] = [holder(book), holder(book)];
	for (let count = 0; book.roomFor(greedy) > 0; count++) {
		t.true(count < 1_000);
		book.hold(greedy, entry());
	}
	t.is(greedy.alone, 50);
	t.is(book.roomFor(late), 25);
});

test('headers that two peers hold count once, and leave the room that they leave', t => {
	const {book} = open(100);
	const [one, other] = [holder(book), holder(book)];
	for (let count = 0; count < 50; count++) {
		const shared = entry();
		book.hold(one, shared);
		book.hold(other, shared);
	}
	t.is(book.size, 50);
	t.is(book.roomFor(one), 25);
	t.is(book.roomFor(other), 25);
});

test('however peers hold and let go, counts are right and the room is never exceeded by more than the least shares', t => {
	const step = fc.record({who: fc.nat({max: 3}), what: fc.nat({max: 30}), isHold: fc.boolean()});
	fc.assert(
		fc.property(fc.array(step, {maxLength: 300}), steps => {
			const {book} = open(20);
			const holders = [0, 1, 2, 3].map(() => holder(book));
			const entries = Array.from({length: 31}, entry);
			const held = holders.map(() => new Set<ChainEntry>());
			for (const {who, what, isHold} of steps) {
				const [one, item, own] = [
					holders[who] as Holder,
					entries[what] as ChainEntry,
					held[who] as Set<ChainEntry>,
				];
				const isKnown = held.some(set => set.has(item));
				if (isHold && (isKnown || book.roomFor(one) > 0)) {
					book.hold(one, item);
					own.add(item);
				} else if (!isHold) {
					book.release(one, [item], true);
					own.delete(item);
				}
				t.is(book.size, new Set(held.flatMap(set => [...set])).size);
				for (const [index, set] of held.entries()) {
					const alone = [...set].filter(other => held.every((all, at) => at === index || !all.has(other)));
					t.is(holders[index]?.alone, alone.length);
				}
			}
		}),
		{numRuns: 60},
	);
});
