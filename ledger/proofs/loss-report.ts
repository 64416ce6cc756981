/** A provider that says by itself what it has lost pays a tenth of what being caught costs. */

import {defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {Epoch} from '#kernel/slot';
import {type Agreement, epochRevenue} from '../agreements/agreement.ts';
import type {TickContext} from '../block/block-context.ts';
import type {LedgerEvent} from '../events.ts';
import type {LedgerParameters} from '../genesis/parameters.ts';
import {PENALTIES_KEPT} from '../limits.ts';
import {addToPot} from '../pots.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import type {DueAgreement} from './due-agreements.ts';
import {addSlashed, penaltyEpochs, slashAgreement, vacate} from './miss.ts';

const CAUGHT_PER_REPORTED = 10n;

/** A tenth of the ladder up to the miss that vacates, for this agreement alone; rounded up. */
export const lossPenalty = (parameters: LedgerParameters, agreement: Agreement): bigint => {
	let epochs = 0n;
	for (let miss = 1; miss <= parameters.missesToVacate; miss++) epochs += penaltyEpochs(parameters, miss);
	return (epochs * epochRevenue(agreement) + CAUGHT_PER_REPORTED - 1n) / CAUGHT_PER_REPORTED;
};

export type LossReport = {
	readonly provider: Hash32;
	readonly epoch: Epoch;
	/** Due in that epoch; each once. */
	readonly lost: readonly DueAgreement[];
};

/** Slashes and vacates the agreements with lost pieces. Counts as no miss: the others are proven and paid as ever. */
export const reportLoss = (
	parameters: LedgerParameters,
	draft: Draft,
	{slot, blockNo}: Pick<TickContext, 'slot' | 'blockNo'>,
	{provider, epoch, lost}: LossReport,
): readonly LedgerEvent[] => {
	let [toBounties, toTreasury] = [0n, 0n];
	const vacated: LedgerEvent[] = [];
	for (const each of lost) {
		const slash = slashAgreement(draft, each, agreement => lossPenalty(parameters, agreement));
		toBounties += slash.toBounties;
		toTreasury += slash.toTreasury;
		vacated.push(...vacate(parameters, draft, each.agreementId, epoch));
	}
	addToPot(draft, 'treasury', toTreasury);
	const slashed = Lovelace(toBounties + toTreasury);
	addSlashed(draft, provider, slashed);
	const key = keyOf(provider);
	const row = defined(draft.get('providers', key), 'an agreement has its provider');
	const penalty = {epoch, reason: 'loss-reported', slashed, vacated: true, slot, blockNo} as const;
	draft.set('providers', key, {
		...row,
		penalties: [...row.penalties, penalty].slice(-PENALTIES_KEPT),
	});
	const reported: LedgerEvent = {
		kind: 'loss-reported',
		provider,
		epoch,
		agreements: lost.map(({agreementId}) => agreementId),
		slashed,
		toBounties: Lovelace(toBounties),
		toTreasury: Lovelace(toTreasury),
	};
	return [reported, ...vacated];
};
