/** The bookkeeping around an agreement that begins or ends: collateral, capacity, lock rate, the provider's list. */
import {defined} from '#kernel/assert';
import {compareBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {Epoch} from '#kernel/slot';
import type {CloseReason, LedgerEvent} from '../events.ts';
import type {LedgerParameters} from '../genesis/parameters.ts';
import {addToPot} from '../pots.ts';
import {endService} from '../service/end-service.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {type Agreement, epochRevenue} from './agreement.ts';
import {findAllowance, paysItself, setAllowance} from './allowance.ts';
import {countedUntil, EMPTY_PAYER} from './payer.ts';
import {judgedUntil, settleAgreement} from './settle-agreement.ts';

type Sign = 1n | -1n;

const moveLocks = (draft: Draft, agreement: Agreement, sign: Sign): void => {
	const providerKey = keyOf(agreement.provider);
	const provider = defined(draft.get('providers', providerKey), 'an agreement has its provider');
	draft.set('providers', providerKey, {
		...provider,
		collateral: Lovelace(provider.collateral + sign * agreement.collateral),
		usedLeaves: provider.usedLeaves + Number(sign) * agreement.capacityLeaves,
	});
	const payerKey = keyOf(agreement.payer);
	const payer = countedUntil(draft.get('payers', payerKey) ?? EMPTY_PAYER, judgedUntil(draft));
	const revenue = sign * epochRevenue(agreement);
	draft.set('payers', payerKey, {...payer, lockRate: Lovelace(payer.lockRate + revenue)});
	if (paysItself(agreement)) return;
	const allowance = defined(findAllowance(draft, agreement), 'what runs under an allowance keeps it');
	const lockRate = Lovelace(allowance.lockRate + revenue);
	setAllowance(draft, agreement, {...allowance, lockRate});
};

/** Puts a new agreement into the state. */
export const beginAgreement = (draft: Draft, agreementId: Hash32, agreement: Agreement): void => {
	draft.set('agreements', keyOf(agreementId), agreement);
	const listKey = keyOf(agreement.provider);
	const ids = draft.get('providerAgreements', listKey) ?? [];
	draft.set('providerAgreements', listKey, [...ids, agreementId].sort(compareBytes));
	moveLocks(draft, agreement, 1n);
};

const findRow = (draft: Draft, agreementId: Hash32): Agreement =>
	defined(draft.get('agreements', keyOf(agreementId)), 'an agreement that changes is there');

/** The same agreement with another capacity, rate or collateral. What it has earned so far is paid as it was. */
export const changeTerms = (
	parameters: LedgerParameters,
	draft: Draft,
	agreementId: Hash32,
	terms: Agreement,
): readonly LedgerEvent[] => {
	const settled = settleAgreement(parameters, draft, agreementId);
	const before = findRow(draft, agreementId);
	const after = {...terms, settledAt: before.settledAt};
	moveLocks(draft, before, -1n);
	draft.set('agreements', keyOf(agreementId), after);
	moveLocks(draft, after, 1n);
	return settled;
};

/** Pays what an agreement has earned and frees what it locks. Its row stays, settled. */
export const releaseAgreement = (
	parameters: LedgerParameters,
	draft: Draft,
	agreementId: Hash32,
): readonly LedgerEvent[] => {
	const settled = settleAgreement(parameters, draft, agreementId);
	const agreement = findRow(draft, agreementId);
	const listKey = keyOf(agreement.provider);
	const ids = draft.get('providerAgreements', listKey) ?? [];
	const rest = ids.filter(id => compareBytes(id, agreementId) !== 0);
	if (rest.length === 0) draft.delete('providerAgreements', listKey);
	else draft.set('providerAgreements', listKey, rest);
	moveLocks(draft, agreement, -1n);
	return settled;
};

const forgetRepairs = (draft: Draft, agreementId: Hash32): void => {
	const prefix = keyOf(agreementId);
	for (const key of draft.keys('repairs')) if (key.startsWith(prefix)) draft.delete('repairs', key);
};

/** Takes an agreement out of the state. What repairers did not earn of its bounty is the treasury's. */
export const removeAgreement = (
	draft: Draft,
	agreementId: Hash32,
	agreement: Agreement,
): readonly LedgerEvent[] => {
	draft.delete('agreements', keyOf(agreementId));
	if (agreement.vacancy !== null) forgetRepairs(draft, agreementId);
	const events = endService(draft, agreementId);
	if (agreement.bounty === 0n) return events;
	addToPot(draft, 'treasury', agreement.bounty);
	return [...events, {kind: 'bounty-expired', agreementId, amount: agreement.bounty}];
};

/** An agreement that went on ends. */
export const closeAgreement = (
	parameters: LedgerParameters,
	draft: Draft,
	agreementId: Hash32,
	reason: CloseReason,
): readonly LedgerEvent[] => {
	const settled = releaseAgreement(parameters, draft, agreementId);
	const expired = removeAgreement(draft, agreementId, findRow(draft, agreementId));
	return [...settled, {kind: 'agreement-closed', agreementId, reason}, ...expired];
};

/**
 * Both sides end an agreement at once. Its row stays, for its leaves may have been committed to: who proves them must be
 * able to show whose they were.
 */
export const closeTogether = (
	parameters: LedgerParameters,
	draft: Draft,
	agreementId: Hash32,
	epoch: Epoch,
): readonly LedgerEvent[] => {
	const settled = releaseAgreement(parameters, draft, agreementId);
	const row = findRow(draft, agreementId);
	draft.set('agreements', keyOf(agreementId), {...row, collateral: Lovelace(0n), closedIn: epoch});
	return [...settled, {kind: 'agreement-closed', agreementId, reason: 'cooperative'}];
};
