import {setTimeout as delay} from 'node:timers/promises';
import {NodeError} from '#kernel/node-error';

const POLL_MS = 150;

/** Asks again and again until `holds` answers true. Throws EVENT_MISSING after `msMax`. */
export const until = async (
	what: string,
	msMax: number,
	signal: AbortSignal,
	holds: () => Promise<boolean>,
): Promise<void> => {
	const deadline = performance.now() + msMax;
	while (!(await holds())) {
		signal.throwIfAborted();
		if (performance.now() > deadline)
			throw new NodeError({code: 'EVENT_MISSING', message: `Not seen within ${msMax / 1000} s: ${what}.`});
		await delay(POLL_MS, undefined, {signal});
	}
};
