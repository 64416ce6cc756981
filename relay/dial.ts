import {connect} from 'node:net';
import {NodeError} from '#kernel/node-error';
import {onAbort} from './abort.ts';
import {type Address, addressText} from './bearer/bearer.ts';
import {tcpBearer, WRITE_AHEAD_BYTES} from './bearer/tcp.ts';
import {type Connection, type ConnectionOptions, openConnection} from './connection.ts';
import type {WithSignal} from './handlers.ts';

/** How long a peer has to take up a connection. */
export const DIAL_MS = 10_000;

export type DialOptions = Omit<ConnectionOptions, 'bearer' | 'direction'>;

type Bearer = ReturnType<typeof tcpBearer>;

/** Connects a socket. Rejects with RELAY_DIAL_FAILED, or with the signal's reason. */
export const dialBearer = (address: Address, {signal}: WithSignal): Promise<Bearer> =>
	connectBearer({...address}, addressText(address), signal);

/** The same with the UNIX socket of a node on this machine. */
export const dialSocket = (path: string, {signal}: WithSignal): Promise<Bearer> =>
	connectBearer({path}, path, signal);

const connectBearer = (
	target: {readonly host: string; readonly port: number} | {readonly path: string},
	name: string,
	signal: AbortSignal,
): Promise<Bearer> =>
	new Promise((resolve, reject) => {
		if (signal.aborted) {
			reject(signal.reason);
			return;
		}
		// The types do not know that a socket takes a stream's options.
		const options = {...target, highWaterMark: WRITE_AHEAD_BYTES / 4};
		const socket = connect(options);
		const give = (settle: () => void): void => {
			socket.setTimeout(0);
			socket.off('timeout', late);
			socket.off('error', fail);
			stopListening();
			settle();
		};
		const fail = (cause: unknown): void =>
			give(() => {
				// A late error of a socket that nobody wants must not end the process.
				socket.on('error', () => undefined);
				socket.destroy();
				const message = `There is no connection to ${name}.`;
				reject(
					signal.aborted
						? signal.reason
						: new NodeError({code: 'RELAY_DIAL_FAILED', message, ...target}, {cause}),
				);
			});
		const stopListening = onAbort(signal, () => fail(signal.reason));
		const late = (): void => fail(new NodeError({code: 'RELAY_DIAL_LATE'}));
		socket.setTimeout(DIAL_MS);
		socket.once('timeout', late);
		socket.once('error', fail);
		socket.once('connect', () => give(() => resolve(tcpBearer(socket))));
	});

/** Connects to a peer and shakes hands. */
export const dial = async (
	address: Address,
	options: DialOptions,
	{signal}: WithSignal,
): Promise<Connection> => {
	const bearer = await dialBearer(address, {signal});
	return openConnection({...options, bearer, direction: 'outbound'}, {signal});
};
