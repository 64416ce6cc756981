import type {AddressInfo, Socket} from 'node:net';
import {createServer, type Server} from 'node:tls';
import {NodeError} from '#kernel/node-error';
import {type Endpoint, formatEndpoint} from '#transport/protocols/endpoint';
import {BodyMemory} from './body-memory.ts';
import {ServerSession} from './server-session.ts';
import {peerKeyOf, type TlsCredentials, type TlsTransportOptions, tune} from './tls-options.ts';
import type {Listener, RequestHandler} from './transport.ts';

const bind = (server: Server, endpoint: Endpoint): Promise<void> =>
	new Promise<void>((resolve, reject) => {
		server.on('error', cause =>
			reject(
				new NodeError(
					{
						code: 'TRANSPORT_LISTEN_FAILED',
						message: `Cannot listen on ${formatEndpoint(endpoint)}: is the port in use? Choose another one.`,
						endpoint: formatEndpoint(endpoint),
					},
					{cause},
				),
			),
		);
		server.listen(endpoint.port, endpoint.host, resolve);
	});

/** Listens until it is closed. Throws TRANSPORT_LISTEN_FAILED. */
export const listenTls = async (
	{credentials, options}: {readonly credentials: TlsCredentials; readonly options: TlsTransportOptions},
	endpoint: Endpoint,
	handler: RequestHandler,
): Promise<Listener> => {
	const bodies = new BodyMemory(options.bodyBytesMax);
	const sessions = new Set<ServerSession>();
	const raw = new Set<Socket>();
	const server = createServer({
		...credentials,
		requestCert: true,
		handshakeTimeout: options.handshakeMs,
	});
	server.maxConnections = options.connectionsMax;
	server.on('connection', socket => {
		raw.add(socket);
		socket.on('close', () => raw.delete(socket));
	});
	server.on('secureConnection', socket => {
		const peer = peerKeyOf(socket);
		if (peer === undefined) {
			socket.destroy();
			return;
		}
		tune(socket);
		const session = new ServerSession(socket, peer, {handler, options, bodies});
		sessions.add(session);
		socket.on('close', () => sessions.delete(session));
	});
	// A handshake that fails is the peer's affair; its socket is closed by then.
	server.on('tlsClientError', (_error, socket) => socket.destroy());
	await bind(server, endpoint);
	const close = async (): Promise<void> => {
		const closed = new Promise<void>(resolve => server.close(() => resolve()));
		const open = [...sessions];
		for (const session of open) session.close();
		for (const socket of raw) socket.destroy();
		await Promise.all(open.map(session => session.finished()));
		await closed;
	};
	return {
		endpoint: {host: endpoint.host, port: (server.address() as AddressInfo).port},
		get connections() {
			return sessions.size;
		},
		close,
	};
};
