import {type Codec, lovelace, record} from '#kernel/cbor/codec';
import {Lovelace} from '#kernel/lovelace';

/** Where a client's agreements are paid from; its key is the client's account. */
export type PayerAccount = {
	readonly funds: Lovelace;
	/** What all its agreements together cost an epoch. */
	readonly lockRate: Lovelace;
};

export const EMPTY_PAYER: PayerAccount = {funds: Lovelace(0n), lockRate: Lovelace(0n)};

export const payerCodec: Codec<PayerAccount> = record({funds: lovelace, lockRate: lovelace});

/** A bounty that was paid, so that it is paid once. Key: vacated agreement, piece. */
export type PaidRepair = {readonly amount: Lovelace};

export const paidRepairCodec: Codec<PaidRepair> = record({amount: lovelace});

/** What agreements must be covered for: lockEpochs of all of them. */
export const lockedFunds = ({lockEpochs}: {readonly lockEpochs: number}, lockRate: bigint): bigint =>
	BigInt(lockEpochs) * lockRate;

/** What may be withdrawn. */
export const freeFunds = (
	parameters: {readonly lockEpochs: number},
	{funds, lockRate}: PayerAccount,
): Lovelace => {
	const locked = lockedFunds(parameters, lockRate);
	return Lovelace(funds > locked ? funds - locked : 0n);
};
