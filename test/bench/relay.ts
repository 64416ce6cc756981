import {connect, createServer, type Socket} from 'node:net';
import {performance} from 'node:perf_hooks';
import harmoniclabs from '@harmoniclabs/ouroboros-miniprotocols-ts';
import {defined} from '#kernel/assert';
import type {HeaderHash} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import type {Connection} from '#relay/connection';
import {dial} from '#relay/dial';
import type {PeerHandlers} from '#relay/handlers';
import {listen} from '#relay/listener';
import type {ChainUpdate} from '#relay/protocols/chain-sync/messages';
import {type Bench, type Figure, moreIsBetter} from './bench.ts';

const {signal} = new AbortController();
const LOOPBACK = {host: '127.0.0.1', port: 0};
const HEADER_BYTES = 900;
const HEADERS = 40_000;
const BLOCK_BYTES = 65_536;
const BLOCKS = 3_000;
/** The longest that a frame of the package holds, and as much as it is given: most runs break off before. */
const PACKAGE_PAYLOAD_BYTES = 65_535;
const PACKAGE_BYTES = 64_000_000;
const PACKAGE_HEADERS_BYTES = 18_000_000;
const PACKAGE_STALL_MS = 1_000;

const point = {slot: Slot(1), hash: new Uint8Array(32).fill(1) as HeaderHash};
const tip = {...point, blockNo: BlockNo(9)};
const forward: ChainUpdate = {
	kind: 'rollForward',
	header: {era: 6, bytes: new Uint8Array(HEADER_BYTES).fill(3)},
	tip,
};

/** Serves the same header and the same block again and again. */
const handlers = (): PeerHandlers => ({
	chain: {
		findIntersect: async () => ({intersect: 'origin', tip}),
		next: async () => forward,
		waitForChange: async () => undefined,
		close: () => undefined,
	},
	blocks: {
		range: async () => {
			const block = new Uint8Array(BLOCK_BYTES).fill(7);
			return (async function* () {
				for (let index = 0; index < BLOCKS; index++) yield block;
			})();
		},
	},
});

/** Units a second of `work` over a connection within this process: both ends share its one thread. */
const measure = async (work: (connection: Connection) => Promise<number>): Promise<number> => {
	const listener = await listen({address: LOOPBACK, networkMagic: 1, handlers, connected: () => undefined});
	const connection = await dial(listener.address, {networkMagic: 1, handlers: () => ({})}, {signal});
	let best = 0;
	for (let round = 0; round < 3; round++) {
		const start = performance.now();
		const units = await work(connection);
		best = Math.max(best, (units / (performance.now() - start)) * 1_000);
	}
	connection.close();
	await listener.close();
	return best;
};

/** Bytes a second through a plain socket on loopback, in pieces of `pieceBytes`. */
const rawPipe = async (totalBytes: number, pieceBytes: number): Promise<number> => {
	const piece = new Uint8Array(pieceBytes).fill(7);
	const server = createServer(socket => {
		let left = totalBytes;
		const pump = (): void => {
			while (left > 0) {
				left -= pieceBytes;
				if (!socket.write(piece)) return;
			}
			socket.end();
		};
		socket.on('drain', pump);
		pump();
	});
	await new Promise<void>(resolve => server.listen(0, LOOPBACK.host, resolve));
	const bound = server.address();
	const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
	const start = performance.now();
	await new Promise<void>((resolve, reject) => {
		const socket = connect(port, LOOPBACK.host);
		socket.on('data', () => undefined);
		socket.on('close', () => resolve());
		socket.on('error', reject);
	});
	const rate = (totalBytes / (performance.now() - start)) * 1_000;
	await new Promise<void>(resolve => {
		server.close(() => resolve());
	});
	return rate;
};

/**
 * Bytes a second through the package's multiplexer, in frames with payloads of `payloadBytes`. It loses its place as soon
 * as a chunk ends within a frame's head: what came by then counts, and the time until nothing came any more does not.
 */
const packagePipe = async (totalBytes: number, payloadBytes: number): Promise<number> => {
	const payload = new Uint8Array(payloadBytes).fill(7);
	const muxOf = (socket: Socket): InstanceType<typeof harmoniclabs.Multiplexer> =>
		new harmoniclabs.Multiplexer({connect: () => socket as never, protocolType: 'node-to-node'});
	const header = {hasAgency: false, protocol: harmoniclabs.MiniProtocol.BlockFetch};
	const server = createServer(socket => {
		const mux = muxOf(socket);
		mux.on('error', () => socket.destroy());
		for (let left = totalBytes; left > 0; left -= payload.length) mux.send(payload, header);
	});
	await new Promise<void>(resolve => server.listen(0, LOOPBACK.host, resolve));
	const bound = server.address();
	const socket = connect(typeof bound === 'object' && bound !== null ? bound.port : 0, LOOPBACK.host);
	const mux = muxOf(socket);
	const start = performance.now();
	let bytes = 0;
	let lastMs = start;
	let stalled: NodeJS.Timeout | undefined;
	const ended = new Promise<void>(resolve => {
		stalled = setInterval(() => {
			if (performance.now() - lastMs > PACKAGE_STALL_MS) resolve();
		}, 100);
		mux.on('error', () => resolve());
		mux.on(harmoniclabs.MiniProtocol.BlockFetch, part => {
			bytes += part.length;
			lastMs = performance.now();
			if (bytes >= totalBytes) resolve();
		});
	});
	await ended;
	clearInterval(stalled);
	mux.close({closeSocket: false});
	socket.destroy();
	server.close();
	return (bytes / (lastMs - start)) * 1_000;
};

const runBlockFetch = async (): Promise<Figure[]> => {
	const rate = await measure(async connection => {
		let bytes = 0;
		await defined(connection.client, 'client').blockFetch.fetchRange(
			{from: point, to: point},
			block => {
				bytes += block.length;
			},
			{signal},
		);
		return bytes;
	});
	const pipe = await rawPipe(BLOCKS * BLOCK_BYTES, BLOCK_BYTES);
	const packaged = await packagePipe(PACKAGE_BYTES, PACKAGE_PAYLOAD_BYTES);
	return [
		moreIsBetter('block-fetch', 'MB/s', rate / 1e6, {name: 'raw TCP pipe', value: pipe / 1e6}),
		moreIsBetter('block-fetch', 'MB/s', rate / 1e6, {
			name: "the multiplexer of Harmonic Labs' package",
			value: packaged / 1e6,
		}),
	];
};

const runChainSync = async (): Promise<Figure[]> => {
	const rate = await measure(async connection => {
		const {chainSync} = defined(connection.client, 'client');
		for (let index = 0; index < HEADERS; index++) await chainSync.next({signal});
		return HEADERS;
	});
	const pipe = await rawPipe(HEADERS * HEADER_BYTES, HEADER_BYTES);
	const packaged = await packagePipe(PACKAGE_HEADERS_BYTES, HEADER_BYTES);
	return [
		moreIsBetter('chain-sync', 'headers/s', rate, {
			name: 'raw TCP pipe, as many bytes',
			value: pipe / HEADER_BYTES,
		}),
		moreIsBetter('chain-sync', 'headers/s', rate, {
			name: "the multiplexer of Harmonic Labs' package, as many bytes, nothing decoded",
			value: packaged / HEADER_BYTES,
		}),
	];
};

export const blockFetchBench: Bench = {name: 'block-fetch', run: runBlockFetch};
export const chainSyncBench: Bench = {name: 'chain-sync', run: runChainSync};
