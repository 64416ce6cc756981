import {defined} from '#kernel/assert';
import {Hash32} from '#kernel/hash';
import type {LedgerEvent} from '../events.ts';
import type {LedgerParameters} from '../genesis/parameters.ts';
import type {Draft} from '../state/draft.ts';
import {judgedUntil, settleAgreement} from './settle-agreement.ts';

/** Up to a quarter sooner, by its id: providers that registered together are not settled in one block for ever. */
const waits = ({settleEpochs}: LedgerParameters, key: string): number =>
	settleEpochs - (Number.parseInt(key.slice(0, 2), 16) % (Math.floor(settleEpochs / 4) + 1));

/**
 * All agreements of a provider at once, when one of them may have waited for more than settleEpochs: nobody has asked, and
 * the provider's row remembers hardly more epochs. O(providers), and O(agreements of a provider) once in so many epochs.
 */
export const settleOld = (parameters: LedgerParameters, draft: Draft): readonly LedgerEvent[] => {
	const until = judgedUntil(draft);
	const events: LedgerEvent[] = [];
	for (const key of draft.keys('providerAgreements')) {
		const {settledFrom} = defined(draft.get('providers', key), 'an agreement has its provider');
		if (until - settledFrom <= waits(parameters, key)) continue;
		for (const id of draft.get('providerAgreements', key) ?? [])
			events.push(...settleAgreement(parameters, draft, Hash32(id)));
		const row = defined(draft.get('providers', key), 'an agreement has its provider');
		draft.set('providers', key, {...row, settledFrom: until});
	}
	return events;
};
