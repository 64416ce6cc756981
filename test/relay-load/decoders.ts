/** Everything of the relay that reads bytes of peers, each with valid bytes to damage. */
import {Buffer} from 'node:buffer';
import fc from 'fast-check';
import {concat} from '#kernel/bytes';
import {CborStop} from '#kernel/cbor/failure';
import type {Result} from '#kernel/result';
import type {Bearer, BearerEvents} from '#relay/bearer/bearer';
import {channelKey, frame} from '#relay/frame';
import {MessageCutter} from '#relay/message-cutter';
import {Mux} from '#relay/mux';
import {unwrapBlock, wrapBlock} from '#relay/protocols/block';
import {blockFetch} from '#relay/protocols/block-fetch/protocol';
import {chainSync} from '#relay/protocols/chain-sync/protocol';
import {decodeVersionData, encodeVersionData} from '#relay/protocols/handshake/version-data';
import {type Message, type MessageCodec, messageBytesMax} from '#relay/protocols/protocol';
import {txSubmission} from '#relay/protocols/tx-submission/protocol';
import type {Random} from '../simulation/random.ts';
import {messageCases} from '../support/relay/any-messages.ts';
import {mustHold} from './part.ts';

const CORPUS = 400;
const STREAM_MESSAGES = 6;
const PIECE_BYTES_MAX = 40;
const PORT = 3_001;

export type Decoder = {
	readonly name: string;
	readonly corpus: readonly Uint8Array[];
	/** The code of what is wrong with the bytes, or undefined: they were read. Throws when it behaves otherwise. */
	readonly read: (bytes: Uint8Array, random: Random) => string | undefined;
};

const sampled = (
	codec: MessageCodec<Message>,
	message: fc.Arbitrary<unknown>,
	seed: number,
): readonly Uint8Array[] =>
	fc.sample(message, {seed, numRuns: CORPUS}).map(value => codec.encode(value as Message));

export const codeOf = (outcome: Result<unknown, {readonly code: string}>): string | undefined =>
	outcome.ok ? undefined : outcome.error.code;

/** What was read is written, and read again as the same. */
const messageDecoder = (
	name: string,
	codec: MessageCodec<Message>,
	corpus: readonly Uint8Array[],
): Decoder => ({
	name,
	corpus,
	read: bytes => {
		const decoded = codec.decode(bytes);
		if (!decoded.ok) return decoded.error.code;
		const written = codec.encode(decoded.value);
		const again = codec.decode(written);
		mustHold(again.ok, `${name}: what was read can be read again`, {hex: Buffer.from(bytes).toString('hex')});
		mustHold(
			Buffer.compare(codec.encode(again.value), written) === 0,
			`${name}: what was written is read as it was`,
			{hex: Buffer.from(bytes).toString('hex')},
		);
		return undefined;
	},
});

/** In pieces of up to forty bytes. */
const inPieces = (bytes: Uint8Array, random: Random, each: (piece: Uint8Array) => void): void => {
	for (let at = 0; at < bytes.length; ) {
		const end = at + 1 + random.below(PIECE_BYTES_MAX);
		each(bytes.subarray(at, end));
		at = end;
	}
};

const streamsOf = (messages: readonly Uint8Array[]): readonly Uint8Array[] =>
	messages.map((_, index) => concat(...messages.slice(index, index + STREAM_MESSAGES)));

const cutter = (corpus: readonly Uint8Array[]): Decoder => ({
	name: 'message cutter',
	corpus: streamsOf(corpus),
	read: (bytes, random) => {
		const cut = new MessageCutter(messageBytesMax(blockFetch, 'client'));
		let received = 0;
		try {
			inPieces(bytes, random, piece =>
				cut.push(piece, message => {
					received += message.length;
				}),
			);
		} catch (error) {
			if (!(error instanceof CborStop)) throw error;
			return error.failure.code;
		}
		mustHold(received + cut.pendingBytes === bytes.length, 'the cutter loses no byte');
		return undefined;
	},
});

const PROTOCOLS = [chainSync, blockFetch, txSubmission] as const;

/** A multiplexer with three mini-protocols in both directions: it ends with a code, or waits for more. */
const mux = (corpus: readonly Uint8Array[]): Decoder => {
	const keys = PROTOCOLS.flatMap(({id}) => [channelKey(id, 'client'), channelKey(id, 'server')]);
	return {
		name: 'multiplexer',
		corpus: corpus.map((_, index) =>
			concat(
				...corpus
					.slice(index, index + STREAM_MESSAGES)
					.map((message, place) => frame(index, keys[(index + place) % keys.length] ?? 0, message)),
			),
		),
		read: (bytes, random) => {
			let events: BearerEvents | undefined;
			const bearer: Bearer = {
				remote: {host: 'fuzz', port: PORT},
				start: given => {
					events = given;
				},
				write: () => undefined,
				isWritable: () => true,
				pause: () => undefined,
				resume: () => undefined,
				close: () => undefined,
			};
			const timer = {nowMs: () => 0, after: () => () => undefined};
			const it = new Mux({bearer, timer, closed: () => undefined});
			for (const protocol of PROTOCOLS)
				for (const role of ['client', 'server'] as const)
					it.open({
						key: channelKey(protocol.id, role),
						protocol: protocol.name,
						messageBytesMax: messageBytesMax(protocol as never, role),
						ingressBytesMax: protocol.ingressBytesMax,
						whenFull: 'close',
					});
			it.start();
			inPieces(bytes, random, piece => events?.received(piece));
			const code = it.reason?.code;
			mustHold(code === undefined || code.startsWith('RELAY_'), 'a connection ends with a code', {code});
			return code;
		},
	};
};

export const relayDecoders = (seed: number): readonly Decoder[] => {
	const messages = messageCases.map(
		([name, codec, message]) => [name, codec, sampled(codec, message, seed)] as const,
	);
	const all = messages
		.flatMap(([, , corpus]) => corpus.slice(0, CORPUS / 4))
		.filter(({length}) => length < 1_024);
	const versions = [true, false].map(peerSharing =>
		encodeVersionData({networkMagic: 764_824_073, initiatorOnly: !peerSharing, peerSharing, query: false}),
	);
	const blocks = all.map((bytes, index) => wrapBlock({era: index % 9, bytes}));
	return [
		...messages.map(([name, codec, corpus]) => messageDecoder(name, codec, corpus)),
		{name: 'version data', corpus: versions, read: bytes => codeOf(decodeVersionData(bytes))},
		{name: 'block', corpus: blocks, read: bytes => codeOf(unwrapBlock(bytes))},
		cutter(all),
		mux(all),
	];
};
