import type {Log} from '#node/ports/log';

const nothing = (): void => undefined;

/** A log that nobody reads. */
export const silentLog: Log = {
	debug: nothing,
	info: nothing,
	warn: nothing,
	error: nothing,
	child: () => silentLog,
};
