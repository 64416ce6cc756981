/** What was promised for an agreement ends with it. */
import type {Hash32} from '#kernel/hash';
import type {LedgerEvent} from '../events.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {credit} from '../tx/rule.ts';
import type {RetrievalDemand} from './service-terms.ts';

export type VoidReason = 'agreement-over' | 'too-few-blocks';

/** The client has its deposit back; nobody is to blame. */
export const voidDemand = (
	draft: Draft,
	agreementId: Hash32,
	{client, provider, deposit}: RetrievalDemand,
	reason: VoidReason,
): LedgerEvent => {
	draft.delete('retrievalDemands', keyOf(agreementId));
	credit(draft, client, deposit);
	return {kind: 'retrieval-void', agreementId, provider, reason, deposit};
};

/** Forgets what was promised for an agreement that leaves the state. */
export const endService = (draft: Draft, agreementId: Hash32): readonly LedgerEvent[] => {
	const key = keyOf(agreementId);
	const demand = draft.get('retrievalDemands', key);
	if (draft.get('serviceClasses', key) !== undefined) draft.delete('serviceClasses', key);
	return demand === undefined ? [] : [voidDemand(draft, agreementId, demand, 'agreement-over')];
};
