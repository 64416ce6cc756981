import type {Failure} from '#kernel/result';
import type {RateLimiter} from './rate-limiter.ts';

/** A timer that tests can turn by hand. Returns how to call it off. */
export type After = (delayMs: number, callback: () => void) => () => void;

export type SessionOptions = {
	readonly after: After;
	/** With something under way and no byte moved for this long, the connection ends. */
	readonly stallMs: number;
	/** Bytes of an announced body that must come within `stallMs`, so that nobody holds memory by trickling. */
	readonly stallBytesMin: number;
	/** A connection without requests is closed after about this long by the side that serves. */
	readonly idleMs: number;
	/** Requests of one connection that are open at a time. */
	readonly requestsMax: number;
	/** Request bodies that one connection sends at a time. */
	readonly bodiesMax: number;
	/** Handlers that run for one connection at a time; further requests wait. */
	readonly handlersMax: number;
	/** The rate of all that is sent; without it as fast as it goes. */
	readonly uplink?: RateLimiter | undefined;
	/** The rate of all that is taken in. */
	readonly downlink?: RateLimiter | undefined;
	/** Sees why a peer was cut off. */
	readonly onCut?: ((peer: Uint8Array, failure: Failure) => void) | undefined;
	/** Sees what a handler threw that was no NodeError: a bug. */
	readonly onBug: (error: unknown) => void;
};

export const afterRealTime: After = (delayMs, callback) => {
	const timer = setTimeout(callback, delayMs);
	// A waiting timer alone keeps no process alive.
	timer.unref();
	return () => clearTimeout(timer);
};

export const defaultSessionOptions: SessionOptions = {
	after: afterRealTime,
	stallMs: 30_000,
	stallBytesMin: 64 * 1024,
	idleMs: 300_000,
	requestsMax: 64,
	bodiesMax: 2,
	handlersMax: 8,
	onBug: error => {
		// Without anybody to tell, a bug must not pass in silence.
		queueMicrotask(() => {
			throw error;
		});
	},
};
