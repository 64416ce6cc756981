import type {Address, Bearer, BearerEvents} from '#relay/bearer/bearer';
import type {Owner} from './virtual-time.ts';

/** What is sent in one instant. */
export type Segment = {
	parts: Uint8Array[];
	bytes: number;
	/** The sender has closed: nothing follows. */
	isLast: boolean;
	/** Under way: nothing is added any more. */
	isSealed: boolean;
};

export type EndPorts = {
	readonly send: (end: StreamEnd, segment: Segment) => void;
	readonly nowMs: () => number;
};

/** Bytes that may be under way in one direction before the writer is told to hold back. */
const CAPACITY_BYTES = 65_536;

const nobody = {} as StreamEnd;

/** One end of a connection. */
export class StreamEnd {
	readonly bearer: Bearer;
	readonly remote: Address;
	readonly #owner: Owner;
	readonly #ports: EndPorts;
	#events: BearerEvents | undefined;
	#inbox: Segment[] = [];
	#open: Segment | undefined;
	#openMs = 0;
	#held: Segment[] = [];
	#underWayBytes = 0;
	#isPaused = false as boolean;
	#isStarved = false as boolean;
	#isClosed = false as boolean;
	/** Set by the wire. */
	other: StreamEnd = nobody;
	onEnd: () => void = () => undefined;
	lastArrivalMs = 0;
	/** A segment that somebody holds back to swap it with the next. */
	kept: Segment | undefined;

	constructor(owner: Owner, remote: Address, ports: EndPorts) {
		this.#owner = owner;
		this.#ports = ports;
		this.remote = remote;
		this.bearer = {
			remote,
			start: events => {
				this.#events = events;
				this.#read();
			},
			write: bytes => this.#write(bytes),
			isWritable: () => {
				const isWritable = this.#underWayBytes < CAPACITY_BYTES;
				if (!isWritable) this.#isStarved = true;
				return isWritable;
			},
			pause: () => {
				this.#isPaused = true;
			},
			resume: () => {
				this.#isPaused = false;
				// In a turn of its own, as a socket does.
				if (this.#inbox.length > 0) queueMicrotask(() => this.#read());
			},
			close: () => this.#close(),
		};
	}

	get name(): string {
		return this.#owner.name;
	}

	/** Nothing is delivered to this end any more. */
	get isOver(): boolean {
		return this.#isClosed;
	}

	hold(segment: Segment): void {
		this.#held.push(segment);
	}

	takeHeld(): readonly Segment[] {
		const held = this.#held;
		this.#held = [];
		return held;
	}

	/** Something has arrived. */
	receive(segment: Segment): void {
		if (this.#isClosed) return;
		this.#inbox.push(segment);
		this.#read();
	}

	/** The connection is gone: tells the process, if there is one. */
	end(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#inbox = [];
		this.#held = [];
		if (this.#owner.isAlive) this.#events?.closed();
		this.onEnd();
	}

	/** The process is gone: it is told nothing. */
	die(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#inbox = [];
		this.#held = [];
		this.onEnd();
	}

	#write(bytes: Uint8Array): void {
		if (this.#isClosed || !this.#owner.isAlive) return;
		this.#underWayBytes += bytes.length;
		const nowMs = this.#ports.nowMs();
		const open = this.#open;
		if (open !== undefined && !open.isSealed && this.#openMs === nowMs) {
			open.parts.push(bytes);
			open.bytes += bytes.length;
			return;
		}
		this.#open = {parts: [bytes], bytes: bytes.length, isLast: false, isSealed: false};
		this.#openMs = nowMs;
		this.#ports.send(this, this.#open);
	}

	#close(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#inbox = [];
		this.#open = undefined;
		if (this.#owner.isAlive) this.#ports.send(this, {parts: [], bytes: 0, isLast: true, isSealed: true});
		this.onEnd();
	}

	#read(): void {
		const events = this.#events;
		if (events === undefined || !this.#owner.isAlive) return;
		while (!this.#isPaused && !this.#isClosed) {
			const segment = this.#inbox[0];
			if (segment === undefined) return;
			if (segment.isLast) {
				this.end();
				return;
			}
			const part = segment.parts.shift();
			if (part === undefined) {
				this.#inbox.shift();
				this.other.#taken(segment.bytes);
			} else events.received(part);
		}
	}

	#taken(bytes: number): void {
		this.#underWayBytes -= bytes;
		if (!this.#isStarved || this.#underWayBytes >= CAPACITY_BYTES || this.#isClosed) return;
		this.#isStarved = false;
		if (this.#owner.isAlive) this.#events?.drained();
	}
}
