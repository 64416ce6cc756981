/**
 * The same life played by dice: each piece on a provider of its own, providers in groups, deaths, disasters, repairs.
 * Losses that are too rare to be counted are reached by splitting: from whatever first came down to n pieces, many
 * lives go on, and the share of them that comes down to n - 1 before a repair is estimated level by level.
 */
import {assert, defined} from '#kernel/assert';
import type {Random} from '../simulation/random.ts';
import {type DurabilityModel, YEAR_DAYS} from './model.ts';

/** As many ways down are enough for their mean length. */
const WAYS_MAX = 1000;

/** How many pieces each group holds. */
type Pieces = readonly number[];

const countOf = (pieces: Pieces): number => pieces.reduce((sum, count) => sum + count, 0);

/** Spread as evenly as placement does it, beginning with a random group. */
const spread = ({code, groups}: DurabilityModel, random: Random): Pieces => {
	const first = random.below(groups);
	return Array.from({length: groups}, (_, group) =>
		Math.floor((code.optimal + ((group - first + groups) % groups)) / groups),
	);
};

type Event = {readonly afterDays: number; readonly pieces: Pieces; readonly isRepair: boolean};

const loseOne = (pieces: Pieces, random: Random): Pieces => {
	let at = random.below(countOf(pieces));
	for (const [group, count] of pieces.entries()) {
		if (at < count) return pieces.with(group, count - 1);
		at -= count;
	}
	throw new RangeError('no such piece');
};

/** What happens next: waiting times have no memory, so only the pieces matter. */
const nextEvent = (model: DurabilityModel, pieces: Pieces, random: Random): Event => {
	const count = countOf(pieces);
	const deaths = count / model.nodeLifeDays;
	const disasters = (model.groups * model.groupLossesPerYear) / YEAR_DAYS;
	const repairs = count <= model.code.repairAt ? 1 / model.repairDays : 0;
	const pace = deaths + disasters + repairs;
	const afterDays = random.exponential(1 / pace);
	let luck = random.next() * pace;
	if (luck < repairs) return {afterDays, pieces: spread(model, random), isRepair: true};
	luck -= repairs;
	if (luck < disasters)
		return {afterDays, pieces: pieces.with(random.below(model.groups), 0), isRepair: false};
	return {afterDays, pieces: loseOne(pieces, random), isRepair: false};
};

/** Whether one segment is lost within `days`. */
const livesThrough = (model: DurabilityModel, days: number, random: Random): boolean => {
	let pieces = spread(model, random);
	for (let day = 0; ; ) {
		const event = nextEvent(model, pieces, random);
		day += event.afterDays;
		if (day > days) return true;
		pieces = event.pieces;
		if (countOf(pieces) < model.code.k) return false;
	}
};

export type Estimate = {
	readonly chance: number;
	/** One standard deviation of the estimate. */
	readonly deviation: number;
};

/** By counting losses among `lives` segments. */
export const countLosses = (
	model: DurabilityModel,
	{days, lives, random}: {readonly days: number; readonly lives: number; readonly random: Random},
): Estimate => {
	let losses = 0;
	for (let life = 0; life < lives; life++) if (!livesThrough(model, days, random)) losses++;
	const chance = losses / lives;
	return {chance, deviation: Math.sqrt((chance * (1 - chance)) / lives)};
};

/** Where a way down stands, and how long there have been too few pieces. */
type Way = {readonly pieces: Pieces; readonly days: number};

/** Goes on until there are at most `level` pieces (then that state) or a repair was made (then undefined). */
const comesDown = (
	model: DurabilityModel,
	start: Way,
	{level, random}: {readonly level: number; readonly random: Random},
): Way | undefined => {
	for (let {pieces, days} = start; ; ) {
		if (countOf(pieces) <= level) return {pieces, days};
		const event = nextEvent(model, pieces, random);
		if (event.isRepair) return undefined;
		pieces = event.pieces;
		days += event.afterDays;
	}
};

/** From all pieces to so few that repair begins; nothing is repaired on the way. */
const untilTooFew = (model: DurabilityModel, random: Random): Way => {
	const start = {pieces: spread(model, random), days: 0};
	return defined(comesDown(model, start, {level: model.code.repairAt, random}), 'no repair before that');
};

/** When pieces became too few, in days from the beginning, in all of `lives` lives together. */
const timesOfTrouble = (
	model: DurabilityModel,
	{days, lives, random}: {readonly days: number; readonly lives: number; readonly random: Random},
): readonly number[] => {
	const times: number[] = [];
	for (let life = 0; life < lives; life++)
		for (let day = 0; ; ) {
			day += untilTooFew(model, random).days;
			if (day > days) break;
			times.push(day);
			day += random.exponential(model.repairDays);
		}
	return times;
};

/**
 * By splitting, `effort` lives a level. Its relative deviation adds up over the levels as if they were independent,
 * which is how much it would be if all ways down to a level were alike.
 */
export const splitLosses = (
	model: DurabilityModel,
	{days, effort, random}: {readonly days: number; readonly effort: number; readonly random: Random},
): Estimate => {
	assert(effort > 0, 'some lives are played');
	let ways: readonly Way[] = Array.from({length: effort}, () => ({...untilTooFew(model, random), days: 0}));
	let chance = 1;
	let variance = 0;
	for (let level = model.code.repairAt - 1; level >= model.code.k - 1; level--) {
		const down: Way[] = [];
		for (let life = 0; life < effort; life++) {
			const reached = comesDown(model, random.pick(ways), {level, random});
			if (reached !== undefined) down.push(reached);
		}
		if (down.length === 0) return {chance: 0, deviation: 0};
		const share = down.length / effort;
		chance *= share;
		variance += (1 - share) / (share * effort);
		ways = down;
	}
	const lives = Math.ceil(effort / 10);
	const troubles = timesOfTrouble(model, {days, lives, random});
	// A way that ends in a loss takes longer than a repair does: it must have begun early enough.
	const inTime = ways
		.slice(0, WAYS_MAX)
		.map(way => troubles.filter(day => day + way.days <= days).length / lives);
	const times = inTime.reduce((sum, count) => sum + count, 0) / inTime.length;
	const total = -Math.expm1(-times * chance);
	return {chance: total, deviation: total * Math.sqrt(variance)};
};
