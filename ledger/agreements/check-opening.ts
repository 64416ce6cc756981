/** What has to hold for an agreement to be opened: its terms, its provider, its payer, what it repairs. */
import {equalBytes} from '#kernel/bytes';
import {type AccountId, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {err, ok, type Result} from '#kernel/result';
import {Epoch, type Slot} from '#kernel/slot';
import {EMPTY_TRIE_ROOT} from '#storage-proofs/trie/root-hash';
import {type ProofWindowParams, proofTimetable} from '#storage-proofs/window';
import type {LedgerParameters} from '../genesis/parameters.ts';
import {AGREEMENTS_PER_PROVIDER_MAX} from '../limits.ts';
import type {Provider} from '../providers/provider.ts';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';
import type {ActionOf} from '../tx/action.ts';
import type {TxError} from '../tx/tx-error.ts';
import {type Agreement, epochRevenue} from './agreement.ts';
import {checkAllowance, type PaidFor} from './allowance.ts';
import {checkRateSpread} from './check-rate-spread.ts';
import {EMPTY_PAYER, lockedFunds, unowedFunds} from './payer.ts';
import {judgedUntil} from './settle-agreement.ts';

type Opening = ActionOf<'agreement-open'>;

/** The first epoch after this slot's whose commitments are not being taken yet. */
export const firstOpenEpoch = (params: ProofWindowParams, slot: Slot): Epoch => {
	const next = Epoch(Math.floor(slot / params.epochLength) + 1);
	return slot < proofTimetable(params, next).commitFrom ? next : Epoch(next + 1);
};

/** A rate that pays, and a term that the provider takes. */
export const checkTerms = (
	{rateMin}: LedgerParameters,
	provider: Provider,
	{capacityLeaves, rate, endEpoch, lockedUntil}: Opening,
	startEpoch: Epoch,
): Result<void, TxError> => {
	if (capacityLeaves === 0) return err({code: 'AGREEMENT_CAPACITY_ZERO'});
	if (lockedUntil > endEpoch) return err({code: 'AGREEMENT_LOCK_TOO_LONG', lockedUntil, endEpoch});
	const least = rateMin > provider.storePrice ? rateMin : provider.storePrice;
	if (rate < least) return err({code: 'AGREEMENT_RATE_TOO_LOW', rate, rateMin: least});
	const minTermEpochs = Math.max(1, provider.minTermEpochs);
	return endEpoch < startEpoch + minTermEpochs
		? err({code: 'AGREEMENT_TERM_TOO_SHORT', startEpoch, endEpoch, minTermEpochs})
		: ok(undefined);
};

/** A provider with room and collateral for one more, at a rate that goes with its others; returns the collateral. */
export const checkProvider = (
	reader: LedgerReader,
	{collateralEpochs}: LedgerParameters,
	provider: Provider,
	opening: Opening,
): Result<Lovelace, TxError> => {
	if (!provider.accepting) return err({code: 'PROVIDER_NOT_ACCEPTING', provider: opening.provider});
	const freeLeaves = Math.max(0, provider.capacityLeaves - provider.usedLeaves);
	if (opening.capacityLeaves > freeLeaves)
		return err({code: 'PROVIDER_FULL', freeLeaves, wantedLeaves: opening.capacityLeaves});
	const agreements = reader.get('providerAgreements', keyOf(opening.provider))?.length ?? 0;
	if (agreements >= AGREEMENTS_PER_PROVIDER_MAX)
		return err({code: 'PROVIDER_AGREEMENTS_TOO_MANY', agreementsMax: AGREEMENTS_PER_PROVIDER_MAX});
	const spread = checkRateSpread(reader, opening.provider, opening.rate);
	if (!spread.ok) return spread;
	const needed = BigInt(collateralEpochs) * epochRevenue(opening);
	const free = Lovelace(provider.bond - provider.collateral);
	return needed > free ? err({code: 'PROVIDER_COLLATERAL_TOO_SMALL', free, needed}) : ok(Lovelace(needed));
};

/**
 * A payer that holds lockEpochs of all its agreements. A successor asks for one epoch only: the payer may be away,
 * its funds shrink with every epoch, and the provider that signs can see them.
 */
export const checkPayer = (
	reader: LedgerReader,
	parameters: LedgerParameters,
	account: AccountId,
	opening: Opening,
): Result<void, TxError> => {
	const payer = reader.get('payers', keyOf(account)) ?? EMPTY_PAYER;
	const funds = unowedFunds(payer, judgedUntil(reader));
	const rate = payer.lockRate + epochRevenue(opening);
	const needed = opening.repairOf === null ? lockedFunds(parameters, rate) : rate;
	return funds < needed ? err({code: 'PAYER_FUNDS_TOO_SMALL', funds, needed}) : ok(undefined);
};

/** That another account that pays allows it. A successor may last as long as what it takes over, whatever is allowed by now. */
export const checkLeave = (
	reader: LedgerReader,
	paidFor: PaidFor,
	opening: Opening,
): Result<void, TxError> => {
	const {repairOf, endEpoch} = opening;
	const vacated = repairOf === null ? undefined : reader.get('agreements', keyOf(repairOf));
	return checkAllowance(reader, paidFor, {
		added: epochRevenue(opening),
		endEpoch,
		...(vacated && {endEpochMin: vacated.endEpoch}),
	});
};

/** A successor promises no more than the client agreed to, to another provider. */
export const checkSuccession = (
	vacatedId: Hash32,
	vacated: Agreement,
	{provider, rate, capacityLeaves, endEpoch, repairerVk}: Opening,
): Result<void, TxError> => {
	const {vacancy} = vacated;
	if (vacancy === null) return err({code: 'AGREEMENT_NOT_VACATED', agreementId: vacatedId});
	if (equalBytes(provider, vacated.provider)) return err({code: 'REPAIR_SAME_PROVIDER', provider});
	if (rate > vacated.rate) return err({code: 'REPAIR_RATE_TOO_HIGH', rate, rateMax: vacated.rate});
	const {unrepairedLeaves} = vacancy;
	if (capacityLeaves > unrepairedLeaves)
		return err({code: 'REPAIR_CAPACITY_EXCEEDED', capacityLeaves, unrepairedLeaves});
	// As far as the client has ordered it to go on by itself.
	const endEpochMax = Math.max(vacated.endEpoch, vacated.standing?.until ?? 0) as Epoch;
	if (endEpoch > endEpochMax) return err({code: 'REPAIR_END_TOO_LATE', endEpoch, endEpochMax});
	return equalBytes(repairerVk, vacated.repairerVk)
		? ok(undefined)
		: err({code: 'REPAIR_REPAIRER_WRONG', repairerVk, expected: vacated.repairerVk});
};

/** An agreement without pieces yet. */
export const newAgreement = (
	{provider, capacityLeaves, rate, endEpoch, lockedUntil, repairerVk, repairOf}: Opening,
	rest: Pick<Agreement, 'client' | 'payer' | 'startEpoch' | 'settledAt' | 'collateral' | 'standing'>,
): Agreement => ({
	client: rest.client,
	payer: rest.payer,
	provider,
	capacityLeaves,
	rate,
	startEpoch: rest.startEpoch,
	endEpoch,
	settledAt: rest.settledAt,
	lockedUntil,
	standing: rest.standing,
	repairerVk,
	repairOf,
	collateral: rest.collateral,
	revisionNo: 0,
	root: Hash32(EMPTY_TRIE_ROOT),
	leaves: 0,
	validFrom: rest.startEpoch,
	revisionHash: null,
	closing: null,
	closedIn: null,
	bounty: Lovelace(0n),
	vacancy: null,
});
