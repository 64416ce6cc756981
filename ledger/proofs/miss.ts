/** What a miss costs: the ladder of storage.md. */
import {defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {Epoch} from '#kernel/slot';
import {type Agreement, epochRevenue} from '../agreements/agreement.ts';
import {releaseAgreement} from '../agreements/change-agreement.ts';
import type {TickContext} from '../block/block-context.ts';
import type {RulesEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import type {LedgerParameters} from '../genesis/parameters.ts';
import {PENALTIES_KEPT} from '../limits.ts';
import {addToPot} from '../pots.ts';
import type {MissReason} from '../providers/miss-reason.ts';
import type {Provider} from '../providers/provider.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {type DueAgreement, dueAgreements} from './due-agreements.ts';

export type Miss = {readonly provider: Hash32; readonly epoch: Epoch; readonly reason: MissReason};

export type Slash = {readonly toBounties: bigint; readonly toTreasury: bigint};

const providerOf = (draft: Draft, id: Hash32): Provider =>
	defined(draft.get('providers', keyOf(id)), 'an agreement has its provider');

/** Epochs of revenue that the n-th miss in the window costs. */
export const penaltyEpochs = ({missPenaltyEpochs}: LedgerParameters, misses: number): bigint =>
	BigInt(missPenaltyEpochs[misses - 1] ?? missPenaltyEpochs.at(-1) ?? 0);

/**
 * Takes a penalty for one agreement: first from its collateral, then from what is free of the bond. Half is for
 * whoever repairs the agreement, half (and the rounding) for the treasury; never for the client.
 */
export const slashAgreement = (
	draft: Draft,
	{agreementId}: DueAgreement,
	penaltyOf: (agreement: Agreement) => bigint,
): Slash => {
	const agreement = defined(draft.get('agreements', keyOf(agreementId)), 'a due agreement exists');
	const provider = providerOf(draft, agreement.provider);
	const penalty = penaltyOf(agreement);
	const locked = penalty < agreement.collateral ? penalty : agreement.collateral;
	const free = provider.bond - provider.collateral;
	const rest = penalty - locked;
	const taken = locked + (rest < free ? rest : free);
	const toBounties = taken / 2n;
	draft.set('providers', keyOf(agreement.provider), {
		...provider,
		bond: Lovelace(provider.bond - taken),
		collateral: Lovelace(provider.collateral - locked),
	});
	draft.set('agreements', keyOf(agreementId), {
		...agreement,
		collateral: Lovelace(agreement.collateral - locked),
		bounty: Lovelace(agreement.bounty + toBounties),
	});
	return {toBounties, toTreasury: taken - toBounties};
};

/** The provider keeps the agreement no longer; what it was slashed on it is the repairers' to earn. */
export const vacate = (
	parameters: LedgerParameters,
	draft: Draft,
	agreementId: Hash32,
	epoch: Epoch,
): readonly LedgerEvent[] => {
	const settled = releaseAgreement(parameters, draft, agreementId);
	const agreement: Agreement = defined(draft.get('agreements', keyOf(agreementId)), 'a due agreement exists');
	const {bounty} = agreement;
	draft.set('agreements', keyOf(agreementId), {
		...agreement,
		collateral: Lovelace(0n),
		vacancy: {epoch, bountyTotal: bounty, unrepairedLeaves: agreement.capacityLeaves},
	});
	return [...settled, {kind: 'agreement-vacated', agreementId, provider: agreement.provider, epoch, bounty}];
};

export const addSlashed = (draft: Draft, provider: Hash32, amount: bigint): void => {
	const key = keyOf(provider);
	const before = draft.get('slashes', key)?.cumulative ?? 0n;
	draft.set('slashes', key, {cumulative: Lovelace(before + amount)});
};

/** Judges one miss. All the provider's agreements of that epoch go unpaid by not being settled. */
export const punishMiss = (
	{parameters}: RulesEnv,
	draft: Draft,
	{slot, blockNo}: TickContext,
	{provider, epoch, reason}: Miss,
): readonly LedgerEvent[] => {
	const due = dueAgreements(draft, provider, epoch);
	const recent = providerOf(draft, provider).misses.filter(
		missed => missed + parameters.missWindowEpochs > epoch,
	);
	const misses = recent.length + 1;
	let [toBounties, toTreasury] = [0n, 0n];
	const epochs = penaltyEpochs(parameters, misses);
	for (const each of due) {
		const slash = slashAgreement(draft, each, agreement => epochs * epochRevenue(agreement));
		toBounties += slash.toBounties;
		toTreasury += slash.toTreasury;
	}
	addToPot(draft, 'treasury', toTreasury);
	const slashed = Lovelace(toBounties + toTreasury);
	addSlashed(draft, provider, slashed);
	const vacated = misses >= parameters.missesToVacate;
	const events = vacated ? due.flatMap(({agreementId}) => vacate(parameters, draft, agreementId, epoch)) : [];
	const after = providerOf(draft, provider);
	draft.set('providers', keyOf(provider), {
		...after,
		misses: [...recent, epoch],
		accepting: after.accepting && !vacated,
		penalties: [...after.penalties, {epoch, reason, slashed, vacated, slot, blockNo}].slice(-PENALTIES_KEPT),
	});
	const missed: LedgerEvent = {
		kind: 'missed',
		provider,
		epoch,
		reason,
		misses,
		slashed,
		toBounties: Lovelace(toBounties),
		toTreasury: Lovelace(toTreasury),
		vacated,
	};
	return [missed, ...events];
};
