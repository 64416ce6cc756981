import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {addToPot} from '../pots.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';

/** Credits that were just taken out of circulation become claimable on Cardano; returns all that ever were. */
export const addWithdrawal = (draft: Draft, claimId: Hash32, amount: Lovelace): Lovelace => {
	const key = keyOf(claimId);
	const cumulative = Lovelace((draft.get('withdrawals', key)?.cumulative ?? 0n) + amount);
	draft.set('withdrawals', key, {cumulative});
	addToPot(draft, 'withdrawn', amount);
	return cumulative;
};
