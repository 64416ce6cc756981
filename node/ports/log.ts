export type LogFields = Readonly<Record<string, unknown>>;

/**
 * What operators read. `message` is constant, data goes into `fields`: never keys, never a peer's raw bytes.
 * `error` needs a human, `warn` may soon, `info` is rare, `debug` per request.
 */
export type Log = {
	debug(message: string, fields?: LogFields): void;
	info(message: string, fields?: LogFields): void;
	warn(message: string, fields?: LogFields): void;
	error(message: string, fields?: LogFields): void;
	/** The same log under a domain such as `forge` or `sync`. */
	child(domain: string): Log;
};
