import type {Address, Bearer, BearerEvents} from './bearer.ts';

/** Bytes that may be under way in one direction before the writer is told to hold back. */
const CAPACITY_BYTES = 65_536;

type Direction = {queue: Uint8Array[]; bytes: number; paused: boolean; scheduled: boolean; starved: boolean};

class End {
	readonly inbound: Direction = {queue: [], bytes: 0, paused: false, scheduled: false, starved: false};
	events: BearerEvents | undefined;
	closed = false as boolean;
	/** Set by the pair. */
	other: End = this;

	/** Delivers in a turn of its own, as a socket does. */
	schedule(): void {
		if (this.inbound.scheduled) return;
		this.inbound.scheduled = true;
		setImmediate(() => {
			this.inbound.scheduled = false;
			this.#deliver();
		});
	}

	#deliver(): void {
		const {inbound, events} = this;
		if (events === undefined) return;
		while (!inbound.paused && !this.closed) {
			const bytes = inbound.queue.shift();
			if (bytes === undefined) break;
			inbound.bytes -= bytes.length;
			events.received(bytes);
		}
		if (inbound.starved && inbound.bytes < CAPACITY_BYTES && !this.other.closed) {
			inbound.starved = false;
			this.other.events?.drained();
		}
		if (this.other.closed && inbound.queue.length === 0) this.end();
	}

	/** Says `closed` once. */
	end(): void {
		if (this.closed) return;
		this.closed = true;
		this.inbound.queue.length = 0;
		this.events?.closed();
		this.other.schedule();
	}
}

const bearerOf = (end: End, remote: Address): Bearer => ({
	remote,
	start: events => {
		end.events = events;
		end.schedule();
	},
	write: bytes => {
		const {inbound} = end.other;
		if (end.closed || end.other.closed) return;
		inbound.queue.push(bytes);
		inbound.bytes += bytes.length;
		end.other.schedule();
	},
	isWritable: () => {
		const {inbound} = end.other;
		const writable = inbound.bytes < CAPACITY_BYTES;
		if (!writable) inbound.starved = true;
		return writable;
	},
	pause: () => {
		end.inbound.paused = true;
	},
	resume: () => {
		end.inbound.paused = false;
		end.schedule();
	},
	// What was written is with the other end already, so that every close is one with a flush.
	close: () => queueMicrotask(() => end.end()),
});

/** The two ends of a stream within this process. */
export const memoryBearers = (
	left: Address = {host: 'left', port: 1},
	right: Address = {host: 'right', port: 2},
): readonly [Bearer, Bearer] => {
	const ends = [new End(), new End()] as const;
	ends[0].other = ends[1];
	ends[1].other = ends[0];
	return [bearerOf(ends[0], right), bearerOf(ends[1], left)];
};
