import {assert} from '#kernel/assert';
import type {After} from './session-options.ts';

/** Shorter pauses are put together: a timer for each small frame would cost more than it saves. */
const PAUSE_MS_MIN = 10;

type Waiting = {readonly bytes: number; readonly go: () => void};

/**
 * Lets bytes pass at a steady rate, shared by all connections that it is handed to: whoever comes while others wait,
 * waits behind them. It needs no clock: every passage makes the next one wait for as long as its bytes take.
 */
export class RateLimiter {
	readonly #bytesPerSecond: number;
	readonly #after: After;
	readonly #waiting: Waiting[] = [];
	#owedMs = 0;
	#pausing: boolean = false;

	constructor(bytesPerSecond: number, after: After) {
		assert(bytesPerSecond > 0, 'a rate is above zero');
		this.#bytesPerSecond = bytesPerSecond;
		this.#after = after;
	}

	/** Undefined: they may pass now. Else resolves when they may. */
	take(bytes: number): Promise<void> | undefined {
		if (!this.#pausing && this.#waiting.length === 0) {
			this.#charge(bytes);
			return undefined;
		}
		return new Promise<void>(go => this.#waiting.push({bytes, go}));
	}

	#charge(bytes: number): void {
		this.#owedMs += (bytes / this.#bytesPerSecond) * 1000;
		if (this.#owedMs < PAUSE_MS_MIN) return;
		const pauseMs = this.#owedMs;
		this.#owedMs = 0;
		this.#pausing = true;
		this.#after(pauseMs, () => {
			this.#pausing = false;
			this.#next();
		});
	}

	#next(): void {
		while (!this.#pausing) {
			const first = this.#waiting.shift();
			if (first === undefined) return;
			this.#charge(first.bytes);
			first.go();
		}
	}
}
