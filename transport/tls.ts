/** The transport over TCP: TLS 1.3 only, both sides with a certificate of their Ed25519 key. */
import {connect as connectTls} from 'node:tls';
import {NodeError} from '#kernel/node-error';
import {identityOfSeed} from './identity.ts';
import {createInlet} from './inlet.ts';
import {awaitPeer} from './tls-connect.ts';
import {listenTls} from './tls-listen.ts';
import {defaultTlsOptions, type TlsTransportOptions, tlsCredentials} from './tls-options.ts';
import type {Transport} from './transport.ts';

/** A transport that proves the key of `seed` (Ed25519, 32 bytes). */
export const createTlsTransport = (
	seed: Uint8Array,
	overrides: Partial<TlsTransportOptions> = {},
): Transport => {
	const options: TlsTransportOptions = {...defaultTlsOptions, ...overrides};
	const identity = identityOfSeed(seed);
	const credentials = tlsCredentials(identity);
	let sockets = 0;

	const connect: Transport['connect'] = async ({endpoint, key}, {signal} = {}) => {
		signal?.throwIfAborted();
		if (endpoint === undefined) throw new NodeError({code: 'TRANSPORT_ENDPOINT_UNKNOWN'});
		if (sockets >= options.socketsMax)
			throw new NodeError({code: 'TRANSPORT_SOCKETS_EXHAUSTED', socketsMax: options.socketsMax});
		sockets++;
		const inlet = createInlet();
		const {host, port} = endpoint;
		// The types of `node:tls` do not name `onread`.
		const how = {...credentials, host, port, onread: inlet.onread};
		const socket = connectTls(how);
		socket.once('close', () => {
			sockets--;
		});
		return await awaitPeer({socket, inlet}, {endpoint, key}, {options, signal});
	};

	return {
		key: identity.key,
		listen: (endpoint, handler) => listenTls({credentials, options}, endpoint, handler),
		connect,
	};
};
