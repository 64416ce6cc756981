import {type Codec, record, uint, variant} from '#kernel/cbor/codec';
import type {MessageCodec} from '../protocol.ts';
import {embeddedOfEra, messageCodec, txIdOfEra, wireList} from '../wire.ts';
import type {TxSubmissionMessage} from './messages.ts';

const WORD16_MAX = 0xff_ff;
const WORD32_MAX = 0xff_ff_ff_ff;

const plain = variant({
	replyTxIds: [1, {offered: wireList(record({id: txIdOfEra, sizeBytes: uint(WORD32_MAX)}), WORD16_MAX)}],
	requestTxs: [2, {ids: wireList(txIdOfEra, WORD16_MAX)}],
	replyTxs: [3, {txs: wireList(embeddedOfEra, WORD16_MAX)}],
	done: [4, {}],
	init: [6, {}],
});

const REQUEST_TX_IDS = 0;

/** `[0, blocking, acknowledged, requested]` by hand, because its flag makes two messages of it. */
const codec: Codec<TxSubmissionMessage> = {
	write: (writer, message) => {
		if (message.kind !== 'requestTxIdsBlocking' && message.kind !== 'requestTxIdsNonBlocking')
			return plain.write(writer, message);
		writer
			.array(4)
			.uint(REQUEST_TX_IDS)
			.bool(message.kind === 'requestTxIdsBlocking')
			.uint(message.acknowledged)
			.uint(message.requested);
	},
	read: reader => {
		const start = reader.position;
		const length = reader.array();
		if (length < 1) reader.stop('CBOR_WRONG_LENGTH', start);
		if (reader.uint() !== REQUEST_TX_IDS) {
			reader.position = start;
			return plain.read(reader);
		}
		if (length !== 4) reader.stop('CBOR_WRONG_LENGTH', start);
		return {
			kind: reader.bool() ? 'requestTxIdsBlocking' : 'requestTxIdsNonBlocking',
			acknowledged: reader.uint(WORD16_MAX),
			requested: reader.uint(WORD16_MAX),
		};
	},
};

export const txSubmissionCodec: MessageCodec<TxSubmissionMessage> = messageCodec(codec);
