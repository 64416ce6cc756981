import type {AccountId, Hash32} from '#kernel/hash';
import {keyOf} from '#ledger/state/keys';
import type {LedgerState} from '#ledger/state/state';

/** Who plays together. */
export type Coalition = {
	readonly accounts: readonly {readonly account: AccountId}[];
	readonly providers?: readonly {readonly id: Hash32}[];
};

/** All that a coalition owns in the ledger, in lovelace: balances, what its payer accounts hold, bonds. */
export const wealthOf = (
	{accounts, payers, providers}: LedgerState,
	{accounts: owners, providers: owned = []}: Coalition,
): bigint => {
	let sum = 0n;
	for (const {account} of owners) {
		const key = keyOf(account);
		sum += (accounts.get(key)?.balance ?? 0n) + (payers.get(key)?.funds ?? 0n);
	}
	for (const {id} of owned) sum += providers.get(keyOf(id))?.bond ?? 0n;
	return sum;
};
