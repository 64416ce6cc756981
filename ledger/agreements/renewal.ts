/** Agreements that go on: with new terms that both sides sign, or by themselves as their client has ordered. */
import {defined} from '#kernel/assert';
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {err, ok, type Result} from '#kernel/result';
import {Epoch} from '#kernel/slot';
import type {LedgerEvent} from '../events.ts';
import type {LedgerParameters} from '../genesis/parameters.ts';
import type {Provider} from '../providers/provider.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';
import type {TxError} from '../tx/tx-error.ts';
import {type Agreement, epochRevenue} from './agreement.ts';
import {checkAllowance, findAllowance, paysItself} from './allowance.ts';
import {changeTerms} from './change-agreement.ts';
import {checkRateSpread} from './check-rate-spread.ts';
import {EMPTY_PAYER, lockedFunds, unowedFunds} from './payer.ts';
import {judgedUntil} from './settle-agreement.ts';

/** What may change; the rest of an agreement stays. */
export type Terms = Pick<Agreement, 'capacityLeaves' | 'rate' | 'endEpoch' | 'lockedUntil'>;

type Renewed = {
	readonly agreementId: Hash32;
	readonly agreement: Agreement;
	readonly provider: Provider;
};

/** Nothing that one side relies on shrinks: what was signed stays within the capacity, what is locked stays locked. */
const checkGrowth = (agreement: Agreement, terms: Terms): Result<void, TxError> => {
	const {capacityLeaves, endEpoch, lockedUntil} = terms;
	const shrinks =
		capacityLeaves < agreement.capacityLeaves ||
		endEpoch < agreement.endEpoch ||
		lockedUntil < agreement.lockedUntil;
	if (shrinks) {
		const {capacityLeaves: capacityMin, endEpoch: endEpochMin, lockedUntil: lockedUntilMin} = agreement;
		return err({code: 'RENEWAL_SHRINKS', capacityMin, endEpochMin, lockedUntilMin});
	}
	return lockedUntil > endEpoch
		? err({code: 'AGREEMENT_LOCK_TOO_LONG', lockedUntil, endEpoch})
		: ok(undefined);
};

/** A provider with room and collateral for what is more; returns the new collateral. */
const checkRoom = (
	{collateralEpochs}: LedgerParameters,
	{agreement, provider}: Renewed,
	{capacityLeaves, rate}: Terms,
): Result<Lovelace, TxError> => {
	const freeLeaves = Math.max(0, provider.capacityLeaves - provider.usedLeaves);
	const wantedLeaves = capacityLeaves - agreement.capacityLeaves;
	if (wantedLeaves > freeLeaves) return err({code: 'PROVIDER_FULL', freeLeaves, wantedLeaves});
	const collateral = BigInt(collateralEpochs) * epochRevenue({rate, capacityLeaves});
	const needed = collateral - agreement.collateral;
	const free = Lovelace(provider.bond - provider.collateral);
	return needed > free
		? err({code: 'PROVIDER_COLLATERAL_TOO_SMALL', free, needed})
		: ok(Lovelace(needed > 0n ? collateral : agreement.collateral));
};

/** The agreement with new terms, if the provider, its other agreements and the payer go with them. */
export const renewedAgreement = (
	reader: LedgerReader,
	parameters: LedgerParameters,
	renewed: Renewed,
	terms: Terms,
): Result<Agreement, TxError> => {
	const {agreementId, agreement, provider} = renewed;
	const grows = checkGrowth(agreement, terms);
	if (!grows.ok) return grows;
	const {rateMin} = parameters;
	const {rate} = terms;
	if (rate < rateMin) return err({code: 'AGREEMENT_RATE_TOO_LOW', rate, rateMin});
	if (provider.exitFrom !== null) return err({code: 'PROVIDER_EXITING', provider: agreement.provider});
	const spread = checkRateSpread(reader, agreement.provider, rate, agreementId);
	if (!spread.ok) return spread;
	const collateral = checkRoom(parameters, renewed, terms);
	if (!collateral.ok) return collateral;
	const added = epochRevenue(terms) - epochRevenue(agreement);
	const allowed = checkAllowance(reader, agreement, {added, endEpoch: terms.endEpoch});
	if (!allowed.ok) return allowed;
	const payer = reader.get('payers', keyOf(agreement.payer)) ?? EMPTY_PAYER;
	const funds = unowedFunds(payer, judgedUntil(reader));
	const after = payer.lockRate + added;
	const needed = lockedFunds(parameters, after);
	if (funds < needed) return err({code: 'PAYER_FUNDS_TOO_SMALL', funds, needed});
	return ok({...agreement, ...terms, collateral: collateral.value});
};

/** As far as an order goes, and not further than its payer allows while that is later than its end of now. */
const orderEnd = (reader: LedgerReader, agreement: Agreement, until: Epoch): Epoch => {
	const allowed = paysItself(agreement) ? undefined : findAllowance(reader, agreement)?.until;
	return allowed !== undefined && allowed > agreement.endEpoch && allowed < until ? allowed : until;
};

/** By as much as the provider's least term, at its price of now, as far as the order goes; undefined: not further. */
const orderedTerms = (
	reader: LedgerReader,
	{rateMin}: LedgerParameters,
	{agreement, provider}: Renewed,
): Result<Terms | undefined, TxError> => {
	const {standing, endEpoch, capacityLeaves, lockedUntil} = agreement;
	if (standing === null || standing.until <= endEpoch) return ok(undefined);
	const rate = rateMin > provider.storePrice ? rateMin : provider.storePrice;
	const {rateMax} = standing;
	const until = orderEnd(reader, agreement, standing.until);
	if (rate > rateMax) return err({code: 'RENEWAL_TOO_DEAR', rate, rateMax});
	const next = endEpoch + Math.max(1, provider.minTermEpochs);
	return ok({capacityLeaves, rate, lockedUntil, endEpoch: Epoch(Math.min(until, next))});
};

const renewOne = (parameters: LedgerParameters, draft: Draft, renewed: Renewed): readonly LedgerEvent[] => {
	const {agreementId, agreement} = renewed;
	const terms = orderedTerms(draft, parameters, renewed);
	if (terms.ok && terms.value === undefined) return [];
	const after = terms.ok
		? renewedAgreement(draft, parameters, renewed, terms.value as Terms)
		: (terms as Result<Agreement, TxError>);
	const {provider} = agreement;
	if (!after.ok) return [{kind: 'renewal-failed', agreementId, provider, reason: after.error.code}];
	const settled = changeTerms(parameters, draft, agreementId, after.value);
	const {rate, endEpoch, capacityLeaves} = after.value;
	return [...settled, {kind: 'agreement-renewed', agreementId, provider, rate, capacityLeaves, endEpoch}];
};

const isToRenew =
	(epoch: Epoch) =>
	({standing, endEpoch, vacancy, closedIn, closing}: Agreement): boolean =>
		endEpoch === epoch + 1 && standing !== null && vacancy === null && closedIn === null && closing === null;

/**
 * At the boundary to an epoch: agreements whose last epoch this is, and that their clients want to go on. The last moment,
 * so that an old price holds as long as it was agreed for. O(agreements), of which only those are sorted and changed.
 */
export const renewAgreements = (
	parameters: LedgerParameters,
	draft: Draft,
	epoch: Epoch,
): readonly LedgerEvent[] => {
	const events: LedgerEvent[] = [];
	for (const key of draft.select('agreements', isToRenew(epoch))) {
		const agreement = defined(draft.get('agreements', key), 'a selected agreement exists');
		const provider = defined(
			draft.get('providers', keyOf(agreement.provider)),
			'an agreement has its provider',
		);
		events.push(...renewOne(parameters, draft, {agreementId: Hash32(fromHex(key)), agreement, provider}));
	}
	return events;
};
