import type {TLSSocket} from 'node:tls';
import {equalBytes, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {formatEndpoint} from '#transport/protocols/endpoint';
import {ClientSession} from './client-session.ts';
import type {Inlet} from './inlet.ts';
import {peerKeyOf, type TlsTransportOptions, tune} from './tls-options.ts';
import type {PeerAddress, Session} from './transport.ts';

/** Waits for the handshake of a new socket and compares the key that the peer proves. */
export const awaitPeer = (
	{socket, inlet}: {readonly socket: TLSSocket; readonly inlet: Inlet},
	{endpoint, key}: Required<Pick<PeerAddress, 'endpoint' | 'key'>>,
	{options, signal}: {readonly options: TlsTransportOptions; readonly signal: AbortSignal | undefined},
): Promise<Session> =>
	new Promise<Session>((resolve, reject) => {
		const where = formatEndpoint(endpoint);
		const fail = (error: unknown): void => {
			settle();
			socket.on('error', () => undefined);
			socket.destroy();
			reject(error);
		};
		const onAbort = (): void => fail(signal?.reason);
		const onError = (cause: Error): void =>
			fail(new NodeError({code: 'TRANSPORT_CONNECT_FAILED', endpoint: where}, {cause}));
		const onClose = (): void => fail(new NodeError({code: 'TRANSPORT_CONNECT_FAILED', endpoint: where}));
		const callOff = options.after(options.handshakeMs, () =>
			fail(new NodeError({code: 'TRANSPORT_CONNECT_TIMEOUT', endpoint: where})),
		);
		const settle = (): void => {
			callOff();
			socket.off('error', onError);
			socket.off('close', onClose);
			signal?.removeEventListener('abort', onAbort);
		};
		signal?.addEventListener('abort', onAbort, {once: true});
		socket.once('error', onError);
		socket.once('close', onClose);
		socket.once('secureConnect', () => {
			const peer = peerKeyOf(socket);
			if (peer === undefined || !equalBytes(peer, key)) {
				const found = peer === undefined ? 'none' : toHex(peer);
				fail(
					new NodeError({
						code: 'TRANSPORT_PEER_KEY_WRONG',
						endpoint: where,
						wanted: toHex(key),
						found,
					}),
				);
				return;
			}
			settle();
			tune(socket);
			resolve(new ClientSession(socket, peer, {...options, inlet}));
		});
	});
