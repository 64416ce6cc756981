/** The chance that luck alone breaks a bound which a scenario states, put together and put into words. */
import {anyOf, CERTAIN, numberUp, type Probability, textOf} from './probability.ts';

/** What may go wrong by luck, and how likely it is at most in one run. */
export type Risk = {readonly what: string; readonly chance: Probability};

export type OddsOfRun = {
	/** Not below the truth: of at least one of the risks. */
	readonly violation: number;
	readonly text: string;
};

/** A run may break a stated bound by luck less often than this. */
export const LUCK_MAX: Probability = CERTAIN / 1_000_000_000n;

export const oddsOfRun = (risks: readonly Risk[]): OddsOfRun => {
	const all = anyOf(...risks.map(({chance}) => chance));
	const parts = risks.map(({what, chance}) => `${what} ${textOf(chance)}`);
	return {violation: numberUp(all), text: `${textOf(all)} (${parts.join(', ')})`};
};
