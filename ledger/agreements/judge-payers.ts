/** Whether payers can go on paying, judged once for each epoch: what follows from their rows alone, unless money is short. */
import {defined} from '#kernel/assert';
import {fromHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import type {LedgerEvent} from '../events.ts';
import type {LedgerParameters} from '../genesis/parameters.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {rowsOf} from '../state/reader.ts';
import {closeAgreement} from './change-agreement.ts';
import {fundedUntil, isCovered, owedFunds, type PayerAccount} from './payer.ts';
import {judgedUntil, settleAgreement, settleAsFarAsFunded} from './settle-agreement.ts';

/** A payer whose money is short, by its key, with its running agreements in the order in which they are paid. */
export type ShortPayers = ReadonlyMap<string, readonly Hash32[]>;

/** Short: it may not cover the lock from now on, or, when it has not for some time, may not pay for the epoch. */
const isShort = (parameters: LedgerParameters, payer: PayerAccount, until: Epoch): boolean =>
	payer.insolventFrom === null ? !isCovered(parameters, payer, until) : payer.funds < owedFunds(payer, until);

/** O(payers), and O(agreements) when there is one. */
export const shortPayers = (parameters: LedgerParameters, draft: Draft, epoch: Epoch): ShortPayers => {
	const until = (epoch + 1) as Epoch;
	const found = new Map<string, Hash32[]>();
	const fits = (payer: PayerAccount): boolean => payer.lockRate > 0n && isShort(parameters, payer, until);
	for (const key of draft.select('payers', fits)) found.set(key, []);
	if (found.size === 0) return found;
	for (const [, ids] of rowsOf(draft, 'providerAgreements'))
		for (const id of ids) {
			const agreement = defined(draft.get('agreements', keyOf(id)), 'a listed agreement exists');
			found.get(keyOf(agreement.payer))?.push(Hash32(id));
		}
	return found;
};

/** Before an epoch counts as judged: what those payers owe of the epochs before it, which is all there. */
export const settleBefore = (
	parameters: LedgerParameters,
	draft: Draft,
	payers: ShortPayers,
): readonly LedgerEvent[] =>
	[...payers.values()].flatMap(ids => ids.flatMap(id => settleAgreement(parameters, draft, id)));

/** Pays for the epoch as long as there is money. What is not paid in full ends, and its provider may free the pieces. */
const settleLast = (parameters: LedgerParameters, draft: Draft, id: Hash32): readonly LedgerEvent[] => {
	const {events, isShort: unpaid} = settleAsFarAsFunded(parameters, draft, id);
	return unpaid ? [...events, ...closeAgreement(parameters, draft, id, 'unfunded')] : events;
};

/** Says that a payer lives on its lock from now on, or no longer does. */
export const followSolvency = (
	parameters: LedgerParameters,
	draft: Draft,
	/** Of the payer. */
	key: string,
	epoch: Epoch,
): readonly LedgerEvent[] => {
	const payer = draft.get('payers', key);
	if (payer === undefined) return [];
	const until = judgedUntil(draft);
	const isSolvent = isCovered(parameters, payer, until);
	if (isSolvent === (payer.insolventFrom === null)) return [];
	const account = Hash28(fromHex(key));
	draft.set('payers', key, {...payer, insolventFrom: isSolvent ? null : epoch});
	return isSolvent
		? [{kind: 'payer-recovered', account, epoch}]
		: [{kind: 'payer-insolvent', account, epoch, fundedUntil: fundedUntil(payer, until) ?? until}];
};

/** When an epoch counts as judged: pays for it what can be paid, and says who is insolvent. */
export const judgePayers = (
	parameters: LedgerParameters,
	draft: Draft,
	payers: ShortPayers,
	epoch: Epoch,
): readonly LedgerEvent[] => {
	const settled = [...payers.values()].flatMap(ids => ids.flatMap(id => settleLast(parameters, draft, id)));
	const mayChange = ({insolventFrom}: PayerAccount, key: string): boolean =>
		payers.has(key) || insolventFrom !== null;
	const followed = draft
		.select('payers', mayChange)
		.flatMap(key => followSolvency(parameters, draft, key, epoch));
	return [...settled, ...followed];
};
