import {err, ok, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import type {LedgerParameters} from '../genesis/parameters.ts';
import {PROVE_BYTES_MAX, TRANSACTION_BYTES_MAX} from '../limits.ts';
import {isFeeFree} from './action.ts';
import {minimumFee} from './fee.ts';
import type {Transaction, TransactionBody} from './transaction.ts';
import type {TxError} from './tx-error.ts';

const checkSize = ({size, body}: Transaction): Result<void, TxError> => {
	const lengthMax = body.action.kind === 'prove' ? PROVE_BYTES_MAX : TRANSACTION_BYTES_MAX;
	return size > lengthMax ? err({code: 'TX_TOO_LONG', length: size, lengthMax}) : ok(undefined);
};

const checkProofPresence = ({proof, body: {action}}: Transaction): Result<void, TxError> => {
	if (action.kind === 'prove') return proof === null ? err({code: 'TX_PROOF_MISSING'}) : ok(undefined);
	return proof === null ? ok(undefined) : err({code: 'TX_PROOF_SURPLUS', action: action.kind});
};

const checkFee = (
	parameters: LedgerParameters,
	{body: {sender, sequence, fee, action}, size}: Transaction,
): Result<void, TxError> => {
	if (isFeeFree(action.kind))
		return sender !== null || sequence !== 0 || fee !== 0n
			? err({code: 'TX_SENDER_SURPLUS', action: action.kind})
			: ok(undefined);
	if (sender === null) return err({code: 'TX_SENDER_MISSING', action: action.kind});
	const feeMin = minimumFee(parameters, size);
	return fee < feeMin ? err({code: 'TX_FEE_TOO_SMALL', fee, feeMin}) : ok(undefined);
};

/** Valid in [validFrom, validUntil). */
const checkInterval = ({validFrom, validUntil}: TransactionBody, slot: Slot): Result<void, TxError> => {
	if (validFrom !== null && slot < validFrom) return err({code: 'TX_NOT_YET_VALID', validFrom, slot});
	if (validUntil !== null && slot >= validUntil) return err({code: 'TX_EXPIRED', validUntil, slot});
	return ok(undefined);
};

/** What a transaction says of itself, without a look at the state. */
export const checkForm = (
	parameters: LedgerParameters,
	transaction: Transaction,
	slot: Slot,
): Result<void, TxError> => {
	const size = checkSize(transaction);
	if (!size.ok) return size;
	const proof = checkProofPresence(transaction);
	if (!proof.ok) return proof;
	const fee = checkFee(parameters, transaction);
	return fee.ok ? checkInterval(transaction.body, slot) : fee;
};
