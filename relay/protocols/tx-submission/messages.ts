import type {OfEra, WireList} from '../wire.ts';

export type OfferedTx = {
	readonly id: OfEra;
	/** Length of the transaction's bytes. */
	readonly sizeBytes: number;
};

/** `acknowledged` ids, oldest first, are done with; at most `requested` more are asked for. */
export type TxIdRequest = {readonly acknowledged: number; readonly requested: number};

/**
 * Version 2 of the protocol. Asking for ids is one message on the wire with a flag; it is two here, because
 * the flag decides which state follows.
 */
export type TxSubmissionMessage =
	| {readonly kind: 'init'}
	| ({readonly kind: 'requestTxIdsBlocking'} & TxIdRequest)
	| ({readonly kind: 'requestTxIdsNonBlocking'} & TxIdRequest)
	| {readonly kind: 'replyTxIds'; readonly offered: WireList<OfferedTx>}
	| {readonly kind: 'requestTxs'; readonly ids: WireList<OfEra>}
	| {readonly kind: 'replyTxs'; readonly txs: WireList<OfEra>}
	| {readonly kind: 'done'};
