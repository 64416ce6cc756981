import {type Codec, variant} from '#kernel/cbor/codec';
import {CborReader} from '#kernel/cbor/reader';
import type {ChainSyncMessage} from '../chain-sync/messages.ts';
import type {MessageCodec} from '../protocol.ts';
import {embedded, messageCodec, type OfEra, pointCodec, tipCodec, wireList} from '../wire.ts';

const POINTS_MAX = 2_000;

/** `24(bytes of [era, block])`: all of a block where node-to-node has its header; `bytes` is that `[era, block]`. */
const wholeBlock: Codec<OfEra> = {
	write: (writer, {bytes}) => {
		embedded.write(writer, bytes);
	},
	read: reader => {
		const bytes = embedded.read(reader);
		const inner = new CborReader(bytes, {canonical: false});
		inner.arrayOf(2);
		return {era: inner.uint(255), bytes};
	},
};

const point = pointCodec(32);
const tip = tipCodec(point);

export const localChainSyncCodec: MessageCodec<ChainSyncMessage> = messageCodec(
	variant({
		requestNext: [0, {}],
		awaitReply: [1, {}],
		rollForward: [2, {header: wholeBlock, tip}],
		rollBackward: [3, {point, tip}],
		findIntersect: [4, {points: wireList(point, POINTS_MAX)}],
		intersectFound: [5, {point, tip}],
		intersectNotFound: [6, {tip}],
		done: [7, {}],
	}),
);
