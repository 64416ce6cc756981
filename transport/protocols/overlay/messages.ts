/** What two peers of the overlay say to each other: one request, one answer. All that may be long has a limit. */
import {bytesBetween, type Codec, decode, encode, list, record, uint, variant} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {err, type Result} from '#kernel/result';
import {PROFILE_BYTES_MAX} from './profile.ts';
import {PAYLOAD_BYTES_MAX} from './topics.ts';

/** In the order in which they take turns. */
export const LAYERS = ['cyclon', 'vicinity', 'rings'] as const;
export type Layer = (typeof LAYERS)[number];

/** A signed profile, and in how many rounds nobody has heard from that peer itself. */
export type Told = {readonly profile: Uint8Array; readonly age: number};

/** The first profile is that of the sender. */
export type ExchangeMessage = {
	readonly kind: 'exchange';
	readonly layer: number;
	readonly entries: readonly Told[];
};
export type PushMessage = {
	readonly kind: 'push';
	readonly topic: number;
	/** Peers that it has passed through, as they say. */
	readonly hops: number;
	readonly payload: Uint8Array;
};
export type OverlayRequest = ExchangeMessage | PushMessage;

/** `new`: taken and passed on; `known`: there already; `unwanted`: not passed on. */
export const RECEPTIONS = ['new', 'known', 'unwanted'] as const;
export type Reception = (typeof RECEPTIONS)[number];

export type OverlayAnswer =
	| {readonly kind: 'entries'; readonly entries: readonly Told[]}
	| {readonly kind: 'received'; readonly reception: number};

/** Of an exchange, the sender's own profile included. */
export const ENTRIES_MAX = 16;
export const HOPS_MAX = 255;
export const MESSAGE_BYTES_MAX: number = PAYLOAD_BYTES_MAX + 64;
/** An age that the layers never reach. */
const AGE_LIMIT = 255;

const entries = list(
	record({profile: bytesBetween(1, PROFILE_BYTES_MAX), age: uint(AGE_LIMIT)}),
	ENTRIES_MAX,
);

const requestCodec: Codec<OverlayRequest> = variant({
	exchange: [0, {layer: uint(LAYERS.length - 1), entries}],
	push: [1, {topic: uint(255), hops: uint(HOPS_MAX), payload: bytesBetween(1, PAYLOAD_BYTES_MAX)}],
});

const answerCodec: Codec<OverlayAnswer> = variant({
	entries: [0, {entries}],
	received: [1, {reception: uint(RECEPTIONS.length - 1)}],
});

export type MessageFailure =
	| CborFailure
	| {readonly code: 'OVERLAY_MESSAGE_TOO_LONG'; readonly length: number; readonly lengthMax: number};

const decodeBounded = <T>(codec: Codec<T>, bytes: Uint8Array): Result<T, MessageFailure> =>
	bytes.length > MESSAGE_BYTES_MAX
		? err({code: 'OVERLAY_MESSAGE_TOO_LONG', length: bytes.length, lengthMax: MESSAGE_BYTES_MAX})
		: decode(codec, bytes);

export const encodeRequest = (request: OverlayRequest): Uint8Array => encode(requestCodec, request);
export const decodeRequest = (bytes: Uint8Array): Result<OverlayRequest, MessageFailure> =>
	decodeBounded(requestCodec, bytes);
export const encodeAnswer = (answer: OverlayAnswer): Uint8Array => encode(answerCodec, answer);
export const decodeAnswer = (bytes: Uint8Array): Result<OverlayAnswer, MessageFailure> =>
	decodeBounded(answerCodec, bytes);
