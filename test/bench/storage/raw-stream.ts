/** Bytes over one bare stream, for comparison: TLS, and libp2p with noise and yamux. */
import {once} from 'node:events';
import {performance} from 'node:perf_hooks';
import type {Duplex} from 'node:stream';
import {connect, createServer} from 'node:tls';
import {defined} from '#kernel/assert';
import {identityOfSeed} from '#transport/identity';
import {parseAddress} from '#transport/libp2p/addresses';
import {Libp2pHost} from '#transport/libp2p/host';
import {defaultHostOptions} from '#transport/libp2p/host-options';
import {duplexOf} from '#transport/libp2p/stream-duplex';
import {defaultTlsOptions, tlsCredentials} from '#transport/tls-options';
import {party} from '../../support/ledger-chain.ts';
import {RAW_UNIT_BYTES, type RawPlaces} from './provider-messages.ts';

const CHUNK_BYTES = 256 * 1024;
const PROTOCOL = '/dcloud/bench/1';

const sendChunks = async (stream: Duplex, count: number): Promise<void> => {
	const chunk = new Uint8Array(CHUNK_BYTES);
	for (let sent = 0; sent < count; sent++) if (!stream.write(chunk)) await once(stream, 'drain');
	stream.end();
};

/** The first byte is 0 when the rest is to be taken, or says how many units are to be sent. */
const answer = (stream: Duplex): void => {
	stream.on('error', () => undefined);
	stream.once('data', (first: Uint8Array) => {
		const units = first[0] as number;
		if (units > 0) {
			sendChunks(stream, units * (RAW_UNIT_BYTES / CHUNK_BYTES)).catch(() => undefined);
			return;
		}
		let taken = first.length;
		stream.on('data', bytes => {
			taken += bytes.length;
		});
		// The answer says that all has arrived.
		stream.on('end', () => stream.end(String(taken)));
	});
};

/** Bytes a second. */
const move = async (stream: Duplex, direction: 'put' | 'get', bytes: number): Promise<number> => {
	const start = performance.now();
	let received = 0;
	stream.on('data', part => {
		received += part.length;
	});
	const ended = once(stream, 'end');
	if (direction === 'get') stream.write(Uint8Array.of(bytes / RAW_UNIT_BYTES));
	else await sendChunks(stream, bytes / CHUNK_BYTES);
	await ended;
	const seconds = (performance.now() - start) / 1000;
	stream.destroy();
	return (direction === 'put' ? bytes : received) / seconds;
};

/** Answers bare streams of both kinds; `stops` gets what ends that. */
export const serveRaw = async (stops: (() => Promise<void>)[]): Promise<RawPlaces> => {
	const {seed} = party('raw');
	const {handshakeMs} = defaultTlsOptions;
	const credentials = tlsCredentials(identityOfSeed(seed));
	const server = createServer({...credentials, requestCert: true, handshakeTimeout: handshakeMs}, answer);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const host = new Libp2pHost(seed, {...defaultHostOptions, listen: ['/ip4/127.0.0.1/tcp/0']});
	const {node} = await host.hold();
	await node.handle(PROTOCOL, stream => answer(duplexOf(stream)));
	stops.push(async () => {
		server.close();
		await host.close();
	});
	return {
		port: (server.address() as {port: number}).port,
		address: String(defined(node.getMultiaddrs()[0], 'it listens')),
	};
};

/** Bytes a second of one bare TLS stream to a provider's process. `bytes` is a multiple of 16 MiB, at most 4 GiB. */
export const rawTlsStream = async (
	{port}: RawPlaces,
	direction: 'put' | 'get',
	bytes: number,
): Promise<number> => {
	const credentials = tlsCredentials(identityOfSeed(party('raw client').seed));
	const socket = connect({...credentials, host: '127.0.0.1', port});
	await once(socket, 'secureConnect');
	return await move(socket, direction, bytes);
};

/** The same over one stream of libp2p. */
export const rawLibp2pStream = async (
	{address}: RawPlaces,
	direction: 'put' | 'get',
	bytes: number,
): Promise<number> => {
	const host = new Libp2pHost(party('raw client').seed, defaultHostOptions);
	const {node} = await host.hold();
	try {
		const connection = await node.dial(defined(parseAddress(address), 'it is an address'));
		return await move(duplexOf(await connection.newStream(PROTOCOL)), direction, bytes);
	} finally {
		await host.close();
	}
};

export type BareTask = {readonly places: RawPlaces; readonly bytes: number};

/** Bytes a second. */
export type BareRates = {
	readonly tlsPut: number;
	readonly tlsGet: number;
	readonly libp2pPut: number;
	readonly libp2pGet: number;
};
