import type {OfEra} from '../wire.ts';

export type LocalTxSubmissionMessage =
	| {readonly kind: 'submitTx'; readonly tx: OfEra}
	| {readonly kind: 'acceptTx'}
	/** What a ledger says of the transaction, as it came or as it goes. */
	| {readonly kind: 'rejectTx'; readonly reason: Uint8Array}
	| {readonly kind: 'done'};
