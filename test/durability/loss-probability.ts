/**
 * The chance that a segment is lost within a time, computed: a Markov chain over the number of pieces left, solved by
 * uniformisation (Jensen 1953). Every term is positive, so small chances keep their relative precision.
 */
import {defined} from '#kernel/assert';
import type {DurabilityModel} from './model.ts';

/** Chances below this share of the answer's terms are not added up. */
const TAIL = 1e-18;

/** Ways to choose, as a float. */
const choose = (from: number, count: number): number => {
	let ways = 1;
	for (let i = 0; i < count; i++) ways *= (from - i) / (i + 1);
	return ways;
};

/** Chance that `hits` of the `left` pieces are among the `grouped` of all `stored` that one group was given. */
const hypergeometric = (
	{stored, grouped, left}: {readonly stored: number; readonly grouped: number; readonly left: number},
	hits: number,
): number =>
	hits > left || left - hits > stored - grouped
		? 0
		: (choose(grouped, hits) * choose(stored - grouped, left - hits)) / choose(stored, left);

type Move = {readonly to: number; readonly perDay: number};

/** Where the chain goes from `pieces`; below k counts as k - 1, and nothing leaves that. */
const movesFrom = (model: DurabilityModel, pieces: number): readonly Move[] => {
	const {code, nodeLifeDays, repairDays, groups, groupLossesPerYear} = model;
	const lost = code.k - 1;
	if (pieces === lost) return [];
	const moves: Move[] = [{to: pieces - 1, perDay: pieces / nodeLifeDays}];
	if (pieces <= code.repairAt) moves.push({to: code.optimal, perDay: 1 / repairDays});
	const disastersPerDay = (groups * groupLossesPerYear) / 365;
	const grouped = Math.ceil(code.optimal / groups);
	if (disastersPerDay > 0)
		// Placement is even, and every piece was as likely to be lost as any other.
		for (let hits = 1; hits <= grouped; hits++)
			moves.push({
				to: Math.max(lost, pieces - hits),
				perDay: disastersPerDay * hypergeometric({stored: code.optimal, grouped, left: pieces}, hits),
			});
	return moves;
};

/** Within `days`, beginning with all pieces in place. */
export const lossProbability = (model: DurabilityModel, days: number): number => {
	const {k, optimal} = model.code;
	const states = Array.from({length: optimal - k + 2}, (_, index) => movesFrom(model, k - 1 + index));
	const leaving = states.map(moves => moves.reduce((sum, {perDay}) => sum + perDay, 0));
	const pace = Math.max(...leaving);
	const step = (chances: readonly number[]): readonly number[] => {
		const next = chances.map((chance, index) => chance * (1 - defined(leaving[index], 'a state') / pace));
		for (const [index, moves] of states.entries())
			for (const {to, perDay} of moves) {
				const at = to - (k - 1);
				next[at] = (next[at] ?? 0) + ((chances[index] ?? 0) * perDay) / pace;
			}
		return next;
	};
	// Poisson weights from their logarithms: e^-255 alone would still be a number, e^-900 would not.
	const mean = pace * days;
	let chances: readonly number[] = states.map((_, index) => (index === states.length - 1 ? 1 : 0));
	let logWeight = -mean;
	let total = 0;
	for (let steps = 0; ; steps++) {
		const term = Math.exp(logWeight) * (chances[0] ?? 0);
		total += term;
		if (steps > mean && term <= total * TAIL && Math.exp(logWeight) < TAIL * 1e-12) return total;
		chances = step(chances);
		logWeight += Math.log(mean / (steps + 1));
	}
};

/** 0.9999 are four nines. */
export const ninesOf = (loss: number): number => -Math.log10(loss);
