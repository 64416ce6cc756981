import {defined} from '#kernel/assert';
import type {Epoch, Slot} from '#kernel/slot';
import type {TickContext} from '../block/block-context.ts';
import type {RulesEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {credit} from '../tx/rule.ts';
import {punishProvider} from './fraud.ts';
import {agreementOfOmission, epochOfOmission} from './omission.ts';

/** The agreements that a claim is open on: they must not end before it is judged. */
export const disputedAgreements = (draft: Draft): ReadonlySet<string> =>
	new Set([...draft.keys('omissions')].map(key => keyOf(agreementOfOmission(key))));

/**
 * Claims that nobody has answered in time: the provider did not have the agreement. Who claimed gets its deposit back, and no
 * more. What both sides have closed since, or what was vacated, costs nothing again.
 */
export const judgeOmissions = (
	{parameters}: RulesEnv,
	draft: Draft,
	{slot, blockNo}: TickContext,
	{epoch, boundary}: {readonly epoch: Epoch; readonly boundary: Slot},
): readonly LedgerEvent[] => {
	const events: LedgerEvent[] = [];
	for (const key of [...draft.keys('omissions')]) {
		const {claimant, deposit, answerBy} = defined(draft.get('omissions', key), 'a listed claim exists');
		if (answerBy > boundary) continue;
		draft.delete('omissions', key);
		credit(draft, claimant, deposit);
		const agreementId = agreementOfOmission(key);
		events.push({
			kind: 'omission-unanswered',
			agreementId,
			epoch: epochOfOmission(key),
			claimant,
			deposit,
		});
		const agreement = defined(draft.get('agreements', keyOf(agreementId)), 'it waited for the judgement');
		if (agreement.vacancy !== null || agreement.closedIn !== null) continue;
		const charge = {agreementId, agreement, fraud: 'omission'} as const;
		const place = {epoch, slot, blockNo, vacates: true};
		events.push(...punishProvider(parameters, draft, charge, place));
	}
	return events;
};
