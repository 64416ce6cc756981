/** The UNIX socket of a node: tools on the same machine speak node-to-client there. */
import {chmod, lstat, rm} from 'node:fs/promises';
import {connect, createServer, type Socket} from 'node:net';
import {NodeError} from '#kernel/node-error';
import {tcpBearer} from './bearer/tcp.ts';
import {type LocalConnection, type LocalConnectionOptions, openLocalConnection} from './local-connection.ts';

/** Owner and group may use it: what a tool's user is made a member of. */
const MODE = 0o660;
/** Each has an open file and a few buffers. */
const CLIENTS_MAX = 64;
/** `sun_path` of Linux has 108 bytes with the zero at its end; that of macOS is four shorter. */
const PATH_BYTES_MAX = 103;

export type LocalListenerOptions = Omit<LocalConnectionOptions, 'bearer'> & {
	readonly path: string;
	/** A client has gone, or came no further than the handshake. */
	readonly left: (reason: unknown) => void;
};

export type LocalListener = {
	readonly path: string;
	/** Ends all connections and removes the socket. */
	readonly close: () => Promise<void>;
};

const refused = (code: string, path: string, message: string, cause?: unknown): NodeError =>
	new NodeError({code, path, message}, cause === undefined ? undefined : {cause});

const codeOf = (error: unknown): unknown =>
	typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;

/** Whether a process listens there. Rejects with what else went wrong. */
const isAnswered = (path: string): Promise<boolean> =>
	new Promise((resolve, reject) => {
		const socket = connect(path);
		socket.once('connect', () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', error => {
			if (codeOf(error) === 'ECONNREFUSED' || codeOf(error) === 'ENOENT') resolve(false);
			else reject(error);
		});
	});

/** Takes away the socket of a process that was killed. Rejects with RELAY_SOCKET_IN_USE and RELAY_SOCKET_PATH_TAKEN. */
const clear = async (path: string): Promise<void> => {
	let isSocket: boolean;
	try {
		isSocket = (await lstat(path)).isSocket();
	} catch (error) {
		if (codeOf(error) === 'ENOENT') return;
		throw error;
	}
	if (!isSocket)
		throw refused('RELAY_SOCKET_PATH_TAKEN', path, `${path} is there already, and it is not a socket.`);
	if (await isAnswered(path))
		throw refused('RELAY_SOCKET_IN_USE', path, `Another process listens on ${path}.`);
	await rm(path, {force: true});
};

const bind = async (
	path: string,
	accept: (socket: Socket) => void,
): Promise<ReturnType<typeof createServer>> => {
	try {
		await clear(path);
		const server = createServer(accept);
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(path, resolve);
		});
		await chmod(path, MODE);
		return server;
	} catch (error) {
		if (error instanceof NodeError) throw error;
		throw refused('RELAY_SOCKET_FAILED', path, `Listening on ${path} is not possible.`, error);
	}
};

/** Rejects with RELAY_SOCKET_PATH_LONG, RELAY_SOCKET_PATH_TAKEN, RELAY_SOCKET_IN_USE or RELAY_SOCKET_FAILED. */
export const listenLocally = async ({
	path,
	left,
	...options
}: LocalListenerOptions): Promise<LocalListener> => {
	if (Buffer.byteLength(path) > PATH_BYTES_MAX)
		throw refused(
			'RELAY_SOCKET_PATH_LONG',
			path,
			`The path of a socket has ${PATH_BYTES_MAX} bytes at most: choose a shorter one than ${path}.`,
		);
	const stopping = new AbortController();
	const sockets = new Set<Socket>();
	const open = new Set<LocalConnection>();

	const serve = async (socket: Socket): Promise<void> => {
		try {
			const bearer = tcpBearer(socket);
			const connection = await openLocalConnection({...options, bearer}, {signal: stopping.signal});
			open.add(connection);
			left(await connection.closed);
			open.delete(connection);
		} catch (reason) {
			left(reason);
		}
	};
	const accept = (socket: Socket): void => {
		if (sockets.size >= CLIENTS_MAX) {
			socket.destroy();
			left(new NodeError({code: 'RELAY_TOO_MANY_CONNECTIONS'}));
			return;
		}
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
		void serve(socket);
	};
	const server = await bind(path, accept);
	return {
		path,
		close: () =>
			new Promise(resolve => {
				// Removes the file as well, and calls when the last connection has ended.
				server.close(() => resolve());
				stopping.abort(new NodeError({code: 'RELAY_CLOSED'}));
				for (const connection of open) connection.close();
			}),
	};
};
