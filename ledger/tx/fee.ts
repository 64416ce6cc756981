import {encode} from '#kernel/cbor/codec';
import {Lovelace} from '#kernel/lovelace';
import type {LedgerParameters} from '../genesis/parameters.ts';
import {isFeeFree} from './action.ts';
import {type TransactionBody, transactionBodyCodec, wireSize} from './transaction.ts';

/** The least fee of a transaction of `size` bytes on the wire. */
export const minimumFee = ({feeBase}: Pick<LedgerParameters, 'feeBase'>, size: number): Lovelace =>
	Lovelace(feeBase + BigInt(size));

/** Bytes of one witness in its list. */
const WITNESS_BYTES = 101;

/**
 * The least fee of a body that is still to be signed with `witnesses` keys.
 * A larger fee has a longer body, so this looks for the fee that covers itself.
 */
export const feeOfBody = (
	parameters: Pick<LedgerParameters, 'feeBase'>,
	body: Omit<TransactionBody, 'fee'>,
	witnesses: number,
): Lovelace => {
	if (isFeeFree(body.action.kind)) return Lovelace(0n);
	for (let fee = Lovelace(0n); ; ) {
		const {length} = encode(transactionBodyCodec, {...body, fee});
		const needed = minimumFee(parameters, wireSize(length, 1 + witnesses * WITNESS_BYTES, null));
		if (needed <= fee) return fee;
		fee = needed;
	}
};
