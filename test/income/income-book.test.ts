import test from 'ava';
import fc from 'fast-check';
import {incomeBookText, parseIncomeBook} from '#income/book-json';
import type {Earning} from '#income/earning';
import {addEarnings, emptyBook, type IncomeBook, nameAmount} from '#income/income-book';

const xmr: Earning = {source: 'xmr', reference: 'ab', timeMs: 7, amount: 5n, microUsd: undefined};
const storj: Earning = {source: 'storj', reference: 'eth:1', timeMs: 3, amount: undefined, microUsd: 900n};

const full: IncomeBook = {
	earnings: [
		{...storj, unsold: 0n},
		{...xmr, unsold: 2n},
	],
	lots: [{asset: 'EUR', parts: 4n, source: 'xmr', units: 3n, trail: ['trade t']}],
	tradeIds: ['t'],
	deposits: [
		{
			source: 'xmr',
			units: 3n,
			lovelace: 2_000_000n,
			rate: 9n,
			reference: 'ef'.repeat(32),
			statement: 'dcloud sale v1\n',
			status: 'made',
			txId: 'cd'.repeat(32),
		},
	],
};

test('an earning is known by its source and reference, and is added once', t => {
	const first = addEarnings(emptyBook, [xmr, storj, xmr]);
	t.deepEqual(first.added, [xmr, storj]);
	t.deepEqual(first.book.earnings, [
		{...storj, unsold: 0n},
		{...xmr, unsold: 5n},
	]);
	const second = addEarnings(first.book, [
		{...xmr, amount: 99n},
		{...storj, source: 'xmr', amount: 1n},
	]);
	t.is(second.added.length, 1);
	t.is(
		second.book.earnings.find(({reference, source}) => reference === 'ab' && source === 'xmr')?.amount,
		5n,
	);
});

test('how many tokens a payout brought can be said once', t => {
	const {book} = addEarnings(emptyBook, [storj]);
	const named = nameAmount(book, {source: 'storj', reference: 'eth:1', amount: 70n});
	t.deepEqual(named?.earnings, [{...storj, amount: 70n, unsold: 70n}]);
	t.is(nameAmount(named ?? emptyBook, {source: 'storj', reference: 'eth:1', amount: 71n}), undefined);
	t.is(nameAmount(book, {source: 'storj', reference: 'eth:2', amount: 70n}), undefined);
});

test('a book survives being written and read', t => {
	t.deepEqual(parseIncomeBook(JSON.parse(incomeBookText(full))), {ok: true, value: full});
	t.deepEqual(parseIncomeBook(JSON.parse(incomeBookText(emptyBook))), {ok: true, value: emptyBook});
});

test('rejects a book with anything in it that was not written so, and says where', t => {
	const altered = (name: string, index: number, change: object): unknown => {
		const json = JSON.parse(incomeBookText(full)) as Record<string, Record<string, unknown>[]>;
		Object.assign(json[name]?.[index] ?? {}, change);
		return json;
	};
	const bad: readonly (readonly [json: unknown, place: string])[] = [
		[null, 'format'],
		[{...JSON.parse(incomeBookText(full)), format: 'x'}, 'format'],
		[{...JSON.parse(incomeBookText(full)), tradeIds: [1]}, 'tradeIds'],
		[altered('earnings', 1, {unsold: '6'}), 'earnings[1]'],
		[altered('earnings', 0, {amount: 5}), 'earnings[0]'],
		[altered('earnings', 0, {source: 'gold'}), 'earnings[0]'],
		[altered('earnings', 0, {source: 'xmr', reference: 'ab'}), 'earnings: one stands there twice'],
		[altered('lots', 0, {trail: 'x'}), 'lots[0]'],
		[altered('deposits', 0, {status: 'lost'}), 'deposits[0]'],
		[altered('deposits', 0, {reference: 'zz'}), 'deposits[0]'],
	];
	for (const [json, place] of bad)
		t.deepEqual(parseIncomeBook(json), {ok: false, error: {code: 'INCOME_BOOK_MALFORMED', place}}, place);
	fc.assert(
		fc.property(fc.jsonValue(), json => {
			t.false(parseIncomeBook(json).ok);
		}),
	);
});
