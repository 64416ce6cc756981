import {assert} from '#kernel/assert';
import type {NodeError} from '#kernel/node-error';
import {PAYLOAD_BYTES_MAX} from './frame.ts';
import {MessageCutter} from './message-cutter.ts';
import {relayError} from './relay-error.ts';

/** Bytes that may wait in a channel before its sender has to. */
const EGRESS_BYTES = 65_536;

/** Messages that may wait to be read: a thousand short ones cost more memory than their bytes say. */
const WAITING_MAX = 4_096;

const TAKEN = new Uint8Array(0);

export type ChannelOptions = {
	readonly key: number;
	/** Frames with this key are for the channel too. */
	readonly otherKey?: number;
	readonly protocol: string;
	readonly messageBytesMax: number;
	readonly ingressBytesMax: number;
	/**
	 * What happens when more waits to be read than may: the connection ends, or the bearer pauses at half of it.
	 * Pausing is for answers that we asked for and whose length the peer alone knows.
	 */
	readonly whenFull: 'close' | 'pause';
	/** Whether the peer may send at all now; false ends the connection before what came takes any memory. */
	readonly isAsked?: () => boolean;
	/** Told of every whole message, before any later byte of the connection is looked at. */
	readonly delivered?: () => void;
};

export type ChannelPorts = {
	/** There is something to send. */
	readonly wake: (channel: Channel) => void;
	/** This channel holds (or no longer holds) as much as pauses the bearer. */
	readonly hold: (channel: Channel, full: boolean) => void;
};

type Waiter<T> = {readonly resolve: (value: T) => void; readonly reject: (error: NodeError) => void};

/** One mini-protocol in one direction: whole messages in, whole messages out. */
export class Channel {
	readonly options: ChannelOptions;
	readonly #ports: ChannelPorts;
	readonly #cutter: MessageCutter;
	/** Received and not yet taken. `#inboxHead` spares shifting. */
	#inbox: Uint8Array[] = [];
	#inboxHead = 0;
	#inboxBytes = 0;
	#holding = false as boolean;
	#receiver: Waiter<Uint8Array> | undefined;
	#outbox: Uint8Array[] = [];
	/** Bytes of the first message in the outbox that have gone. */
	#sentOfFirst = 0;
	#outboxBytes = 0;
	#senders: Waiter<void>[] = [];
	#closed: NodeError | undefined;

	constructor(options: ChannelOptions, ports: ChannelPorts) {
		this.options = options;
		this.#ports = ports;
		this.#cutter = new MessageCutter(options.messageBytesMax);
	}

	/** Resolves when there is room for the next message: await it, and a slow peer slows the sender down. */
	send(message: Uint8Array): Promise<void> {
		if (this.#closed !== undefined) return Promise.reject(this.#closed);
		this.#outbox.push(message);
		this.#outboxBytes += message.length;
		this.#ports.wake(this);
		if (this.#outboxBytes <= EGRESS_BYTES) return Promise.resolve();
		return new Promise((resolve, reject) => {
			this.#senders.push({resolve, reject});
		});
	}

	/** A message that is here already. */
	takeReceived(): Uint8Array | undefined {
		const message = this.#inbox[this.#inboxHead];
		if (message === undefined) return undefined;
		// What was taken is let go at once, even when the inbox never runs empty.
		this.#inbox[this.#inboxHead++] = TAKEN;
		if (2 * this.#inboxHead > this.#inbox.length) {
			this.#inbox = this.#inbox.slice(this.#inboxHead);
			this.#inboxHead = 0;
		}
		this.#inboxBytes -= message.length;
		const isLow = 4 * this.#inboxBytes <= this.options.ingressBytesMax && 4 * this.#waiting <= WAITING_MAX;
		if (this.#holding && isLow) {
			this.#holding = false;
			this.#ports.hold(this, false);
		}
		return message;
	}

	get hasReceived(): boolean {
		return this.#waiting > 0;
	}

	/** The next message; one call at a time. */
	receive(): Promise<Uint8Array> {
		assert(this.#receiver === undefined, 'two readers on one channel');
		const message = this.takeReceived();
		if (message !== undefined) return Promise.resolve(message);
		if (this.#closed !== undefined) return Promise.reject(this.#closed);
		return new Promise((resolve, reject) => {
			this.#receiver = {resolve, reject};
		});
	}

	/** Bytes of this channel off the wire. Throws `CborStop` and `NodeError`. */
	push(payload: Uint8Array): void {
		const {ingressBytesMax, whenFull, protocol, isAsked} = this.options;
		if (isAsked?.() === false) throw relayError('RELAY_MESSAGE_UNEXPECTED', {protocol, problem: 'UNASKED'});
		this.#cutter.push(payload, message => this.#deliver(message));
		if (whenFull === 'close') {
			const bytes = this.#inboxBytes + this.#cutter.pendingBytes;
			if (bytes > ingressBytesMax || this.#waiting > WAITING_MAX)
				throw relayError('RELAY_INGRESS_FULL', {protocol});
			return;
		}
		const isHigh = 2 * this.#inboxBytes > ingressBytesMax || 2 * this.#waiting > WAITING_MAX;
		if (isHigh && !this.#holding) {
			this.#holding = true;
			this.#ports.hold(this, true);
		}
	}

	/** The payload of the next frame, or undefined when there is nothing to send. Short messages share one. */
	takePayload(): Uint8Array | undefined {
		const first = this.#outbox[0];
		if (first === undefined) return undefined;
		const left = first.length - this.#sentOfFirst;
		let payload: Uint8Array;
		if (left >= PAYLOAD_BYTES_MAX || this.#outbox.length === 1) {
			payload = first.subarray(this.#sentOfFirst, this.#sentOfFirst + PAYLOAD_BYTES_MAX);
			if (payload.length < left) this.#sentOfFirst += payload.length;
			else {
				this.#outbox.shift();
				this.#sentOfFirst = 0;
			}
		} else payload = this.#gather();
		this.#outboxBytes -= payload.length;
		if (this.#outboxBytes <= EGRESS_BYTES / 2 && this.#senders.length > 0) {
			const senders = this.#senders;
			this.#senders = [];
			for (const {resolve} of senders) resolve();
		}
		return payload;
	}

	get #waiting(): number {
		return this.#inbox.length - this.#inboxHead;
	}

	/** Why the connection has ended; undefined while it lives. */
	get reason(): NodeError | undefined {
		return this.#closed;
	}

	get hasPayload(): boolean {
		return this.#outbox.length > 0;
	}

	close(reason: NodeError): void {
		if (this.#closed !== undefined) return;
		this.#closed = reason;
		this.#outbox = [];
		this.#inbox = [];
		this.#inboxHead = 0;
		this.#receiver?.reject(reason);
		this.#receiver = undefined;
		for (const {reject} of this.#senders) reject(reason);
		this.#senders = [];
	}

	#deliver(message: Uint8Array): void {
		this.options.delivered?.();
		if (this.#receiver !== undefined) {
			const {resolve} = this.#receiver;
			this.#receiver = undefined;
			resolve(message);
			return;
		}
		this.#inbox.push(message);
		this.#inboxBytes += message.length;
	}

	#gather(): Uint8Array {
		const parts: Uint8Array[] = [];
		let length = 0;
		let taken = 0;
		while (taken < this.#outbox.length && length < PAYLOAD_BYTES_MAX) {
			const message = this.#outbox[taken] as Uint8Array;
			const start = taken === 0 ? this.#sentOfFirst : 0;
			const part = message.subarray(start, start + PAYLOAD_BYTES_MAX - length);
			parts.push(part);
			length += part.length;
			if (start + part.length < message.length) {
				this.#sentOfFirst = start + part.length;
				break;
			}
			taken++;
			this.#sentOfFirst = 0;
		}
		this.#outbox.splice(0, taken);
		const payload = new Uint8Array(length);
		let at = 0;
		for (const part of parts) {
			payload.set(part, at);
			at += part.length;
		}
		return payload;
	}
}
