/** Links that are slow, lose segments, or damage what they carry. */
import {Ratio} from '#kernel/ratio';
import {honestOdds} from '../honest-odds.ts';
import {addLoad} from '../load.ts';
import type {Random} from '../random.ts';
import {addRing, honestNames, type PlannedEvent, type Scenario, type Size} from '../scenario.ts';
import type {Tampering} from '../wire.ts';

const f = Ratio(1n, 20n);

const pairs = (size: Size): readonly (readonly [string, string])[] => {
	const names = honestNames(size);
	return names.flatMap((a, index) => names.slice(index + 1).map(b => [a, b] as const));
};

/** Each hop takes three times a link's delay, half a second at most; two hops and a busy sender. */
const SLOW_DELAY_SLOTS = 4;
const slowGrowth = {windowSlots: 2_000, blocksMin: 20};

export const slowLinks: Scenario = {
	name: 'slow-links',
	about: 'Every link has a delay of its own, up to half a second, and a narrow band.',
	nodes: 10,
	slots: 12_000,
	shortSlots: 2_500,
	genesis: {k: 60, f},
	odds: size =>
		honestOdds(size, {
			k: 60,
			f,
			delaySlots: SLOW_DELAY_SLOTS,
			growth: slowGrowth,
			agreeWithinSlots: 720,
		}),
	bounds: () => ({agreeWithinSlots: 720, growth: slowGrowth}),
	build: (world, size) => {
		addRing(world, size);
		addLoad(world, size, {everySlots: 20});
		const random = world.random.fork('links');
		for (const [a, b] of pairs(size)) {
			const min = 20 + random.below(180);
			const mean = 10 + random.below(50);
			world.wire.setLink(a, b, {latencyMs: [min, mean], lossChance: 0, bytesPerMs: 50 + random.below(200)});
		}
	},
};

/** Three losses of a segment in a row cost 1.4 s, a fourth the connection: 3 s until it is known, one until it is dialled again. */
const LOSSY_DELAY_SLOTS = 6;

export const lossyLinks: Scenario = {
	name: 'lossy-links',
	about: 'One segment in thirty is lost: it comes late, or the connection breaks.',
	nodes: 10,
	slots: 12_000,
	shortSlots: 2_500,
	genesis: {k: 80, f},
	link: {latencyMs: [20, 10], lossChance: 1 / 30},
	odds: size => honestOdds(size, {k: 80, f, delaySlots: LOSSY_DELAY_SLOTS, agreeWithinSlots: 860}),
	bounds: () => ({agreeWithinSlots: 860}),
	build: (world, size) => {
		addRing(world, size);
		addLoad(world, size, {everySlots: 20});
	},
};

const TAMPERINGS: readonly Tampering[] = ['drop', 'duplicate', 'swap', 'flip'];

const tamperings = (random: Random, size: Size): readonly PlannedEvent[] =>
	Array.from({length: Math.floor(size.slots / 40)}, (_, index) => {
		const [from, to] = random.shuffled(honestNames(size)) as [string, string];
		const kind = random.pick(TAMPERINGS);
		const segments = 1 + random.below(3);
		return {
			slot: 20 + 40 * index + random.below(40),
			what: `${kind} ${segments} segments from ${from} to ${to}`,
			happen: world => world.wire.tamper(from, to, kind, segments),
		};
	});

/** A peer that seems to have broken the rules is left alone for ten seconds (local roots); the ring has other ways. */
const BROKEN_DELAY_SLOTS = 4;

export const brokenMiddleBox: Scenario = {
	name: 'broken-middle-box',
	about: 'Something between the nodes drops, doubles, swaps or alters what TCP delivers.',
	nodes: 10,
	slots: 12_000,
	shortSlots: 2_500,
	genesis: {k: 60, f},
	odds: size =>
		honestOdds(size, {k: 60, f, delaySlots: BROKEN_DELAY_SLOTS, agreeWithinSlots: 800, reconnectSlots: 60}),
	bounds: () => ({agreeWithinSlots: 800}),
	build: (world, size) => {
		addRing(world, size);
		addLoad(world, size, {everySlots: 20});
	},
	plan: tamperings,
};
