import type {Clock} from '#node/ports/clock';
import type {Environment} from '#relay/timer';
import {EventQueue} from './event-queue.ts';
import type {Random} from './random.ts';

/** Whoever has a clock: one life of a node, or a foe. The timers of a dead one never ring. */
export type Owner = {
	readonly name: string;
	isAlive: boolean;
	/** What its clock shows minus the true time. */
	skewMs: number;
	/**
	 * Asked when somebody who goes from slot to slot is to be woken: when to ask again, if nothing is to be done now.
	 * Undefined: wake it.
	 */
	sleepsUntil?: (timeMs: number) => number | undefined;
};

type Waiter = {timeMs: number; readonly orSetBack: boolean; readonly ring: () => void; cancel: () => void};

/** Time that jumps to whatever happens next. Several things of one instant happen together, in their order. */
export class VirtualTime {
	readonly #queue = new EventQueue();
	readonly #waiters = new Map<Owner, Set<Waiter>>();
	#nowMs: number;
	/** Instants at which something happened. */
	instants = 0;

	constructor(startMs: number) {
		this.#nowMs = startMs;
	}

	/** The true time, in milliseconds since 1970. */
	get nowMs(): number {
		return this.#nowMs;
	}

	/** Calls at a time, now at the earliest; returns how to call it off. */
	at(timeMs: number, call: () => void): () => void {
		const event = this.#queue.add(Math.max(timeMs, this.#nowMs), call);
		return () => {
			event.call = undefined;
		};
	}

	/** Makes everything of the next instant happen; false when nothing is left up to `untilMs`, which it is then. */
	step(untilMs: number): boolean {
		const nextMs = this.#queue.nextMs();
		if (nextMs === undefined || nextMs > untilMs) {
			this.#nowMs = untilMs;
			return false;
		}
		this.#nowMs = nextMs;
		this.instants++;
		// What is planned for this instant meanwhile has its turn after a drain.
		const order = this.#queue.nextOrder;
		for (let event = this.#queue.takeAt(nextMs, order); event !== undefined; ) {
			event.call?.();
			event = this.#queue.takeAt(nextMs, order);
		}
		return true;
	}

	/** The node's port. What it shows is off by the owner's skew. */
	clock(owner: Owner): Clock {
		return {
			now: () => this.#nowMs + owner.skewMs,
			waitUntil: (timeMs, {signal, orSetBack = false}) =>
				new Promise((resolve, reject) => {
					if (signal.aborted) return reject(signal.reason);
					if (timeMs <= this.#nowMs + owner.skewMs) return resolve();
					this.#wait(owner, {timeMs, orSetBack, signal}, resolve, reject);
				}),
		};
	}

	/** Timers of connections: they measure spans, and no clock that is set disturbs them. */
	environment(owner: Owner, random: Random): Environment {
		return {
			timer: {
				nowMs: () => this.#nowMs,
				after: (delayMs, call) =>
					this.at(this.#nowMs + Math.max(delayMs, 0), () => {
						if (owner.isAlive) call();
					}),
			},
			random: () => random.next(),
		};
	}

	/** Sets an owner's clock: whoever waits for a time of day waits longer or shorter from now on. */
	setSkew(owner: Owner, skewMs: number): void {
		const isSetBack = skewMs < owner.skewMs;
		owner.skewMs = skewMs;
		for (const waiter of [...(this.#waiters.get(owner) ?? [])]) {
			waiter.cancel();
			if (isSetBack && waiter.orSetBack) waiter.ring();
			else this.#arm(owner, waiter);
		}
	}

	/** Nobody hears from a dead owner's clock again. */
	forget(owner: Owner): void {
		for (const waiter of this.#waiters.get(owner) ?? []) waiter.cancel();
		this.#waiters.delete(owner);
	}

	#wait(
		owner: Owner,
		{
			timeMs,
			orSetBack,
			signal,
		}: {readonly timeMs: number; readonly orSetBack: boolean; readonly signal: AbortSignal},
		resolve: () => void,
		reject: (reason: unknown) => void,
	): void {
		const waiters = this.#waiters.get(owner) ?? new Set<Waiter>();
		this.#waiters.set(owner, waiters);
		const abort = (): void => {
			waiter.cancel();
			waiters.delete(waiter);
			reject(signal.reason);
		};
		const waiter: Waiter = {
			timeMs,
			orSetBack,
			cancel: () => undefined,
			ring: () => {
				waiters.delete(waiter);
				signal.removeEventListener('abort', abort);
				if (owner.isAlive) resolve();
			},
		};
		waiters.add(waiter);
		signal.addEventListener('abort', abort, {once: true});
		this.#arm(owner, waiter);
	}

	#arm(owner: Owner, waiter: Waiter): void {
		const {orSetBack, ring} = waiter;
		waiter.cancel = this.at(waiter.timeMs - owner.skewMs, () => {
			const againMs = orSetBack && owner.isAlive ? owner.sleepsUntil?.(waiter.timeMs) : undefined;
			if (againMs === undefined) return ring();
			waiter.timeMs = againMs;
			this.#arm(owner, waiter);
		});
	}
}
