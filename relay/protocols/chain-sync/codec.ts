import {variant} from '#kernel/cbor/codec';
import type {MessageCodec} from '../protocol.ts';
import {embeddedOfEra, messageCodec, pointCodec, tipCodec, wireList} from '../wire.ts';
import type {ChainSyncMessage} from './messages.ts';

/** As many as fit into a message. */
const POINTS_MAX = 2_000;

/** `hashBytesMin` below 32 reads the shortened hashes of test vectors; a node never does. */
export const createChainSyncCodec = (hashBytesMin: number): MessageCodec<ChainSyncMessage> => {
	const point = pointCodec(hashBytesMin);
	const tip = tipCodec(point);
	return messageCodec(
		variant({
			requestNext: [0, {}],
			awaitReply: [1, {}],
			rollForward: [2, {header: embeddedOfEra, tip}],
			rollBackward: [3, {point, tip}],
			findIntersect: [4, {points: wireList(point, POINTS_MAX)}],
			intersectFound: [5, {point, tip}],
			intersectNotFound: [6, {tip}],
			done: [7, {}],
		}),
	);
};

export const chainSyncCodec: MessageCodec<ChainSyncMessage> = createChainSyncCodec(32);
