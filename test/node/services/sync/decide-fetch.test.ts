/** Bodies, who is asked for which: what one decision says, and what a whole download comes to whatever peers do. */
import test from 'ava';
import fc from 'fast-check';
import {decideFetch, type FetchPeer, type FetchRequest} from '#node/services/sync/decide-fetch';
import type {PeerSpeed} from '#node/services/sync/peer-speed';
import {blocks, Download, limits, small} from './support/download.ts';

const speed: PeerSpeed = {latencyMs: 100, bytesPerMs: 100};

const peerOf = (peer: string, change: Partial<FetchPeer> = {}): FetchPeer => {
	const wanted = change.wanted ?? blocks(1, 10);
	return {
		peer,
		wanted,
		tipBlockNo: wanted.at(-1)?.blockNo ?? -1,
		isNearTip: false,
		underWay: [],
		speed,
		...change,
	};
};

/** Who is asked for what, as text. */
const asked = (requests: readonly FetchRequest[]): string[] =>
	requests.map(({peer, blocks: range}) => `${peer}: ${range.map(({key}) => key).join(' ')}`);

test('nobody is asked for nothing', t => {
	t.deepEqual(decideFetch([], 0, 0), {requests: [], leave: [], lookAgainMs: undefined});
	t.deepEqual(decideFetch([peerOf('p', {wanted: []})], 0, 0).requests, []);
});

test('a peer is asked for all it has in ranges of the allowed length, each with its times', t => {
	const {requests, leave, lookAgainMs} = decideFetch([peerOf('p')], 0, 1_000, limits({rangeBlocksMax: 6}));
	t.deepEqual(asked(requests), ['p: a1 a2 a3 a4 a5 a6', 'p: a7 a8 a9 a10']);
	// Expected: 100 ms and 6,000 bytes at 100 a ms; late after three times that and a second; due by its slowest speed.
	t.like(requests[0], {bytes: 6_000, lateMs: 1_000 + 1_000 + 480, dueMs: 1_000 + 5_000 + 300 + 6_000 / 16});
	t.like(requests[1], {bytes: 4_000, lateMs: 1_000 + 1_000 + 600, dueMs: 1_000 + 5_000 + 300 + 10_000 / 16});
	t.deepEqual(leave, []);
	t.is(lookAgainMs, 2_480);
});

test('two peers share the work, the faster one brings more of it', t => {
	const fast = peerOf('fast', {wanted: blocks(1, 60), speed: {latencyMs: 100, bytesPerMs: 400}});
	const slow = peerOf('slow', {wanted: blocks(1, 60)});
	const {requests} = decideFetch([slow, fast], 0, 0, limits({rangeBlocksMax: 4}));
	const countOf = (name: string): number =>
		requests.filter(({peer}) => peer === name).reduce((sum, {blocks: range}) => sum + range.length, 0);
	t.true(countOf('fast') > countOf('slow') && countOf('slow') > 0);
	const keys = requests.flatMap(({blocks: range}) => range.map(({key}) => key));
	t.is(new Set(keys).size, keys.length);
});

test('a slow peer gets short ranges, down to a single block', t => {
	const slow = peerOf('slow', {speed: {latencyMs: 0, bytesPerMs: 3}});
	t.deepEqual(asked(decideFetch([slow], 0, 0, limits({peerRequestsMax: 1})).requests), ['slow: a1 a2 a3']);
	const slower = peerOf('slower', {speed: {latencyMs: 0, bytesPerMs: 0.01}});
	t.deepEqual(asked(decideFetch([slower], 0, 0, limits({peerRequestsMax: 1})).requests), ['slower: a1']);
});

const underWay = (keys: readonly string[], change: {lateMs?: number; dueMs?: number} = {}) => ({
	keys,
	bytes: 1_000 * keys.length,
	lateMs: 1_000,
	dueMs: 9_000,
	...change,
});

test('what is under way is asked of nobody else, and a range ends before it', t => {
	const busy = peerOf('busy', {
		underWay: [underWay(['a3', 'a4'])],
		speed: {latencyMs: 900, bytesPerMs: 10},
	});
	const idle = peerOf('idle');
	t.deepEqual(asked(decideFetch([busy, idle], 0, 0, limits({peerRequestsMax: 2})).requests), [
		'idle: a1 a2',
		'idle: a5 a6 a7 a8 a9 a10',
	]);
});

test('a body that is here already makes a gap that no range goes over', t => {
	const wanted = [...blocks(1, 2), ...blocks(4, 5)];
	t.deepEqual(asked(decideFetch([peerOf('p', {wanted})], 0, 0).requests), ['p: a1 a2', 'p: a4 a5']);
});

test('the blocks of the longer chain come first, and the other fork is asked for in what room is left', t => {
	const short = peerOf('short', {wanted: blocks(1, 3, 1_000, 'b')});
	const long = peerOf('long', {wanted: blocks(1, 4)});
	t.deepEqual(asked(decideFetch([short, long], 0, 0).requests), ['long: a1 a2 a3 a4', 'short: b1 b2 b3']);
	t.deepEqual(asked(decideFetch([short, long], 0, 0, limits({bytesMax: 4_500})).requests), [
		'long: a1 a2 a3 a4',
	]);
});

for (const [name, change, expected] of [
	['all peers together', {bytesMax: 3_500}, 3],
	['one peer', {peerBytesMax: 2_000}, 2],
	['one range in bytes', {rangeBytesMax: 4_000, peerRequestsMax: 1}, 4],
	['one range in blocks', {rangeBlocksMax: 5, peerRequestsMax: 1}, 5],
] as const)
	test(`the limit for ${name} holds`, t => {
		const {requests} = decideFetch([peerOf('p')], 0, 0, limits(change));
		t.is(
			requests.reduce((sum, {blocks: range}) => sum + range.length, 0),
			expected,
		);
	});

test('blocks that wait to be judged take room like those under way', t => {
	const few = limits({bytesMax: 4_000});
	t.deepEqual(asked(decideFetch([peerOf('p')], 1_500, 0, few).requests), ['p: a1 a2']);
	t.deepEqual(decideFetch([peerOf('p')], 4_000, 0, few).requests, []);
});

test('a block larger than every limit is asked for when nothing else is under way', t => {
	const tiny = limits({bytesMax: 10, peerBytesMax: 10, rangeBytesMax: 10});
	t.deepEqual(asked(decideFetch([peerOf('p')], 0, 0, tiny).requests), ['p: a1']);
});

test('who is overdue is left, and another is asked for the same at once', t => {
	const late = peerOf('late', {underWay: [underWay(['a1', 'a2'], {dueMs: 500})]});
	const other = peerOf('other', {wanted: blocks(1, 2)});
	const {requests, leave} = decideFetch([late, other], 0, 500);
	t.deepEqual(leave, ['late']);
	t.deepEqual(asked(requests), ['other: a1 a2']);
	t.deepEqual(decideFetch([late, other], 0, 499).leave, []);
});

test('near the tip what is late is asked of one more, far from it nobody is asked twice', t => {
	const late = {underWay: [underWay(['a1', 'a2'], {lateMs: 400})], wanted: blocks(1, 2)};
	const peers = (isNearTip: boolean): FetchPeer[] => [
		peerOf('late', {...late, isNearTip}),
		peerOf('other', {wanted: blocks(1, 2), isNearTip}),
		peerOf('third', {wanted: blocks(1, 2), isNearTip}),
	];
	t.deepEqual(asked(decideFetch(peers(true), 0, 400).requests), ['other: a1 a2']);
	t.deepEqual(decideFetch(peers(true), 0, 399).requests, []);
	t.deepEqual(decideFetch(peers(false), 0, 400).requests, []);
});

test('it looks again when the next one will be late, or overdue when that is past', t => {
	const waiting = (lateMs: number, dueMs: number): FetchPeer =>
		peerOf('p', {wanted: [], underWay: [underWay(['a1'], {lateMs, dueMs})]});
	t.is(decideFetch([waiting(700, 900)], 0, 0).lookAgainMs, 700);
	t.is(decideFetch([waiting(700, 900)], 0, 700).lookAgainMs, 900);
});

test('whatever peers do, limits hold, nothing is asked for twice but what is late near the tip, and all that an honest peer has comes', t => {
	const behaviour = fc.record({
		fork: fc.constantFrom('a' as const, 'b' as const),
		upTo: fc.integer({min: 1, max: 25}),
		bytesPerMs: fc.integer({min: 20, max: 500}),
		mute: fc.constantFrom(0, 1, 3, Number.POSITIVE_INFINITY),
	});
	fc.assert(
		fc.property(
			fc.array(behaviour, {minLength: 1, maxLength: 6}),
			fc.array(fc.integer({min: 100, max: 3_000}), {minLength: 25, maxLength: 25}),
			(behaviours, sizes) => {
				const download = new Download(behaviours, sizes);
				const honest = behaviours.filter(({mute}) => mute === Number.POSITIVE_INFINITY);
				for (let step = 0; step < 2_000; step++) {
					const problem = download.decide();
					if (problem !== undefined) throw new Error(problem);
					if (honest.every(one => download.wantedOf(one).length === 0)) return;
				}
				throw new Error('a block of an honest peer has not come');
			},
		),
		{numRuns: 300},
	);
	t.pass();
});

test('the same is decided each time, in whatever order peers are given when none is as good as another', t => {
	const wanted = fc.integer({min: 0, max: 8}).map(count => blocks(1, count));
	const peers = fc.uniqueArray(
		fc.record({
			peer: fc.string({minLength: 1, maxLength: 3}),
			wanted,
			bytesPerMs: fc.integer({min: 1, max: 300}),
		}),
		{selector: ({peer}) => peer, maxLength: 5},
	);
	fc.assert(
		fc.property(peers, fc.integer({min: 0, max: 10_000}), (drawn, nowMs) => {
			const list = drawn.map(({peer, wanted: missing, bytesPerMs}) =>
				peerOf(peer, {wanted: missing, speed: {latencyMs: 20, bytesPerMs}}),
			);
			const once = decideFetch(list, 0, nowMs, small);
			t.deepEqual(decideFetch(list, 0, nowMs, small), once);
			t.deepEqual(decideFetch(list.toReversed(), 0, nowMs, small), once);
		}),
		{numRuns: 200},
	);
});
