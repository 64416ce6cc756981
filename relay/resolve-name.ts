import {lookup} from 'node:dns/promises';
import {NodeError} from '#kernel/node-error';
import {abortable, endsWith} from './abort.ts';
import type {WithSignal} from './handlers.ts';

/** The IP addresses of a name. Rejects with RELAY_NAME_UNKNOWN, RELAY_NAME_LATE, or the signal's reason. */
export type NameResolver = (name: string, at: WithSignal) => Promise<readonly string[]>;

const RESOLVE_MS = 5_000;
/** The system resolver has four threads, which files need too, and a look-up cannot be called off. */
const LOOKUPS_MAX = 2;

/** Asks as every other program of this machine does, hosts file included. */
export const createNameResolver = (
	ask: (name: string) => Promise<readonly {readonly address: string}[]> = name => lookup(name, {all: true}),
	limitMs: number = RESOLVE_MS,
): NameResolver => {
	let underWay = 0;
	const late = (name: string): NodeError =>
		new NodeError({code: 'RELAY_NAME_LATE', name, message: `Nobody said in time where ${name} is.`});
	return async (name, {signal}) => {
		signal.throwIfAborted();
		if (underWay >= LOOKUPS_MAX) throw late(name);
		underWay++;
		const asked = ask(name).finally(() => underWay--);
		const limit = endsWith(signal);
		const timeout = setTimeout(limit.end, limitMs);
		try {
			return (await abortable(asked, limit.signal)).map(({address}) => address);
		} catch (cause) {
			signal.throwIfAborted();
			if (limit.signal.aborted) throw late(name);
			const message = `There is no address for ${name}.`;
			throw new NodeError({code: 'RELAY_NAME_UNKNOWN', name, message}, {cause});
		} finally {
			clearTimeout(timeout);
			limit.end();
		}
	};
};
