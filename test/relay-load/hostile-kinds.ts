/** What hostile peers do with one connection. Each ends when it is let go, or has had enough. */
import {setTimeout as delay} from 'node:timers/promises';
import type {Point} from '#kernel/point';
import {channelKey, frame} from '#relay/frame';
import {blockFetchCodec} from '#relay/protocols/block-fetch/codec';
import {keepAliveCodec} from '#relay/protocols/keep-alive/codec';
import type {Random} from '../simulation/random.ts';
import type {RawTcpPeer} from './raw-peer.ts';

const CHAIN_SYNC = 2;
const BLOCK_FETCH = 3;
const KEEP_ALIVE = 8;
/** Nobody stays longer of its own will. */
const STAY_MS = 30_000;
/** More seconds than a frame may take. */
const SLOW_BYTES = 40;
const SEGMENT_BYTES_MAX = 65_535;
const BLOCK_BYTES = 65_000;
/** More than may ever wait at a reader. */
const UNASKED_BLOCKS = 400;
const FLOOD_MESSAGES = 60;
const FLOOD_EVERY_MS = 100;
const DEAF_RANGES = 20;
/** Enough for more than an address may have, when all come from one. */
const COMPANIONS = 3;

export type HostileWorld = {
	readonly random: Random;
	/** The victim's chain from end to end. */
	readonly range: {readonly from: Point; readonly to: Point};
	readonly signal: AbortSignal;
};

export type Hostile = (peer: RawTcpPeer, world: HostileWorld) => Promise<void>;

/** Until the peer is let go, or the time is over. */
const stay = async (peer: RawTcpPeer, {signal}: HostileWorld): Promise<void> => {
	const enough = new AbortController();
	const stop = AbortSignal.any([signal, enough.signal]);
	await Promise.race([peer.closed, delay(STAY_MS, undefined, {signal: stop}).catch(() => undefined)]);
	enough.abort();
};

const pause = async (ms: number, {signal}: HostileWorld): Promise<void> => {
	await delay(ms, undefined, {signal}).catch(() => undefined);
};

const bytesOf = (peer: RawTcpPeer): Uint8Array => frame(0, channelKey(0, 'client'), peer.proposal(false));

const silent: Hostile = stay;

/** The head of a frame, and never its end. */
const halfOpen: Hostile = async (peer, world) => {
	peer.write(bytesOf(peer).subarray(0, 5));
	await stay(peer, world);
};

/** A byte a second of a frame after the handshake. */
const slow: Hostile = async (peer, world) => {
	await peer.shakeHands(true);
	// A byte string, so that there is no message to judge before its end.
	const payload = Uint8Array.of(0x58, SLOW_BYTES, ...new Uint8Array(SLOW_BYTES));
	for (const byte of frame(0, channelKey(KEEP_ALIVE, 'client'), payload)) {
		if (!peer.isOpen || world.signal.aborted) return;
		peer.write(Uint8Array.of(byte));
		await Promise.race([peer.closed, pause(1_000, world)]);
	}
};

const garbage: Hostile = async (peer, world) => {
	peer.write(world.random.bytes(1 + world.random.below(3_000)));
	await stay(peer, world);
};

const garbageLater: Hostile = async (peer, world) => {
	await peer.shakeHands();
	peer.write(world.random.bytes(3_000));
	await stay(peer, world);
};

/** Segments as long as the field for their length says, of a message that has no end. */
const oversized: Hostile = async (peer, world) => {
	await peer.shakeHands();
	const endless = new Uint8Array(SEGMENT_BYTES_MAX).fill(0x80);
	endless.set([0x82, 0x04, 0x9f]);
	peer.send(CHAIN_SYNC, 'client', endless);
	peer.send(CHAIN_SYNC, 'client', endless.subarray(3));
	await stay(peer, world);
};

/** Honest messages, a byte a segment, hundreds a second. */
const flood: Hostile = async (peer, world) => {
	await peer.shakeHands(true);
	const untilMs = performance.now() + STAY_MS;
	for (let cookie = 0; peer.isOpen && !world.signal.aborted && performance.now() < untilMs; ) {
		for (let left = FLOOD_MESSAGES; left > 0; left--, cookie = (cookie + 1) % 0xff_ff)
			for (const byte of keepAliveCodec.encode({kind: 'keepAlive', cookie}))
				peer.send(KEEP_ALIVE, 'client', Uint8Array.of(byte));
		await pause(FLOOD_EVERY_MS, world);
	}
};

/** Answers to questions that nobody asked. */
const unasked: Hostile = async (peer, world) => {
	await peer.shakeHands();
	const block = blockFetchCodec.encode({kind: 'block', block: new Uint8Array(BLOCK_BYTES).fill(7)});
	for (let left = UNASKED_BLOCKS; left > 0 && peer.isOpen && !world.signal.aborted; left--) {
		for (let at = 0; at < block.length; at += SEGMENT_BYTES_MAX)
			peer.send(BLOCK_FETCH, 'server', block.subarray(at, at + SEGMENT_BYTES_MAX));
		if (peer.socket.writableNeedDrain) await Promise.race([peer.closed, pause(20, world)]);
	}
	await stay(peer, world);
};

/** Asks for the whole chain again and again, and reads nothing. */
const deaf: Hostile = async (peer, world) => {
	await peer.shakeHands(true);
	peer.socket.pause();
	const request = blockFetchCodec.encode({kind: 'requestRange', ...world.range});
	for (let left = DEAF_RANGES; left > 0; left--) peer.send(BLOCK_FETCH, 'client', request);
	await stay(peer, world);
};

const reconnecting: Hostile = async peer => {
	await peer.shakeHands();
};

/** Lets itself be followed, and answers nothing. */
const mute: Hostile = async (peer, world) => {
	await peer.shakeHands();
	await stay(peer, world);
};

/** Well-behaved but for their number: each comes with others from its address. */
const crowding: Hostile = async (peer, world) => {
	const others = Array.from({length: COMPANIONS}, () => peer.another());
	await peer.shakeHands(true);
	await stay(peer, world);
	for (const other of others) other.hangUp();
};

export type HostileKind =
	| 'silent'
	| 'halfOpen'
	| 'slow'
	| 'garbage'
	| 'garbageLater'
	| 'oversized'
	| 'flood'
	| 'unasked'
	| 'deaf'
	| 'reconnecting'
	| 'mute'
	| 'crowding'
	| 'otherNetwork';

export const hostileKinds: Readonly<Record<HostileKind, Hostile>> = {
	silent,
	halfOpen,
	slow,
	garbage,
	garbageLater,
	oversized,
	flood,
	unasked,
	deaf,
	reconnecting,
	mute,
	crowding,
	/** The same as one that is silent later, but of a network that is not ours. */
	otherNetwork: mute,
};
