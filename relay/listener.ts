import {createServer, type Socket} from 'node:net';
import {NodeError} from '#kernel/node-error';
import {onAbort} from './abort.ts';
import {type Address, addressText} from './bearer/bearer.ts';
import {tcpBearer, WRITE_AHEAD_BYTES} from './bearer/tcp.ts';
import {type Connection, type ConnectionOptions, openConnection} from './connection.ts';
import {relayError} from './relay-error.ts';

/** Connections from outside, all together. */
export const INBOUND_MAX = 512;

export type ListenerOptions = Omit<ConnectionOptions, 'bearer' | 'direction'> & {
	/** Port 0 takes a free one. */
	readonly address: Address;
	readonly inboundMax?: number;
	/** Connections from one IP address; default 32. */
	readonly perAddressMax?: number;
	readonly connected: (connection: Connection) => void;
	/** A peer that came no further than the handshake, or was one too many (RELAY_TOO_MANY_CONNECTIONS). */
	readonly refused?: (remote: Address, reason: unknown) => void;
};

export type Listener = {
	readonly address: Address;
	/** Connections that are open now, handshakes included. */
	readonly inboundCount: () => number;
	/** Stops listening, ends all connections that came in, and resolves when that is done. */
	readonly close: () => Promise<void>;
};

const PER_ADDRESS_MAX = 32;

/** Counts sockets, all together and by address. */
class Doorkeeper {
	readonly #sockets = new Set<Socket>();
	readonly #byHost = new Map<string, number>();
	readonly #max: number;
	readonly #perHostMax: number;
	#emptied: () => void = () => undefined;

	constructor(max: number, perHostMax: number) {
		this.#max = max;
		this.#perHostMax = perHostMax;
	}

	get count(): number {
		return this.#sockets.size;
	}

	/** False when there is no room; else the socket counts until it closes. */
	admit(socket: Socket): boolean {
		const host = socket.remoteAddress ?? '';
		const fromHost = this.#byHost.get(host) ?? 0;
		if (this.#sockets.size >= this.#max || fromHost >= this.#perHostMax) return false;
		this.#sockets.add(socket);
		this.#byHost.set(host, fromHost + 1);
		socket.once('close', () => this.#leave(socket, host));
		return true;
	}

	/** Calls when the last socket has closed; at once if none is open. */
	whenEmpty(call: () => void): void {
		if (this.#sockets.size === 0) call();
		else this.#emptied = call;
	}

	#leave(socket: Socket, host: string): void {
		this.#sockets.delete(socket);
		if (this.#sockets.size === 0) this.#emptied();
		const left = (this.#byHost.get(host) ?? 1) - 1;
		if (left === 0) this.#byHost.delete(host);
		else this.#byHost.set(host, left);
	}
}

const listenError = (address: Address, cause: NodeJS.ErrnoException): NodeError => {
	const where = addressText(address);
	return cause.code === 'EADDRINUSE'
		? new NodeError(
				{
					code: 'RELAY_PORT_IN_USE',
					message: `Another program listens on ${where}; choose another port.`,
					...address,
				},
				{cause},
			)
		: new NodeError(
				{code: 'RELAY_LISTEN_FAILED', message: `Listening on ${where} is not possible.`, ...address},
				{cause},
			);
};

/** Accepts peers over TCP. Rejects with RELAY_PORT_IN_USE or RELAY_LISTEN_FAILED. */
export const listen = async (options: ListenerOptions): Promise<Listener> => {
	const {address, connected, refused = () => undefined} = options;
	const doorkeeper = new Doorkeeper(
		options.inboundMax ?? INBOUND_MAX,
		options.perAddressMax ?? PER_ADDRESS_MAX,
	);
	const stopping = new AbortController();
	const open = new Set<Connection>();

	const accept = async (socket: Socket): Promise<void> => {
		const bearer = tcpBearer(socket);
		if (!doorkeeper.admit(socket)) {
			socket.destroy();
			refused(bearer.remote, new NodeError({code: 'RELAY_TOO_MANY_CONNECTIONS'}));
			return;
		}
		try {
			const connection = await openConnection(
				{...options, bearer, direction: 'inbound'},
				{signal: stopping.signal},
			);
			open.add(connection);
			onAbort(connection.signal, () => open.delete(connection));
			connected(connection);
		} catch (reason) {
			refused(bearer.remote, reason);
		}
	};

	const server = createServer({highWaterMark: WRITE_AHEAD_BYTES / 4}, socket => void accept(socket));
	await new Promise<void>((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(address, error)));
		server.listen(address.port, address.host, resolve);
	});
	const bound = server.address();
	const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
	return {
		address: {host: address.host, port},
		inboundCount: () => doorkeeper.count,
		close: () =>
			new Promise(resolve => {
				// The server forgets a socket before the socket says that it has closed.
				server.close(() => doorkeeper.whenEmpty(resolve));
				const reason = relayError('RELAY_CLOSED');
				stopping.abort(reason);
				for (const connection of open) connection.close(reason);
			}),
	};
};
