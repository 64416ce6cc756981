import {variant} from '#kernel/cbor/codec';
import type {MessageCodec} from '../protocol.ts';
import {embeddedOfEra, messageCodec, rawItem} from '../wire.ts';
import type {LocalTxSubmissionMessage} from './messages.ts';

/** ouroboros-network, `local-tx-submission.cddl`. */
export const localTxSubmissionCodec: MessageCodec<LocalTxSubmissionMessage> = messageCodec(
	variant({
		submitTx: [0, {tx: embeddedOfEra}],
		acceptTx: [1, {}],
		rejectTx: [2, {reason: rawItem}],
		done: [3, {}],
	}),
);
