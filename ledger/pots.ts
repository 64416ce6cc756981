import {Lovelace} from '#kernel/lovelace';
import type {Draft} from './state/draft.ts';
import {single} from './state/reader.ts';
import type {Pots} from './state/singles.ts';

/** Adds to one of the pots. */
export const addToPot = (draft: Draft, pot: keyof Pots, amount: bigint): void => {
	const pots = single(draft, 'pots');
	draft.setSingle('pots', {...pots, [pot]: Lovelace(pots[pot] + amount)});
};
