import type {Timer} from './timer.ts';

/**
 * A limit in time that is set and cleared for every message. It leaves an armed timer alone and looks again when
 * that fires, so that setting costs reading the clock and no more.
 */
export class Deadline {
	readonly #timer: Timer;
	readonly #late: () => void;
	#atMs: number | undefined;
	#armedAtMs = 0;
	#cancel: (() => void) | undefined;

	constructor(timer: Timer, late: () => void) {
		this.#timer = timer;
		this.#late = late;
	}

	/** `late` is called in `delayMs`, unless the deadline is cleared or set anew before. */
	set(delayMs: number): void {
		this.#atMs = this.#timer.nowMs() + delayMs;
		if (this.#cancel !== undefined && this.#armedAtMs <= this.#atMs) return;
		this.#cancel?.();
		this.#arm(delayMs);
	}

	/** Keeps what is left of the time. */
	get isSet(): boolean {
		return this.#atMs !== undefined;
	}

	clear(): void {
		this.#atMs = undefined;
	}

	/** Clears, and leaves no timer behind. */
	stop(): void {
		this.#atMs = undefined;
		this.#cancel?.();
		this.#cancel = undefined;
	}

	#arm(delayMs: number): void {
		this.#armedAtMs = this.#timer.nowMs() + delayMs;
		this.#cancel = this.#timer.after(delayMs, () => {
			this.#cancel = undefined;
			if (this.#atMs === undefined) return;
			const left = this.#atMs - this.#timer.nowMs();
			if (left > 0) this.#arm(left);
			else {
				this.#atMs = undefined;
				this.#late();
			}
		});
	}
}
