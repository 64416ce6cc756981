/** Ports for programs that must be told theirs, or come back to it. */
import {createServer, type Server} from 'node:net';
import process from 'node:process';
import type {ExecutionContext} from 'ava';

/** Below what the system gives to those who ask for any port: nobody gets one of these by chance. */
const FIRST_PORT = 20_000;
const PAIRS = 5_000;

const listening = (port: number): Promise<Server | undefined> =>
	new Promise(resolve => {
		const server = createServer().once('error', () => resolve(undefined));
		server.listen(port, '127.0.0.1', () => resolve(server));
	});

const closed = (server: Server): Promise<void> => new Promise(resolve => server.close(() => resolve()));

/** A port that nobody listens on, and that no other test gets before this one ends: whoever holds the odd one has the even one. */
export const ownPort = async (t: Pick<ExecutionContext, 'teardown'>): Promise<number> => {
	for (let pair = process.pid % PAIRS; ; pair = (pair + 1) % PAIRS) {
		const port = FIRST_PORT + 2 * pair;
		const guard = await listening(port + 1);
		if (guard === undefined) continue;
		const own = await listening(port);
		if (own === undefined) {
			await closed(guard);
			continue;
		}
		await closed(own);
		t.teardown(() => closed(guard));
		return port;
	}
};
