/** The database of a node that does not run, for the commands that work on it. */
import {stat} from 'node:fs/promises';
import path from 'node:path';
import type {Crypto} from '#crypto/crypto';
import {NodeError} from '#kernel/node-error';
import {openDiskDatabase} from './adapters/chain-database/open-disk-database.ts';
import {createSystemClock} from './adapters/system-clock.ts';
import type {Log} from './ports/log.ts';
import {readGenesis} from './read-inputs.ts';
import {type ChainNetwork, chainNetwork} from './services/chain/chain-network.ts';
import {ChainService} from './services/chain/chain-service.ts';
import type {ChainStores} from './services/chain/chain-stores.ts';
import {createBlindWatcher, type MainChainWatcher} from './services/main-chain-watcher.ts';

export type FolderOptions = {
	/** The node's data folder. */
	readonly dataDir: string;
	/** Its genesis file. */
	readonly genesis: string;
	readonly crypto: Crypto;
	readonly log: Log;
};

export type OpenStores = {readonly stores: ChainStores; readonly close: () => Promise<void>};

/** The stores in a database folder; makes them when there are none. */
export const openChainStores = async (folder: string, {env}: ChainNetwork): Promise<OpenStores> => {
	const database = await openDiskDatabase({folder, genesisHash: env.genesisHash, hasher: env.crypto});
	return {stores: database, close: () => database.close()};
};

export const exists = (place: string): Promise<boolean> =>
	stat(place).then(
		() => true,
		() => false,
	);

export const databaseOf = (dataDir: string): string => path.join(dataDir, 'db');

/** The database's folder and its network. Throws DATABASE_MISSING, GENESIS_BAD, FILE_…. */
export const findDatabase = async ({
	dataDir,
	genesis,
	crypto,
}: Omit<FolderOptions, 'log'>): Promise<{readonly folder: string; readonly network: ChainNetwork}> => {
	const folder = databaseOf(dataDir);
	if (!(await exists(folder)))
		throw new NodeError({
			code: 'DATABASE_MISSING',
			folder,
			message: `There is no database in ${dataDir}: check --data-dir.`,
		});
	return {folder, network: chainNetwork(await readGenesis(crypto, genesis))};
};

/** Adopts nothing that Cardano has not been asked about. */
const patientWatcher = (): MainChainWatcher => ({...createBlindWatcher(), judge: async () => 'wait'});

/**
 * Opens the chain of a node that does not run. Throws DATABASE_MISSING, DATA_FOLDER_IN_USE, DATA_OF_OTHER_NETWORK,
 * STORE_….
 */
export const withStoppedChain = async <T>(
	options: FolderOptions,
	work: (chain: ChainService) => Promise<T>,
): Promise<T> => {
	const {folder, network} = await findDatabase(options);
	const {stores, close} = await openChainStores(folder, network);
	try {
		const ports = {...stores, clock: createSystemClock(), log: options.log, mainChain: patientWatcher()};
		const chain = await ChainService.open(network, ports);
		try {
			return await work(chain);
		} finally {
			await chain.settle();
		}
	} finally {
		await close();
	}
};
