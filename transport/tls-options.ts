import type {Socket} from 'node:net';
import type {TLSSocket} from 'node:tls';
import {type Identity, keyOfCertificate} from './identity.ts';
import {defaultSessionOptions, type SessionOptions} from './session-options.ts';

export type TlsTransportOptions = SessionOptions & {
	/** Connections that one listener serves at a time; more are refused. */
	readonly connectionsMax: number;
	/** Connections that this side opens at a time. */
	readonly socketsMax: number;
	/** Memory for bodies that a listener takes in at a time. */
	readonly bodyBytesMax: number;
	readonly handshakeMs: number;
};

export const defaultTlsOptions: TlsTransportOptions = {
	...defaultSessionOptions,
	connectionsMax: 256,
	socketsMax: 32,
	bodyBytesMax: 256 * 1024 * 1024,
	handshakeMs: 10_000,
};

/** For home routers: they fall over with many connections, and fill their buffers when much is sent at a time. */
export const gentleTlsOptions: Partial<TlsTransportOptions> & {readonly socketsMax: number} = {
	connectionsMax: 32,
	socketsMax: 8,
	bodyBytesMax: 64 * 1024 * 1024,
	bodiesMax: 1,
	handlersMax: 4,
};

const PROTOCOL = 'dcloud/1';

/** A request of some bytes does not wait in a buffer; a peer that is gone is noticed. */
export const tune = (socket: Socket): void => {
	socket.setNoDelay(true);
	socket.setKeepAlive(true, 60_000);
};

export const peerKeyOf = (socket: TLSSocket): Uint8Array | undefined =>
	socket.alpnProtocol === PROTOCOL ? keyOfCertificate(socket.getPeerX509Certificate()) : undefined;

export type TlsCredentials = {
	readonly key: string;
	readonly cert: string;
	readonly minVersion: 'TLSv1.3';
	readonly maxVersion: 'TLSv1.3';
	readonly rejectUnauthorized: false;
	readonly ALPNProtocols: string[];
};

/** Both sides show a certificate. */
export const tlsCredentials = ({privateKeyPem, certificatePem}: Identity): TlsCredentials => ({
	key: privateKeyPem,
	cert: certificatePem,
	minVersion: 'TLSv1.3',
	maxVersion: 'TLSv1.3',
	// No authority vouches for anybody: `peerKeyOf` is compared or judged instead, on both sides.
	rejectUnauthorized: false,
	ALPNProtocols: [PROTOCOL],
});
