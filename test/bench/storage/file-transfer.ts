/** Storing and fetching a file over TLS on loopback, providers in a process of their own, beside one bare TLS stream. */
import {type ChildProcess, fork} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {performance} from 'node:perf_hooks';
import {connect} from 'node:tls';
import {createSystemClock} from '#node/adapters/system-clock';
import type {ByteSink} from '#node/ports/byte-file';
import type {Clock} from '#node/ports/clock';
import {openStorageClient, type StorageClient} from '#node/services/storage-client/storage-client';
import {DEVNET_CODE, SEGMENT_BYTES_DEVNET} from '#pieces/erasure/code-profile';
import {identityOfSeed} from '#transport/identity';
import {createTlsTransport} from '#transport/tls';
import {tlsCredentials} from '#transport/tls-options';
import {clientPorts, sourceOf} from '../../node/services/support/client-kit.ts';
import {StorageWorld, type WorldProvider} from '../../node/services/support/storage-world.ts';
import {party} from '../../support/ledger-chain.ts';
import {ada, bob} from '../../support/ledger-genesis.ts';
import {type Bench, type Figure, moreIsBetter} from '../bench.ts';
import {type FromProviders, RAW_UNIT_BYTES, type ToProviders} from './provider-messages.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const FILE_BYTES = 128 * 2 ** 20;
const RAW_BYTES = 256 * 2 ** 20;
const ROUNDS = 3;
const MB = 1e6;

/** A world whose providers are elsewhere: each block goes there too. */
class RemoteWorld extends StorageWorld {
	readonly #child: ChildProcess;
	#sentBlocks = 0;
	#turn: Promise<void> = Promise.resolve();
	rawPort = 0;
	readonly #folder: string;

	constructor(child: ChildProcess, folder: string) {
		super();
		this.#child = child;
		this.#folder = folder;
		child.on('message', (message: FromProviders) => {
			if (message.kind === 'announcement') this.chain.announce(new Uint8Array(message.bytes));
			if (message.kind === 'raw') this.rawPort = message.port;
		});
	}

	/** Sends a message and waits until it is dealt with; one at a time. */
	tell(message: ToProviders): Promise<void> {
		this.#turn = this.#turn.then(() => this.#tellNow(message));
		return this.#turn;
	}

	async #tellNow(message: ToProviders): Promise<void> {
		await new Promise<void>(resolve => {
			const done = (answer: FromProviders): void => {
				if (answer.kind !== 'done') return;
				this.#child.off('message', done);
				resolve();
			};
			this.#child.on('message', done);
			this.#child.send(message);
		});
	}

	override async changed(): Promise<void> {
		for (const {context, segments} of this.ledger.blocks.slice(this.#sentBlocks)) {
			this.#sentBlocks++;
			await this.tell({kind: 'block', slot: context.slot, segments});
		}
	}

	override async startService(provider: Omit<WorldProvider, 'service'>): Promise<WorldProvider['service']> {
		await this.changed();
		await this.tell({kind: 'start', names: [provider.name], folder: this.#folder});
		return {
			endpoint: {host: '', port: 0},
			status: () => Promise.reject(new RangeError('remote')),
			stop: async () => undefined,
		};
	}
}

/** MB/s of one bare TLS stream to the providers' process. */
const rawStream = (port: number, direction: 'put' | 'get'): Promise<number> =>
	new Promise((resolve, reject) => {
		const credentials = tlsCredentials(identityOfSeed(party('raw client').seed));
		const socket = connect({...credentials, host: '127.0.0.1', port}, () => {
			const start = performance.now();
			let received = 0;
			socket.on('data', bytes => {
				received += bytes.length;
			});
			socket.on('close', () => {
				const moved = direction === 'put' ? RAW_BYTES : received;
				resolve(moved / MB / ((performance.now() - start) / 1000));
			});
			if (direction === 'get') {
				socket.write(Uint8Array.of(RAW_BYTES / RAW_UNIT_BYTES));
				return;
			}
			const chunk = new Uint8Array(256 * 1024);
			let left = RAW_BYTES / chunk.length;
			const send = (): void => {
				while (left-- > 0) if (!socket.write(chunk)) break;
				if (left < 0) socket.end();
				else socket.once('drain', send);
			};
			send();
		});
		socket.on('error', reject);
	});

/** Real time, except that waiting for a slot makes a block at once: what is measured is the transfer, not the chain. */
const blockClock = (world: StorageWorld): Clock => {
	const clock = createSystemClock();
	return {
		now: clock.now,
		waitUntil: async (timeMs, options) => {
			if (timeMs - clock.now() > world.ledger.env.genesis.slotMs) await clock.waitUntil(timeMs, options);
			else await world.forge();
		},
	};
};

const nowhere = (): ByteSink => ({
	write: async () => undefined,
	finish: async () => undefined,
	discard: async () => undefined,
});

type Scene = {readonly world: RemoteWorld; readonly client: StorageClient};

const withProviders = async <T>(work: (scene: Scene) => Promise<T>): Promise<T> => {
	const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-bench-'));
	const extension = path.extname(import.meta.url);
	const child = fork(new URL(`./provider-process${extension}`, import.meta.url), {serialization: 'advanced'});
	try {
		const world = new RemoteWorld(child, folder);
		await world.addProviders(NAMES);
		world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(1000)});
		await world.changed();
		const ports = {
			...clientPorts(world, bob),
			transport: createTlsTransport(bob.seed),
			clock: blockClock(world),
		};
		const client = await openStorageClient(ports, {seed: bob.seed, hedgeMs: 60_000});
		const result = await work({world, client});
		client.close();
		return result;
	} finally {
		child.send({kind: 'stop'} satisfies ToProviders);
		await new Promise(resolve => child.once('exit', resolve));
		await rm(folder, {recursive: true, force: true});
	}
};

const put = async ({client}: Scene, name: string, bytes: Uint8Array): Promise<number> => {
	const start = performance.now();
	await client.putFile({
		name,
		source: sourceOf(bytes),
		code: DEVNET_CODE,
		segmentBytes: SEGMENT_BYTES_DEVNET,
	});
	return bytes.length / MB / ((performance.now() - start) / 1000);
};

const get = async ({client}: Scene, name: string, bytes: number): Promise<number> => {
	const start = performance.now();
	await client.getFile({name, sink: nowhere()});
	return bytes / MB / ((performance.now() - start) / 1000);
};

const best = async (measure: (round: number) => Promise<number>): Promise<number> => {
	let value = 0;
	for (let round = 0; round <= ROUNDS; round++) {
		const measured = await measure(round);
		// The first round warms up.
		if (round > 0) value = Math.max(value, measured);
	}
	return value;
};

export const filePutBench: Bench = {
	name: 'file-put',
	run: () =>
		withProviders(async (scene): Promise<Figure[]> => {
			const bytes = new Uint8Array(randomBytes(FILE_BYTES));
			const raw = await best(() => rawStream(scene.world.rawPort, 'put'));
			const value = await best(round => put(scene, `file ${round}`, bytes));
			return [moreIsBetter('file-put', 'MB/s', value, {name: 'one bare TLS stream', value: raw})];
		}),
};

export const fileGetBench: Bench = {
	name: 'file-get',
	run: () =>
		withProviders(async (scene): Promise<Figure[]> => {
			const bytes = new Uint8Array(randomBytes(FILE_BYTES));
			await put(scene, 'file', bytes);
			const raw = await best(() => rawStream(scene.world.rawPort, 'get'));
			const value = await best(() => get(scene, 'file', bytes.length));
			return [moreIsBetter('file-get', 'MB/s', value, {name: 'one bare TLS stream', value: raw})];
		}),
};
