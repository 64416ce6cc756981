import type {Clock} from '#node/ports/clock';
import {onAbort} from '#relay/abort';

/** Nobody sees it; a reason that is there spares making an exception each time. */
const ENDED = 'ended';

/** Remembers that something happened until somebody has looked. For one waiter. */
export class Latch {
	#isSet = false as boolean;
	#wake: (() => void) | undefined;

	set(): void {
		this.#isSet = true;
		this.#wake?.();
	}

	/** Resolves when it is set, at once if it is, or at a time (undefined: never); unset then. Rejects with the signal's reason. */
	async wait(
		clock: Clock,
		untilMs: number | undefined,
		{signal}: {readonly signal: AbortSignal},
	): Promise<void> {
		signal.throwIfAborted();
		if (!this.#isSet) await this.#waitFor(clock, untilMs, signal);
		this.#isSet = false;
	}

	#waitFor(clock: Clock, untilMs: number | undefined, signal: AbortSignal): Promise<void> {
		return new Promise((resolve, reject) => {
			// Most waits have no end: they need nothing that can be called off.
			const timer = untilMs === undefined ? undefined : new AbortController();
			const end = (): void => {
				this.#wake = undefined;
				stop();
				timer?.abort(ENDED);
			};
			const stop = onAbort(signal, () => {
				end();
				reject(signal.reason);
			});
			const wake = (): void => {
				end();
				resolve();
			};
			this.#wake = wake;
			if (timer === undefined || untilMs === undefined) return;
			clock.waitUntil(untilMs, timer).then(
				() => {
					if (this.#wake === wake) wake();
				},
				() => undefined,
			);
		});
	}
}

/** `promise`, or undefined when the time comes first; the promise is then left to itself. */
export const beforeTime = async <T>(
	promise: Promise<T>,
	clock: Clock,
	timeMs: number,
): Promise<{readonly value: T} | undefined> => {
	const ended = new AbortController();
	// Whichever loses may still reject, and nobody listens then.
	promise.catch(() => undefined);
	const late = clock.waitUntil(timeMs, {signal: ended.signal}).then(() => undefined);
	late.catch(() => undefined);
	try {
		return await Promise.race([promise.then(value => ({value})), late]);
	} finally {
		ended.abort(ENDED);
	}
};
