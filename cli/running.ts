import process from 'node:process';

/**
 * Waits for the end of a long-running command: Ctrl-C or SIGTERM (through `signal`), or the closing of the channel to
 * the process that started it, so that a devnet leaves nothing behind even when its parent is killed.
 */
export const untilStopped = (signal: AbortSignal): Promise<undefined> =>
	new Promise(resolve => {
		if (signal.aborted) return resolve(undefined);
		signal.addEventListener('abort', () => resolve(undefined), {once: true});
		if (process.channel !== undefined) process.once('disconnect', () => resolve(undefined));
	});

/** Lets the process end although its parent still has a channel to it. */
export const leaveParent = (): void => {
	if (process.channel !== undefined && process.connected) process.disconnect();
};
