/** One LevelDB per data folder: its lock, its network, its last shutdown, and its failures under our codes. */
import {mkdir} from 'node:fs/promises';
import {Level} from 'level';
import {equalBytes, toHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {storeFailure} from './store-failure.ts';

export type Database = {
	readonly level: Level<string, Uint8Array>;
	/** False: the last process on this folder was killed, or this is the first one. */
	readonly wasClosedCleanly: boolean;
	/** The value of a key; inside `guard`. */
	find(key: string): Promise<Uint8Array | undefined>;
	/** Runs a call of the database; its failures become `NodeError`s. */
	guard<T>(work: () => Promise<T>): Promise<T>;
	close(): Promise<void>;
};

const GENESIS = 'meta!genesis';
const CLEAN = 'meta!clean';

const claimForNetwork = async (
	level: Level<string, Uint8Array>,
	folder: string,
	genesisHash: GenesisHash,
): Promise<boolean> => {
	const [network, clean] = await level.getMany([GENESIS, CLEAN]);
	if (network !== undefined && !equalBytes(network, genesisHash))
		throw new NodeError({
			code: 'DATA_OF_OTHER_NETWORK',
			folder,
			expected: toHex(genesisHash),
			found: toHex(network),
			message: `${folder} holds the chain of another genesis: choose another data folder.`,
		});
	await level.batch([
		{type: 'put', key: GENESIS, value: genesisHash},
		{type: 'del', key: CLEAN},
	]);
	return clean !== undefined;
};

/** Throws DATA_FOLDER_IN_USE, DATA_OF_OTHER_NETWORK, STORE_CORRUPT, STORE_DISK_FULL, STORE_FAILED. */
export const openDatabase = async ({
	folder,
	genesisHash,
}: {
	readonly folder: string;
	readonly genesisHash: GenesisHash;
}): Promise<Database> => {
	const guard = async <T>(work: () => Promise<T>): Promise<T> => {
		try {
			return await work();
		} catch (cause) {
			throw storeFailure(cause, folder);
		}
	};
	await guard(() => mkdir(folder, {recursive: true}));
	const level = new Level<string, Uint8Array>(folder, {
		keyEncoding: 'utf8',
		valueEncoding: 'view',
		cacheSize: 4 * 1024 * 1024,
		writeBufferSize: 2 * 1024 * 1024,
	});
	await guard(() => level.open());
	try {
		const wasClosedCleanly = await guard(() => claimForNetwork(level, folder, genesisHash));
		return {
			level,
			wasClosedCleanly,
			find: key => level.get(key),
			guard,
			close: () =>
				guard(async () => {
					await level.put(CLEAN, Uint8Array.of(1), {sync: true});
					await level.close();
				}),
		};
	} catch (error) {
		await level.close();
		throw error;
	}
};
