/** Pay for proven epochs, whenever somebody asks for it: for all of them at once, at the price that has been the same since. */
import {assert, defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {Lovelace, shareOf} from '#kernel/lovelace';
import type {Epoch} from '#kernel/slot';
import type {LedgerEvent} from '../events.ts';
import type {LedgerParameters} from '../genesis/parameters.ts';
import {addToPot} from '../pots.ts';
import {type ProvenCount, provenBetween} from '../providers/proven-epochs.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {type LedgerReader, single} from '../state/reader.ts';
import {credit} from '../tx/rule.ts';
import {type Agreement, epochRevenue} from './agreement.ts';
import {countedUntil, EMPTY_PAYER} from './payer.ts';

/** The first epoch whose proofs are not judged yet: nothing is paid for it, or after it. */
export const judgedUntil = (reader: LedgerReader): Epoch => single(reader, 'challenge').judgedUntil;

/** Whether it goes on; what does not was settled when it stopped. */
const goesOn = ({vacancy, closedIn}: Agreement): boolean => vacancy === null && closedIn === null;

/** Whether there are judged epochs that it was not settled for. */
export const isUnsettled = (reader: LedgerReader, agreement: Agreement): boolean =>
	goesOn(agreement) && agreement.settledAt < judgedUntil(reader);

/** The proven epochs that it is still to be paid for. */
export const unsettledEpochs = (reader: LedgerReader, agreement: Agreement): ProvenCount => {
	const {provider: id, settledAt, startEpoch, endEpoch} = agreement;
	if (!isUnsettled(reader, agreement)) return {epochs: 0, last: null};
	const provider = defined(reader.get('providers', keyOf(id)), 'an agreement has its provider');
	return provenBetween(provider, Math.max(settledAt, startEpoch), Math.min(judgedUntil(reader), endEpoch));
};

/** Takes what is due from the payer, who no longer owes anything of the agreement; returns what it could pay. */
const takeFromPayer = (
	draft: Draft,
	{payer: account, settledAt, ...terms}: Agreement,
	due: bigint,
): Lovelace => {
	const until = judgedUntil(draft);
	const payer = countedUntil(draft.get('payers', keyOf(account)) ?? EMPTY_PAYER, until);
	const amount = Lovelace(payer.funds < due ? payer.funds : due);
	const locked = Lovelace(payer.locked - epochRevenue(terms) * BigInt(until - settledAt));
	draft.set('payers', keyOf(account), {...payer, funds: Lovelace(payer.funds - amount), locked});
	return amount;
};

/** The provider gets it less the protocol fee. */
const payOut = (
	draft: Draft,
	id: Hash32,
	{amount, fee}: {readonly amount: Lovelace; readonly fee: Lovelace},
): void => {
	addToPot(draft, 'fees', fee);
	const provider = defined(draft.get('providers', keyOf(id)), 'an agreement has its provider');
	const earned = Lovelace(amount - fee);
	credit(draft, provider.payoutAccount, earned);
	draft.set('providers', keyOf(id), {...provider, earned: Lovelace(provider.earned + earned)});
};

export type Settled = {
	readonly events: readonly LedgerEvent[];
	/** The payer had less than was due, and has nothing left. */
	readonly isShort: boolean;
};

/** Pays what there is. O(1), however many epochs. */
export const settleAsFarAsFunded = (
	{storageFee}: Pick<LedgerParameters, 'storageFee'>,
	draft: Draft,
	agreementId: Hash32,
): Settled => {
	const key = keyOf(agreementId);
	const agreement = draft.get('agreements', key);
	if (agreement === undefined || !isUnsettled(draft, agreement)) return {events: [], isShort: false};
	const {epochs, last} = unsettledEpochs(draft, agreement);
	const due = BigInt(epochs) * epochRevenue(agreement);
	const amount = takeFromPayer(draft, agreement, due);
	draft.set('agreements', key, {...agreement, settledAt: judgedUntil(draft)});
	if (last === null) return {events: [], isShort: false};
	const fee = shareOf(amount, storageFee);
	const {provider, client} = agreement;
	payOut(draft, provider, {amount, fee});
	const paid: LedgerEvent = {
		kind: 'storage-paid',
		agreementId,
		provider,
		client,
		epoch: last,
		epochs,
		amount,
		fee,
	};
	return {events: [paid], isShort: amount < due};
};

/** The same between two judgements: what is owed of judged epochs is there (`judgePayers`). */
export const settleAgreement = (
	parameters: Pick<LedgerParameters, 'storageFee'>,
	draft: Draft,
	agreementId: Hash32,
): readonly LedgerEvent[] => {
	const {events, isShort} = settleAsFarAsFunded(parameters, draft, agreementId);
	assert(!isShort, 'a payer has what it owes of epochs that were judged');
	return events;
};
