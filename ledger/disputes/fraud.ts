/** What it costs to be shown to have signed one thing and said another. */
import {defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {BlockNo, Epoch, Slot} from '#kernel/slot';
import {type Agreement, epochRevenue} from '../agreements/agreement.ts';
import {EMPTY_PAYER, unowedFunds} from '../agreements/payer.ts';
import {judgedUntil} from '../agreements/settle-agreement.ts';
import type {FraudEvent, LedgerEvent} from '../events.ts';
import type {LedgerParameters} from '../genesis/parameters.ts';
import {PENALTIES_KEPT} from '../limits.ts';
import {addToPot} from '../pots.ts';
import {addSlashed, type Slash, slashAgreement, vacate} from '../proofs/miss.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';

/** stale-close: closed with an older revision than it had signed; equivocation: signed two of one number; omission: left out. */
export type Fraud = FraudEvent['fraud'];

export type FraudPlace = {readonly epoch: Epoch; readonly slot: Slot; readonly blockNo: BlockNo};

/** As much as an agreement locks of a bond: the least that pays for whatever an agreement can be cheated of. */
export const fraudPenalty = (
	{collateralEpochs}: Pick<LedgerParameters, 'collateralEpochs'>,
	agreement: Agreement,
): bigint => BigInt(collateralEpochs) * epochRevenue(agreement);

type Charge = {readonly agreementId: Hash32; readonly agreement: Agreement; readonly fraud: Fraud};

const eventOf = (
	{agreementId, agreement, fraud}: Charge,
	by: FraudEvent['by'],
	{toBounties, toTreasury}: Slash,
	{epoch}: FraudPlace,
): LedgerEvent => ({
	kind: 'fraud-punished',
	agreementId,
	provider: agreement.provider,
	by,
	fraud,
	epoch,
	slashed: Lovelace(toBounties + toTreasury),
	toBounties: Lovelace(toBounties),
	toTreasury: Lovelace(toTreasury),
});

/** From the bond; `vacates`: it keeps the agreement no longer. Half is for repairers, half for the treasury. */
export const punishProvider = (
	parameters: LedgerParameters,
	draft: Draft,
	charge: Charge,
	{vacates, ...place}: FraudPlace & {readonly vacates: boolean},
): readonly LedgerEvent[] => {
	const {agreementId, agreement, fraud} = charge;
	const slash = slashAgreement(draft, charge, each => fraudPenalty(parameters, each));
	addToPot(draft, 'treasury', slash.toTreasury);
	const slashed = Lovelace(slash.toBounties + slash.toTreasury);
	addSlashed(draft, agreement.provider, slashed);
	const vacated = vacates ? vacate(parameters, draft, agreementId, place.epoch) : [];
	const key = keyOf(agreement.provider);
	const row = defined(draft.get('providers', key), 'an agreement has its provider');
	const {epoch, slot, blockNo} = place;
	const penalty = {epoch, reason: fraud, slashed, vacated: vacates, slot, blockNo} as const;
	draft.set('providers', key, {
		...row,
		penalties: [...row.penalties, penalty].slice(-PENALTIES_KEPT),
	});
	return [eventOf(charge, 'provider', slash, place), ...vacated];
};

/** From what it has set aside for storage. The provider gets nothing of it: neither side is to gain by the other's fault. */
export const punishClient = (
	parameters: LedgerParameters,
	draft: Draft,
	charge: Charge,
	place: FraudPlace,
): readonly LedgerEvent[] => {
	const {agreementId, agreement} = charge;
	const key = keyOf(agreement.payer);
	const payer = draft.get('payers', key) ?? EMPTY_PAYER;
	const penalty = fraudPenalty(parameters, agreement);
	// What providers have earned already is theirs.
	const there = unowedFunds(payer, judgedUntil(draft));
	const taken = penalty < there ? penalty : there;
	const toBounties = taken / 2n;
	const slash = {toBounties, toTreasury: taken - toBounties};
	draft.set('payers', key, {...payer, funds: Lovelace(payer.funds - taken)});
	const row = defined(draft.get('agreements', keyOf(agreementId)), 'it was found a moment ago');
	draft.set('agreements', keyOf(agreementId), {...row, bounty: Lovelace(row.bounty + toBounties)});
	addToPot(draft, 'treasury', slash.toTreasury);
	return [eventOf(charge, 'client', slash, place)];
};
