/** Makes a failed run small: fewer slots, fewer disturbances, the same broken promise. */
import {type RunOptions, type RunResult, runScenario} from './run-scenario.ts';

export type Shrunk = {
	readonly options: RunOptions;
	readonly result: RunResult;
	/** Runs that it took. */
	readonly tries: number;
	/** False: time ran out before nothing more could be left out. */
	readonly isSmallest: boolean;
};

type Search = {
	best: {options: RunOptions; result: RunResult};
	tries: number;
	readonly isOver: () => boolean;
};

/** Takes the smaller run if it breaks the same promise. */
const attempt = async (search: Search, options: RunOptions): Promise<boolean> => {
	const {progress, ...quiet} = options;
	search.tries++;
	const result = await runScenario(quiet);
	if (result.violation?.code !== search.best.result.violation?.code) return false;
	search.best = {options: quiet, result};
	return true;
};

/** Delta debugging: leaves out ever smaller pieces of the plan. */
const shrinkEvents = async (search: Search): Promise<void> => {
	const all = Array.from({length: search.best.result.eventsPlanned}, (_, at) => at);
	const of = ({events}: RunOptions): readonly number[] => events ?? all;
	for (let pieces = 2; !search.isOver(); ) {
		const events = of(search.best.options);
		if (events.length === 0) return;
		const size = Math.ceil(events.length / pieces);
		let isSmaller = false;
		for (let from = 0; from < events.length && !search.isOver(); from += size) {
			const rest = [...events.slice(0, from), ...events.slice(from + size)];
			isSmaller = await attempt(search, {...search.best.options, events: rest});
			if (isSmaller) break;
		}
		if (isSmaller) pieces = Math.max(pieces - 1, 2);
		else if (size === 1) return;
		else pieces = Math.min(2 * pieces, events.length);
	}
};

/** Bisects the number of slots. */
const shrinkSlots = async (search: Search): Promise<void> => {
	let low = 0;
	for (;;) {
		const high = search.best.result.size.slots;
		const middle = Math.floor((low + high) / 2);
		if (search.isOver() || middle <= low || middle >= high) return;
		if (!(await attempt(search, {...search.best.options, slots: middle}))) low = middle;
	}
};

/** Tries for `msMax` at most; `failed` is a result with a violation. */
export const shrink = async (
	options: RunOptions,
	failed: RunResult,
	{msMax}: {readonly msMax: number},
): Promise<Shrunk> => {
	const untilMs = performance.now() + msMax;
	const search: Search = {
		best: {options, result: failed},
		tries: 0,
		isOver: () => performance.now() >= untilMs,
	};
	// What is expected of a whole run is not expected of a part of it.
	if (failed.violation?.code === 'SIMULATION_EXPECTATION_FAILED')
		return {...search.best, tries: 0, isSmallest: false};
	// Nothing after the failure matters, unless it was seen when all was over.
	const at = (failed.violation?.slot ?? 0) + 1;
	if (at < failed.size.slots) await attempt(search, {...options, slots: at});
	await shrinkEvents(search);
	await shrinkSlots(search);
	await shrinkEvents(search);
	return {...search.best, tries: search.tries, isSmallest: !search.isOver()};
};
