/** Agreements of one account that another one pays: as dear and as long as the payer has said, never more. */
import {equalBytes} from '#kernel/bytes';
import {type Codec, lovelace, record, uint} from '#kernel/cbor/codec';
import type {AccountId} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {err, ok, type Result} from '#kernel/result';
import type {Epoch} from '#kernel/slot';
import {EPOCH_MAX} from '../limits.ts';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';
import type {TxError} from '../tx/tx-error.ts';

/** Its key is the payer and the client. */
export type PayerAllowance = {
	/** What all agreements under it together may cost an epoch. 0: withdrawn, and kept while some of them run. */
	readonly rateMax: Lovelace;
	/** No agreement under it is made to end after this epoch. */
	readonly until: Epoch;
	/** What those that run cost an epoch. */
	readonly lockRate: Lovelace;
};

export const payerAllowanceCodec: Codec<PayerAllowance> = record({
	rateMax: lovelace,
	until: uint<Epoch>(EPOCH_MAX),
	lockRate: lovelace,
});

/** Who pays whose agreements. */
export type PaidFor = {readonly payer: AccountId; readonly client: AccountId};

/** Nobody needs leave to spend what is its own. */
export const paysItself = ({payer, client}: PaidFor): boolean => equalBytes(payer, client);

export const allowanceKey = ({payer, client}: PaidFor): string => keyOf(payer, client);

export const findAllowance = (
	reader: Pick<LedgerReader, 'get'>,
	paidFor: PaidFor,
): PayerAllowance | undefined => reader.get('payerAllowances', allowanceKey(paidFor));

export type AllowanceWanted = {
	/** What an agreement costs an epoch more than it did. */
	readonly added: bigint;
	readonly endEpoch: Epoch;
	/** An agreement that it takes over from lasts so long, whatever its payer says now. */
	readonly endEpochMin?: Epoch;
};

/**
 * Whether its payer lets the client have that. Whoever takes over from a vacated agreement needs room under the ceiling too:
 * the client may have used what became free, and the payer has agreed to the sum alone.
 */
export const checkAllowance = (
	reader: Pick<LedgerReader, 'get'>,
	paidFor: PaidFor,
	{added, endEpoch, endEpochMin}: AllowanceWanted,
): Result<void, TxError> => {
	if (paysItself(paidFor)) return ok(undefined);
	const {payer, client} = paidFor;
	const allowance = findAllowance(reader, paidFor);
	if (allowance === undefined || allowance.rateMax === 0n)
		return err({code: 'PAYER_ALLOWANCE_NONE', payer, client});
	const {rateMax, until, lockRate} = allowance;
	const rate = lockRate + added;
	if (rate > rateMax) return err({code: 'PAYER_ALLOWANCE_EXCEEDED', payer, client, rate, rateMax});
	return endEpoch > until && endEpoch > (endEpochMin ?? 0)
		? err({code: 'PAYER_ALLOWANCE_ENDS', payer, client, endEpoch, until})
		: ok(undefined);
};

/** An allowance stays until it is withdrawn and nothing runs under it any more. */
export const setAllowance = (draft: Draft, paidFor: PaidFor, allowance: PayerAllowance): void => {
	const key = allowanceKey(paidFor);
	if (allowance.rateMax === 0n && allowance.lockRate === 0n) draft.delete('payerAllowances', key);
	else draft.set('payerAllowances', key, allowance);
};
