import {setTimeout} from 'node:timers/promises';
import type {Clock} from '#node/ports/clock';

/** Longer waits are cut into pieces, so that a clock that is set while we wait is noticed. */
const WAIT_MS_MAX = 60_000;

/** The clock of this machine. */
export const createSystemClock = (): Clock => ({
	now: () => Date.now(),
	waitUntil: async (timeMs, {signal}) => {
		signal.throwIfAborted();
		for (let left = timeMs - Date.now(); left > 0; left = timeMs - Date.now()) {
			try {
				await setTimeout(Math.min(Math.ceil(left), WAIT_MS_MAX), undefined, {signal});
			} catch {
				// Only an abort ends a timer early; its reason is what callers compare.
				signal.throwIfAborted();
			}
		}
	},
});
