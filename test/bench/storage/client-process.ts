/** A customer in a process of its own, so that its processor time and memory are its own: measures and tells. */
import {execFile, fork} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {open, rm} from 'node:fs/promises';
import path from 'node:path';
import {performance} from 'node:perf_hooks';
import process from 'node:process';
import {promisify} from 'node:util';
import {defined} from '#kernel/assert';
import {openFileSink, openFileSource} from '#node/adapters/byte-files';
import {createLocalSegmentWorks} from '#node/adapters/local-segment-works';
import {createThreadedSegmentWorks} from '#node/adapters/segment-threads/threaded-segment-works';
import type {ByteSink} from '#node/ports/byte-file';
import {openStorageClient, type StorageClient} from '#node/services/storage-client/storage-client';
import {createTlsTransport} from '#transport/tls';
import {clientPorts, segmentPorts} from '../../node/services/support/client-kit.ts';
import {ada, bob} from '../../support/ledger-genesis.ts';
import {createMemoryManifestStore} from '../../support/memory-manifest-store.ts';
import {type Figure, lessIsBetter, moreIsBetter} from '../bench.ts';
import type {ClientTask} from './client-task.ts';
import type {BareRates, BareTask} from './raw-stream.ts';
import {blockClock, RemoteWorld} from './remote-world.ts';

const MB = 1e6;
const GIB = 2 ** 30;
const MIB = 2 ** 20;
/** Of a file that warms up. */
const WARM_BYTES = 2 ** 28;
const RANGE_BYTES = 64 * 1024;
const OBJECT_BYTES = 4096;
/** What putting must reach of a bare stream: for each byte of a file one and a half are sent. */
const PUT_SHARE = 0.6;
/** A prime, so that all have their turn. */
const OBJECT_STRIDE = 7919;

const {providers, fileBytes, ranges, objects}: ClientTask = JSON.parse(
	defined(process.argv[2], 'what is to be measured'),
);

type Effort = {readonly seconds: number; readonly cpuSeconds: number};

const measured = async (work: () => Promise<unknown>): Promise<Effort> => {
	const cpu = process.cpuUsage();
	const start = performance.now();
	await work();
	const seconds = (performance.now() - start) / 1000;
	const {user, system} = process.cpuUsage(cpu);
	return {seconds, cpuSeconds: (user + system) / 1e6};
};

const peakMb = (): number => (process.resourceUsage().maxRSS * 1024) / MB;

const randomFile = async (file: string, bytes: number): Promise<void> => {
	const handle = await open(file, 'w');
	const step = 4 * 2 ** 20;
	for (let at = 0; at < bytes; at += step) await handle.write(randomBytes(Math.min(step, bytes - at)));
	await handle.close();
};

/** In a process of their own: what libp2p takes is not the client's. */
const bareStreams = async (task: BareTask): Promise<BareRates> => {
	const script = new URL(`./raw-process${path.extname(import.meta.url)}`, import.meta.url);
	const child = fork(script, [JSON.stringify(task)]);
	const [rates] = (await once(child, 'message')) as [BareRates];
	return rates;
};

/** Forgets what comes; notes when it began. */
const nowhere = (): ByteSink & {firstAtMs: number} => ({
	firstAtMs: 0,
	async write() {
		if (this.firstAtMs === 0) this.firstAtMs = performance.now();
	},
	finish: async () => undefined,
	discard: async () => undefined,
});

const prefix = `storage-${providers}`;
const world = await RemoteWorld.open(providers);
world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(100_000)});
await world.changed();
const ports = {
	...clientPorts(world, bob),
	transport: createTlsTransport(bob.seed),
	clock: blockClock(world),
	works: createThreadedSegmentWorks(createLocalSegmentWorks(segmentPorts)),
};
const client: StorageClient = await openStorageClient(ports, {seed: bob.seed, hedgeMs: 60_000});
const file = path.join(world.folder, 'file');
const copy = path.join(world.folder, 'copy');
const run = promisify(execFile);

const transfers = async (): Promise<readonly Figure[]> => {
	await randomFile(file, fileBytes);
	const source = await openFileSource(file);
	const bare = await bareStreams({places: world.raw, bytes: fileBytes});
	// Threads, connections and the compiler warm up, here and in each of the providers.
	await client.putFile({name: 'warm', source: {...source, length: Math.min(fileBytes, WARM_BYTES)}});
	await client.getFile({name: 'warm', sink: nowhere()});
	const put = await measured(() => client.putFile({name: 'file', source}));
	let firstMs = 0;
	const get = await measured(async () => {
		const sink = nowhere();
		const startMs = performance.now();
		await client.getFile({name: 'file', sink});
		firstMs = sink.firstAtMs - startMs;
	});
	const toFile = await measured(async () =>
		client.getFile({name: 'file', sink: await openFileSink(`${copy}-fetched`)}),
	);
	const floor = await measured(async () => {
		await run('cp', [file, copy]);
		await run('sha256sum', [copy]);
	});
	// Providers promise nothing that is not on the disk, and here they share one: it takes what is put, and half as much again.
	const durable = await measured(async () => {
		const handle = await open(copy, 'r+');
		const chunk = randomBytes(MIB);
		for (let at = 0; at < fileBytes; at += MIB) await handle.write(chunk, 0, MIB, at);
		await handle.datasync();
		await handle.close();
	});
	await source.close();
	const rate = ({seconds}: Effort): number => fileBytes / MB / seconds;
	const effort = ({cpuSeconds}: Effort): number => (cpuSeconds * GIB) / fileBytes;
	return [
		moreIsBetter(`${prefix}/put`, 'MB/s', rate(put), {name: 'one bare TLS stream', value: bare.tlsPut / MB}),
		moreIsBetter(`${prefix}/get`, 'MB/s', rate(get), {name: 'one bare TLS stream', value: bare.tlsGet / MB}),
		moreIsBetter(`${prefix}/put-beside-libp2p`, 'MB/s', rate(put), {
			name: '60 % of one libp2p stream',
			value: (PUT_SHARE * bare.libp2pPut) / MB,
		}),
		moreIsBetter(`${prefix}/get-beside-libp2p`, 'MB/s', rate(get), {
			name: 'one libp2p stream',
			value: bare.libp2pGet / MB,
		}),
		moreIsBetter(`${prefix}/put-beside-disk`, 'MB/s', rate(put), {
			name: 'the same bytes written and synced',
			value: rate(durable),
		}),
		moreIsBetter(`${prefix}/get-to-file`, 'MB/s', rate(toFile), {
			name: 'cp and sha256sum',
			value: rate(floor),
		}),
		lessIsBetter(`${prefix}/first-byte`, 'ms', firstMs),
		lessIsBetter(`${prefix}/put-cpu`, 's/GiB', effort(put)),
		lessIsBetter(`${prefix}/get-cpu`, 's/GiB', effort(get)),
	];
};

const rangeReads = async (): Promise<Figure> => {
	const {seconds} = await measured(async () => {
		for (let read = 0; read < ranges; read++) {
			const from = Math.floor((fileBytes / RANGE_BYTES - 1) * (read / ranges)) * RANGE_BYTES;
			await client.getFile({name: 'file', sink: nowhere(), range: {from, until: from + RANGE_BYTES}});
		}
	});
	return moreIsBetter(`${prefix}/ranges-64KiB`, 'reads/s', ranges / seconds);
};

const smallObjects = async (): Promise<readonly Figure[]> => {
	await client.buckets.create('small');
	const many = Array.from({length: objects}, (_, index) => ({
		name: `object/${index}`,
		bytes: new Uint8Array(randomBytes(OBJECT_BYTES)),
	}));
	const put = await measured(() => client.buckets.putMany('small', many));
	const got = Math.min(objects, 1000);
	// As from another machine, which knows nothing yet.
	const other = await openStorageClient(
		{
			...ports,
			manifests: createMemoryManifestStore(),
			transport: createTlsTransport(bob.seed),
			works: createLocalSegmentWorks(segmentPorts),
		},
		{seed: bob.seed, hedgeMs: 60_000},
	);
	const get = await measured(async () => {
		// Far from one another, so that no two of them come together.
		for (let turn = 0; turn < got; turn++)
			await other.buckets.get({
				bucket: 'small',
				name: `object/${(turn * OBJECT_STRIDE) % objects}`,
				sink: nowhere(),
			});
	});
	await other.close();
	return [
		moreIsBetter(`${prefix}/objects-4KiB-put`, 'objects/s', objects / put.seconds),
		moreIsBetter(`${prefix}/objects-4KiB-get`, 'objects/s', got / get.seconds),
	];
};

const figures = [
	...(await transfers()),
	await rangeReads(),
	lessIsBetter(`${prefix}/client-memory`, 'MB', peakMb()),
	...(await smallObjects()),
	// What is put, 40 MB of it, and a second client are in this process too.
	lessIsBetter(`${prefix}/objects-4KiB-memory`, 'MB', peakMb()),
];
await client.close();
await rm(copy, {force: true});
await world.close();
process.send?.(figures);
process.disconnect();
