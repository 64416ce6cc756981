import type {Epoch} from '#kernel/slot';
import type {Draft} from '../state/draft.ts';
import {rowsOf, single} from '../state/reader.ts';
import {SINGLE} from '../state/singles.ts';

/** What members said to the question before does not count for the next one. */
export const forgetStakeVotes = (draft: Draft): void => {
	draft.delete('stakeQuestion', SINGLE);
	for (const table of ['stakeVotes', 'stakeAnswers'] as const)
		for (const key of draft.keys(table)) draft.delete(table, key);
};

/** Asks the committee for the stake of the Cardano pools that have bound themselves; nobody has: nobody is asked. */
export const askCardanoStake = (draft: Draft, epoch: Epoch): void => {
	if (draft.get('stakeQuestion', SINGLE) !== undefined) forgetStakeVotes(draft);
	for (const [, {pool}] of rowsOf(draft, 'cardanoPools')) {
		if (pool === null) continue;
		draft.set('stakeQuestion', SINGLE, {epoch, mcRef: single(draft, 'chain').mcRef});
		return;
	}
};
