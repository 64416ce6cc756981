import {setTimeout} from 'node:timers/promises';
import type {Clock} from '#node/ports/clock';

/** Longer waits are cut into pieces, so that a clock that is set while we wait is noticed. */
const WAIT_MS_MAX = 60_000;

/** The clock of this machine. `now` is there for tests that set it. */
export const createSystemClock = (now: () => number = Date.now): Clock => ({
	now,
	waitUntil: async (timeMs, {signal, orSetBack = false}) => {
		signal.throwIfAborted();
		const begunMs = now();
		for (let left = timeMs - begunMs; left > 0; left = timeMs - now()) {
			if (orSetBack && now() < begunMs) return;
			try {
				await setTimeout(Math.min(Math.ceil(left), WAIT_MS_MAX), undefined, {signal});
			} catch {
				// Only an abort ends a timer early; its reason is what callers compare.
				signal.throwIfAborted();
			}
		}
	},
});
