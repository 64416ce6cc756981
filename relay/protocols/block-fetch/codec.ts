import {u32be} from '#kernel/bytes';
import {type Codec, variant} from '#kernel/cbor/codec';
import type {MessageCodec} from '../protocol.ts';
import {embedded, messageCodec, pointCodec} from '../wire.ts';
import type {BlockFetchMessage} from './messages.ts';

const HEAD = [0x82, 0x04, 0xd8, 0x18];

/** `[4, 24(block)]` in one copy: the only message that is long. */
const encodeBlock = (block: Uint8Array): Uint8Array => {
	const {length} = block;
	if (length < 0x1_00_00) return encodeShortBlock(block);
	const message = new Uint8Array(HEAD.length + 5 + length);
	message.set(HEAD);
	message[HEAD.length] = 0x5a;
	message.set(u32be(length), HEAD.length + 1);
	message.set(block, HEAD.length + 5);
	return message;
};

const encodeShortBlock = (block: Uint8Array): Uint8Array => {
	const {length} = block;
	const head =
		length < 24 ? [0x40 | length] : length < 256 ? [0x58, length] : [0x59, length >> 8, length & 255];
	const message = new Uint8Array(HEAD.length + head.length + length);
	message.set(HEAD);
	message.set(head, HEAD.length);
	message.set(block, HEAD.length + head.length);
	return message;
};

/** `hashBytesMin` below 32 reads the shortened hashes of test vectors; a node never does. */
export const createBlockFetchCodec = (hashBytesMin: number): MessageCodec<BlockFetchMessage> => {
	const point = pointCodec(hashBytesMin);
	const codec: Codec<BlockFetchMessage> = variant({
		requestRange: [0, {from: point, to: point}],
		clientDone: [1, {}],
		startBatch: [2, {}],
		noBlocks: [3, {}],
		block: [4, {block: embedded}],
		batchDone: [5, {}],
	});
	const {encode, decode} = messageCodec(codec);
	return {
		encode: message => (message.kind === 'block' ? encodeBlock(message.block) : encode(message)),
		decode,
	};
};

export const blockFetchCodec: MessageCodec<BlockFetchMessage> = createBlockFetchCodec(32);
