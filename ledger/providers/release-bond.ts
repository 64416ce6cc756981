/** Leaving: what is free of a bond goes back in equal parts over the lock, the rest as agreements end. */
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {Epoch} from '#kernel/slot';
import type {RulesEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import type {Draft} from '../state/draft.ts';
import {rowsOf} from '../state/reader.ts';
import {credit} from '../tx/rule.ts';

/** What goes back at the start of an epoch: one of the parts that are left, and after the lock all that is free. */
export const releasedBond = (free: bigint, epochsLeft: number): bigint =>
	epochsLeft <= 0 ? free : free / BigInt(epochsLeft + 1);

/** At the start of an epoch. A provider that keeps nothing any more is gone when the lock is over. */
export const releaseBonds = ({parameters}: RulesEnv, draft: Draft, epoch: Epoch): readonly LedgerEvent[] => {
	const events: LedgerEvent[] = [];
	for (const [key, row] of rowsOf(draft, 'providers')) {
		const {exitFrom, bond, collateral, payoutAccount: to} = row;
		if (exitFrom === null) continue;
		const provider = Hash32(fromHex(key));
		const epochsLeft = exitFrom + parameters.lockEpochs - epoch;
		const released = Lovelace(releasedBond(bond - collateral, epochsLeft));
		if (released > 0n) credit(draft, to, released);
		if (epochsLeft <= 0 && draft.get('providerAgreements', key) === undefined) {
			draft.delete('providers', key);
			draft.delete('maintenance', key);
			events.push({kind: 'provider-exited', provider, to, released});
			continue;
		}
		if (released === 0n) continue;
		draft.set('providers', key, {...row, bond: Lovelace(bond - released)});
		events.push({kind: 'bond-released', provider, to, released});
	}
	return events;
};
