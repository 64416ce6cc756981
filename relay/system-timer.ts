import {performance} from 'node:perf_hooks';
import type {Environment} from './timer.ts';

/** The machine's own clock and dice. */
export const systemEnvironment: Environment = {
	timer: {
		nowMs: () => performance.now(),
		after: (delayMs, call) => {
			const timeout = setTimeout(call, delayMs);
			return () => clearTimeout(timeout);
		},
	},
	random: () => Math.random(),
};
