/**
 * Where agreements are paid from. One row says what all of them together may cost: it grows with every epoch
 * without being written, so that a million agreements cost nothing until somebody asks for the pay of one.
 */
import {type Codec, lovelace, nullable, record, uint} from '#kernel/cbor/codec';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {EPOCH_MAX} from '../limits.ts';

/** Its key is the account that put the funds there. */
export type PayerAccount = {
	readonly funds: Lovelace;
	/** What all its agreements together cost an epoch. */
	readonly lockRate: Lovelace;
	/** Set aside for epochs before `settledAt` that are not settled yet, as if all of them were proven. */
	readonly locked: Lovelace;
	/** From this epoch on `lockRate` is to be added to `locked` for every epoch that was judged. */
	readonly settledAt: Epoch;
	/** The epoch at whose end its funds did not cover the lock any more: what is locked pays on, as long as it lasts. */
	readonly insolventFrom: Epoch | null;
};

export const EMPTY_PAYER: PayerAccount = {
	funds: Lovelace(0n),
	lockRate: Lovelace(0n),
	locked: Lovelace(0n),
	settledAt: Epoch(0),
	insolventFrom: null,
};

const epoch: Codec<Epoch> = uint<Epoch>(EPOCH_MAX);

export const payerCodec: Codec<PayerAccount> = record({
	funds: lovelace,
	lockRate: lovelace,
	locked: lovelace,
	settledAt: epoch,
	insolventFrom: nullable(epoch),
});

/** A bounty that was paid, so that it is paid once. Key: vacated agreement, piece. */
export type PaidRepair = {readonly amount: Lovelace};

export const paidRepairCodec: Codec<PaidRepair> = record({amount: lovelace});

type LockRule = {readonly lockEpochs: number};

/** What agreements must be covered for: lockEpochs of all of them. */
export const lockedFunds = ({lockEpochs}: LockRule, lockRate: bigint): bigint =>
	BigInt(lockEpochs) * lockRate;

/** What it owes at most for epochs before `until`. O(1), whatever agreements it has. */
export const owedFunds = (
	{locked, lockRate, settledAt}: PayerAccount,
	/** Not before `settledAt`. */
	until: Epoch,
): bigint => locked + lockRate * BigInt(until - settledAt);

/** The same account, with what it owes counted up to an epoch. */
export const countedUntil = (payer: PayerAccount, until: Epoch): PayerAccount => ({
	...payer,
	locked: Lovelace(owedFunds(payer, until)),
	settledAt: until,
});

/** What is left of its funds when everything before `until` is paid. */
export const unowedFunds = (payer: PayerAccount, until: Epoch): Lovelace => {
	const owed = owedFunds(payer, until);
	return Lovelace(payer.funds > owed ? payer.funds - owed : 0n);
};

/** What may be withdrawn. */
export const freeFunds = (parameters: LockRule, payer: PayerAccount, until: Epoch): Lovelace => {
	const left = unowedFunds(payer, until);
	const lock = lockedFunds(parameters, payer.lockRate);
	return Lovelace(left > lock ? left - lock : 0n);
};

/** Whether its agreements are covered for lockEpochs. */
export const isCovered = (parameters: LockRule, payer: PayerAccount, until: Epoch): boolean =>
	payer.funds >= owedFunds(payer, until) + lockedFunds(parameters, payer.lockRate);

/** The first epoch that it cannot pay for all its agreements, as things stand; null: it has none. */
export const fundedUntil = (payer: PayerAccount, until: Epoch): Epoch | null => {
	if (payer.lockRate === 0n) return null;
	const epochs = unowedFunds(payer, until) / payer.lockRate;
	const most = BigInt(EPOCH_MAX - until);
	return Epoch(until + Number(epochs < most ? epochs : most));
};
