import {Lovelace} from '#kernel/lovelace';
import type {LedgerEvent} from '../events.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';

/** Counts what clients pay for agreements of a service class, from its promise on: no refund is more than that. */
export const countServicePay = (draft: Draft, events: readonly LedgerEvent[]): void => {
	for (const event of events) {
		if (event.kind !== 'storage-paid') continue;
		const key = keyOf(event.agreementId);
		const terms = draft.get('serviceClasses', key);
		if (terms !== undefined && event.epoch >= terms.since)
			draft.set('serviceClasses', key, {...terms, paid: Lovelace(terms.paid + event.amount)});
	}
};
