import {assert} from '#kernel/assert';
import {CborStop} from '#kernel/cbor/failure';
import {NodeError} from '#kernel/node-error';
import type {Bearer} from './bearer/bearer.ts';
import {Channel, type ChannelOptions} from './channel.ts';
import {Deadline} from './deadline.ts';
import {FrameReader, frame} from './frame.ts';
import {relayError} from './relay-error.ts';
import type {Timer} from './timer.ts';

/** From a frame's first byte to its last. */
export const FRAME_MS_HANDSHAKE = 10_000;
export const FRAME_MS = 30_000;

/** Kept: what waits for it runs after what is under way, and `queueMicrotask` costs several times as much. */
const sent: Promise<void> = Promise.resolve();

const keysOf = ({options: {key, otherKey}}: Channel): readonly number[] =>
	otherKey === undefined ? [key] : [key, otherKey];

export type MuxOptions = {
	readonly bearer: Bearer;
	readonly timer: Timer;
	/** Called once, when the connection has ended for whatever reason. */
	readonly closed: (reason: NodeError) => void;
};

/**
 * Carries the channels of all mini-protocols, in both directions, over one bearer. Channels that have something to
 * send take turns, one frame each. Any violation ends the connection.
 */
export class Mux {
	readonly #bearer: Bearer;
	readonly #timer: Timer;
	readonly #closed: (reason: NodeError) => void;
	readonly #channels = new Map<number, Channel>();
	readonly #reader = new FrameReader();
	readonly #frameDeadline: Deadline;
	#frameMs = FRAME_MS_HANDSHAKE;
	/** Channels with something to send, in the order of their turns. */
	#turns: Channel[] = [];
	#flushScheduled = false as boolean;
	readonly #holders = new Set<Channel>();
	/** Bytes that came while input was held, still to be read. */
	#heldInput: Uint8Array[] = [];
	#inputHeld = false as boolean;
	#reason: NodeError | undefined;

	constructor({bearer, timer, closed}: MuxOptions) {
		this.#bearer = bearer;
		this.#timer = timer;
		this.#closed = closed;
		this.#frameDeadline = new Deadline(timer, () => this.close(relayError('RELAY_FRAME_LATE')));
	}

	start(): void {
		this.#bearer.start({
			received: bytes => this.#receive(bytes),
			drained: () => this.#flush(),
			closed: cause => this.close(relayError('RELAY_PEER_GONE', {}, cause)),
		});
	}

	/** Why the connection has ended; undefined while it lives. */
	get reason(): NodeError | undefined {
		return this.#reason;
	}

	open(options: ChannelOptions): Channel {
		assert(!this.#channels.has(options.key), 'a channel is opened twice');
		const channel = new Channel(options, {
			wake: woken => this.#wake(woken),
			hold: (holder, full) => this.#hold(holder, full),
		});
		if (this.#reason !== undefined) channel.close(this.#reason);
		else for (const key of keysOf(channel)) this.#channels.set(key, channel);
		return channel;
	}

	/** From now on frames of this channel are a violation; what waits to be sent on it still goes. */
	retire(channel: Channel): void {
		for (const key of keysOf(channel)) this.#channels.delete(key);
	}

	/** Reads no further, in the middle of a piece if need be, until `releaseInput`. */
	holdInput(): void {
		this.#inputHeld = true;
		this.#bearer.pause();
	}

	releaseInput(): void {
		if (!this.#inputHeld || this.#reason !== undefined) return;
		this.#inputHeld = false;
		this.#frameMs = FRAME_MS;
		if (this.#holders.size === 0) this.#bearer.resume();
		const held = this.#heldInput;
		this.#heldInput = [];
		for (const bytes of held) this.#receive(bytes);
	}

	/** Ends the connection; every pending call of every channel is rejected with the reason. */
	close(reason: NodeError, options?: {readonly flush: boolean}): void {
		if (this.#reason !== undefined) return;
		if (options?.flush === true) this.#flush();
		this.#reason = reason;
		this.#frameDeadline.stop();
		for (const channel of this.#channels.values()) channel.close(reason);
		for (const channel of this.#turns) channel.close(reason);
		this.#channels.clear();
		this.#turns = [];
		this.#heldInput = [];
		this.#bearer.close(options);
		this.#closed(reason);
	}

	#receive(bytes: Uint8Array): void {
		if (this.#reason !== undefined) return;
		let at = 0;
		try {
			while (at < bytes.length && !this.#inputHeld)
				at = this.#reader.take(bytes, at, this.#begin, this.#payload);
		} catch (error) {
			this.#fail(error);
			return;
		}
		if (at < bytes.length) this.#heldInput.push(bytes.subarray(at));
		if (!this.#reader.isWithinFrame) this.#frameDeadline.clear();
		else if (!this.#frameDeadline.isSet) this.#frameDeadline.set(this.#frameMs);
	}

	readonly #begin = (key: number, length: number): void => {
		// Each frame has its own time: the one before has ended.
		this.#frameDeadline.clear();
		if (length === 0) throw relayError('RELAY_FRAME_EMPTY');
		if (!this.#channels.has(key)) throw relayError('RELAY_PROTOCOL_UNKNOWN', {key});
	};

	readonly #payload = (key: number, part: Uint8Array): void => {
		const channel = this.#channels.get(key);
		// Retired in the middle of a frame.
		if (channel === undefined) throw relayError('RELAY_PROTOCOL_UNKNOWN', {key});
		try {
			channel.push(part);
		} catch (error) {
			if (!(error instanceof CborStop)) throw error;
			const {protocol} = channel.options;
			const {code: problem} = error.failure;
			if (problem === 'CBOR_TOO_LONG') throw relayError('RELAY_MESSAGE_TOO_LONG', {protocol}, error);
			throw relayError('RELAY_MESSAGE_MALFORMED', {protocol, problem}, error);
		}
	};

	#fail(error: unknown): void {
		if (!(error instanceof NodeError)) throw error;
		this.close(error);
	}

	#hold(channel: Channel, full: boolean): void {
		if (full) this.#holders.add(channel);
		else this.#holders.delete(channel);
		if (this.#reason !== undefined || this.#inputHeld) return;
		if (this.#holders.size > 0) this.#bearer.pause();
		else this.#bearer.resume();
	}

	#wake(channel: Channel): void {
		if (!this.#turns.includes(channel)) this.#turns.push(channel);
		if (this.#flushScheduled) return;
		// Messages that are sent in one go share frames.
		this.#flushScheduled = true;
		void sent.then(this.#flushLater);
	}

	readonly #flushLater = (): void => {
		this.#flushScheduled = false;
		this.#flush();
	};

	#flush(): void {
		if (this.#reason !== undefined) return;
		const nowMs = this.#timer.nowMs();
		while (this.#turns.length > 0 && this.#bearer.isWritable()) {
			const channel = this.#turns.shift() as Channel;
			const payload = channel.takePayload();
			if (payload === undefined) continue;
			this.#bearer.write(frame(nowMs, channel.options.key, payload));
			if (channel.hasPayload) this.#turns.push(channel);
		}
	}
}
