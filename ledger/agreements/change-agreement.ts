/** The bookkeeping around an agreement that begins or ends: collateral, capacity, lock rate, the provider's list. */
import {defined} from '#kernel/assert';
import {compareBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {Epoch} from '#kernel/slot';
import type {CloseReason, LedgerEvent} from '../events.ts';
import {addToPot} from '../pots.ts';
import {endService} from '../service/end-service.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {type Agreement, epochRevenue} from './agreement.ts';
import {EMPTY_PAYER} from './payer.ts';

type Sign = 1n | -1n;

const moveLocks = (draft: Draft, agreement: Agreement, sign: Sign): void => {
	const providerKey = keyOf(agreement.provider);
	const provider = defined(draft.get('providers', providerKey), 'an agreement has its provider');
	draft.set('providers', providerKey, {
		...provider,
		collateral: Lovelace(provider.collateral + sign * agreement.collateral),
		usedLeaves: provider.usedLeaves + Number(sign) * agreement.capacityLeaves,
	});
	const payerKey = keyOf(agreement.client);
	const payer = draft.get('payers', payerKey) ?? EMPTY_PAYER;
	const lockRate = Lovelace(payer.lockRate + sign * epochRevenue(agreement));
	draft.set('payers', payerKey, {...payer, lockRate});
};

/** Puts a new agreement into the state. */
export const beginAgreement = (draft: Draft, agreementId: Hash32, agreement: Agreement): void => {
	draft.set('agreements', keyOf(agreementId), agreement);
	const listKey = keyOf(agreement.provider);
	const ids = draft.get('providerAgreements', listKey) ?? [];
	draft.set('providerAgreements', listKey, [...ids, agreementId].sort(compareBytes));
	moveLocks(draft, agreement, 1n);
};

/** The same agreement with another capacity, rate or collateral. */
export const changeTerms = (draft: Draft, agreementId: Hash32, before: Agreement, after: Agreement): void => {
	moveLocks(draft, before, -1n);
	draft.set('agreements', keyOf(agreementId), after);
	moveLocks(draft, after, 1n);
};

/** Frees what an agreement locks. Its row stays as it is. */
export const releaseAgreement = (draft: Draft, agreementId: Hash32, agreement: Agreement): void => {
	const listKey = keyOf(agreement.provider);
	const ids = draft.get('providerAgreements', listKey) ?? [];
	const rest = ids.filter(id => compareBytes(id, agreementId) !== 0);
	if (rest.length === 0) draft.delete('providerAgreements', listKey);
	else draft.set('providerAgreements', listKey, rest);
	moveLocks(draft, agreement, -1n);
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
	draft: Draft,
	agreementId: Hash32,
	agreement: Agreement,
	reason: CloseReason,
): readonly LedgerEvent[] => {
	releaseAgreement(draft, agreementId, agreement);
	const expired = removeAgreement(draft, agreementId, agreement);
	return [{kind: 'agreement-closed', agreementId, reason}, ...expired];
};

/**
 * Both sides end an agreement at once. Its row stays, for its leaves may have been committed to: who proves them must be
 * able to show whose they were.
 */
export const closeTogether = (
	draft: Draft,
	agreementId: Hash32,
	agreement: Agreement,
	epoch: Epoch,
): readonly LedgerEvent[] => {
	releaseAgreement(draft, agreementId, agreement);
	draft.set('agreements', keyOf(agreementId), {...agreement, collateral: Lovelace(0n), closedIn: epoch});
	return [{kind: 'agreement-closed', agreementId, reason: 'cooperative'}];
};
