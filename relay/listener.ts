import {createServer, type Socket} from 'node:net';
import {NodeError} from '#kernel/node-error';
import {onAbort} from './abort.ts';
import {type Address, addressText} from './bearer/bearer.ts';
import {tcpBearer, WRITE_AHEAD_BYTES} from './bearer/tcp.ts';
import {type Connection, type ConnectionOptions, openConnection} from './connection.ts';
import {
	arrived,
	createInboundGovernor,
	departed,
	INBOUND_LIMITS,
	type InboundGovernor,
} from './inbound-governor.ts';
import {limitKeyOf} from './ip-address.ts';
import {relayError} from './relay-error.ts';
import {systemEnvironment} from './system-timer.ts';
import {sleep, type Timer} from './timer.ts';

export type ListenerOptions = Omit<ConnectionOptions, 'bearer' | 'direction'> & {
	/** Port 0 takes a free one. */
	readonly address: Address;
	/** Connections from outside, all together; default 512. */
	readonly inboundMax?: number;
	/** From so many on everybody waits before the handshake; default 384. */
	readonly inboundSoftMax?: number;
	/** The longest that anybody waits then; default 5,000. */
	readonly inboundDelayMsMax?: number;
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

/** Lets sockets in as the inbound governor decides, and tells it when they are gone. */
class Doorkeeper {
	readonly #sockets = new Set<Socket>();
	readonly #timer: Timer;
	#governor: InboundGovernor;
	#emptied: () => void = () => undefined;

	constructor(options: ListenerOptions) {
		const {hardMax, softMax, perAddressMax} = INBOUND_LIMITS;
		const {inboundMax = hardMax} = options;
		this.#timer = (options.environment ?? systemEnvironment).timer;
		this.#governor = createInboundGovernor({
			hardMax: inboundMax,
			softMax: Math.min(options.inboundSoftMax ?? softMax, inboundMax),
			perAddressMax: options.perAddressMax ?? perAddressMax,
			delayMsMax: options.inboundDelayMsMax,
		});
	}

	get count(): number {
		return this.#sockets.size;
	}

	/** How long the socket has to wait; it counts until it closes. Undefined: there is no room for it. */
	admit(socket: Socket): number | undefined {
		const host = limitKeyOf(socket.remoteAddress ?? '');
		const {governor, verdict} = arrived(this.#governor, host, this.#timer.nowMs());
		this.#governor = governor;
		if (verdict.kind === 'refuse') return undefined;
		this.#sockets.add(socket);
		socket.once('close', () => this.#leave(socket, host));
		return verdict.delayMs;
	}

	/** Calls when the last socket has closed; at once if none is open. */
	whenEmpty(call: () => void): void {
		if (this.#sockets.size === 0) call();
		else this.#emptied = call;
	}

	#leave(socket: Socket, host: string): void {
		this.#governor = departed(this.#governor, host);
		this.#sockets.delete(socket);
		if (this.#sockets.size === 0) this.#emptied();
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
	const doorkeeper = new Doorkeeper(options);
	const {timer} = options.environment ?? systemEnvironment;
	const stopping = new AbortController();
	const open = new Set<Connection>();

	/** Nothing of it is read meanwhile. */
	const waitFor = async (socket: Socket, delayMs: number): Promise<void> => {
		try {
			await sleep(timer, delayMs, stopping.signal);
		} catch (reason) {
			socket.destroy();
			throw reason;
		}
	};

	const accept = async (socket: Socket): Promise<void> => {
		const bearer = tcpBearer(socket);
		const delayMs = doorkeeper.admit(socket);
		if (delayMs === undefined) {
			socket.destroy();
			refused(bearer.remote, new NodeError({code: 'RELAY_TOO_MANY_CONNECTIONS'}));
			return;
		}
		try {
			if (delayMs > 0) await waitFor(socket, delayMs);
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
