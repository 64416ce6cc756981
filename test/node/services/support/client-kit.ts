import {createHash} from 'node:crypto';
import {concat} from '#kernel/bytes';
import {createAead} from '#node/adapters/aead';
import {createErasureKernel} from '#node/adapters/erasure-kernel';
import {createLocalSegmentWorks} from '#node/adapters/local-segment-works';
import {createSha256} from '#node/adapters/sha256';
import {createStreamCipher} from '#node/adapters/stream-cipher';
import type {ByteSink, ByteSource} from '#node/ports/byte-file';
import type {Clock} from '#node/ports/clock';
import type {Entropy} from '#node/ports/entropy';
import type {ManifestStore} from '#node/ports/manifest-store';
import type {StorageClientPorts} from '#node/services/storage-client/client-ports';
import {openStorageClient, type StorageClient} from '#node/services/storage-client/storage-client';
import type {SegmentPorts} from '#pieces/ports';
import {crypto} from '../../../support/crypto.ts';
import type {Party} from '../../../support/ledger-chain.ts';
import {LUCK} from '../../../support/luck.ts';
import {createMemoryManifestStore} from '../../../support/memory-manifest-store.ts';
import {createMemoryRevisionStore} from '../../../support/memory-revision-store.ts';
import {createMemoryUploadJournal} from '../../../support/memory-upload-journal.ts';
import {createMemoryControl} from './memory-control.ts';
import {pieceTrees, type StorageWorld, settled} from './storage-world.ts';

export const segmentPorts: SegmentPorts = {
	hasher: crypto,
	trees: pieceTrees,
	aead: createAead(),
	cipher: createStreamCipher(),
	erasure: await createErasureKernel(),
};

/** Waiting a slot makes a block; waiting longer lets the network catch up first. */
export const worldClock = (world: StorageWorld): Clock => {
	const {slotMs} = world.ledger.env.genesis;
	let now = 0;
	return {
		now: () => now,
		waitUntil: async (timeMs, {signal}) => {
			signal.throwIfAborted();
			if (timeMs - now <= slotMs) await world.forge();
			else await settled(200);
			now = Math.max(now, timeMs);
			signal.throwIfAborted();
		},
	};
};

const draws = new WeakMap<StorageWorld, number>();

/** What clients of a world draw is the same in each run: with whom pieces are placed, above all. */
const sameLuck = (world: StorageWorld): Entropy => ({
	bytes: length => {
		const draw = draws.get(world) ?? 0;
		draws.set(world, draw + 1);
		const hash = createHash('shake256', {outputLength: length}).update(`${LUCK} ${draw}`);
		return new Uint8Array(hash.digest());
	},
});

export const clientPorts = (
	world: StorageWorld,
	{verificationKey}: Party,
	manifests: ManifestStore = createMemoryManifestStore(),
): StorageClientPorts => ({
	control: createMemoryControl(world),
	transport: world.network.transport(verificationKey),
	crypto,
	segments: segmentPorts,
	manifests,
	works: createLocalSegmentWorks(segmentPorts),
	uploads: createMemoryUploadJournal(),
	entropy: sameLuck(world),
	clock: worldClock(world),
	sha256: createSha256,
	revisions: createMemoryRevisionStore(),
});

export const openClient = (
	world: StorageWorld,
	party: Party,
	manifests?: ManifestStore,
): Promise<StorageClient> =>
	openStorageClient(clientPorts(world, party, manifests), {seed: party.seed, hedgeMs: 10_000});

export const sourceOf = (bytes: Uint8Array): ByteSource => ({
	length: bytes.length,
	read: async (offset, into) => into.set(bytes.subarray(offset, offset + into.length)),
});

/** Keeps what is written; `result` is there only when the file came back whole. */
export const memorySink = (): ByteSink & {result: Uint8Array | undefined; discarded: boolean} => {
	let parts: Uint8Array[] = [];
	return {
		result: undefined,
		discarded: false,
		write: async bytes => {
			parts.push(bytes.slice());
		},
		async finish() {
			this.result = concat(...parts);
		},
		async discard() {
			parts = [];
			this.discarded = true;
		},
	};
};
