import {performance} from 'node:perf_hooks';
import process from 'node:process';

/** `npm run bench -- --short` looks whether every bench runs; its figures are rough. */
export const isShort: boolean = process.argv.includes('--short');

/**
 * How many units a second `work` does: the best of `rounds` rounds of at least `roundMs` each, after one warm-up round.
 * `work` returns how many units one call did.
 */
export const ratePerSecond = (
	work: () => number,
	{
		rounds = isShort ? 1 : 3,
		roundMs = isShort ? 60 : 300,
	}: {readonly rounds?: number; readonly roundMs?: number} = {},
): number => {
	let best = 0;
	for (let round = 0; round <= rounds; round++) {
		const start = performance.now();
		let units = 0;
		let elapsedMs = 0;
		do {
			units += work();
			elapsedMs = performance.now() - start;
		} while (elapsedMs < roundMs);
		if (round > 0) best = Math.max(best, (units / elapsedMs) * 1000);
	}
	return best;
};

/** The same for work that waits for others: the best of the rounds, after one warm-up round. */
export const asyncRatePerSecond = async (
	work: () => Promise<number>,
	{
		rounds = isShort ? 1 : 3,
		roundMs = isShort ? 150 : 1000,
	}: {readonly rounds?: number; readonly roundMs?: number} = {},
): Promise<number> => {
	let best = 0;
	for (let round = 0; round <= rounds; round++) {
		const start = performance.now();
		let units = 0;
		let elapsedMs = 0;
		do {
			units += await work();
			elapsedMs = performance.now() - start;
		} while (elapsedMs < roundMs);
		if (round > 0) best = Math.max(best, (units / elapsedMs) * 1000);
	}
	return best;
};
