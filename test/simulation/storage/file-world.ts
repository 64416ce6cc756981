/** A file on seven providers, by the real services over the real ledger in virtual time, from a seed. */

import type {StreamCipher} from '#crypto/stream-cipher';
import {toHex} from '#kernel/bytes';
import type {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import type {PieceStore} from '#node/ports/piece-store';
import type {StoredFile} from '#node/services/storage-client/put-file';
import {openStorageClient, type StorageClient} from '#node/services/storage-client/storage-client';
import type {RepairTicket} from '#pieces/manifest/repair-ticket';
import {clientPorts, segmentPorts, sourceOf} from '../../node/services/support/client-kit.ts';
import {StorageWorld, type WorldProvider} from '../../node/services/support/storage-world.ts';
import {type Party, party} from '../../support/ledger-chain.ts';
import {ada, bob, testGenesis} from '../../support/ledger-genesis.ts';
import {pieceOf} from '../../support/ledger-storage.ts';
import {createMemoryPieceStore} from '../../support/memory-piece-store.ts';
import {Random} from '../random.ts';
import {publicRules} from './cheating-provider.ts';

export const NAMES: readonly string[] = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
export const repairerParty: Party = party('repairer');
const FILE_BYTES = 200_000;
const SEGMENT_BYTES = 50_000;
const RATE: Lovelace = ada(3000);

export type FileWorld = {
	readonly world: StorageWorld;
	readonly providers: readonly WorldProvider[];
	readonly client: StorageClient;
	readonly bytes: Uint8Array;
	readonly stored: StoredFile;
	readonly ticket: RepairTicket;
};

export type FileWorldOptions = {
	/** What takes the place of a provider's store, by its name. */
	readonly storeOf?: (name: string) => PieceStore;
	/** Masks pieces; that of the node unless said otherwise. */
	readonly cipher?: StreamCipher;
};

/** Everybody is honest so far. Bob's file has a repairer, and is paid for ten epochs. */
export const createFileWorld = async ({
	storeOf = () => createMemoryPieceStore(),
	cipher = segmentPorts.cipher,
}: FileWorldOptions = {}): Promise<FileWorld> => {
	const world = new StorageWorld(testGenesis(publicRules));
	const left = [...NAMES];
	const providers = await world.addProviders(NAMES, () => storeOf(left.shift() ?? ''));
	const random = new Random(7);
	const client = await openStorageClient(
		{
			...clientPorts(world, bob),
			segments: {...segmentPorts, cipher},
			entropy: {bytes: length => Uint8Array.from({length}, () => Math.floor(random.next() * 256))},
		},
		{seed: bob.seed, hedgeMs: 10_000},
	);
	const bytes = pieceOf('file', FILE_BYTES);
	const stored = await client.putFile({
		name: 'a',
		source: sourceOf(bytes),
		segmentBytes: SEGMENT_BYTES,
		rate: RATE,
		epochs: 6,
		repairerVk: repairerParty.verificationKey,
	});
	const {ticket} = await client.repairTicket('a');
	return {world, providers, client, bytes, stored, ticket};
};

export const holderNamed = ({providers, stored}: FileWorld, index: number): WorldProvider => {
	const id = toHex(stored.holders[index]?.providerId ?? new Uint8Array(0));
	const found = providers.find(provider => toHex(provider.id) === id);
	if (found === undefined) throw new NodeError({code: 'TEST_NO_PROVIDER'});
	return found;
};

/** Closes what a world has open; providers that were stopped before are left alone. */
export const closeFileWorld = async (
	{world, providers, client}: FileWorld,
	stopped: readonly WorldProvider[] = [],
): Promise<void> => {
	await client.close();
	await world.stop(providers.filter(provider => !stopped.includes(provider)));
};
