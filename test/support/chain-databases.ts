/** Chain databases on disks that fail, and on this machine's. */
import type {GenesisHash} from '#kernel/hash';
import {
	type ChainDatabase,
	type DatabaseLimits,
	openChainDatabase,
} from '#node/adapters/chain-database/open-chain-database';
import {createMemoryChainIndex} from '#node/adapters/memory-stores';
import type {ChainIndex} from '#node/ports/chain-index';
import type {FileSystem} from '#node/ports/file-system';
import {crypto} from './crypto.ts';

export const DATABASE_FOLDER = '/data/db';

/** So small that a few blocks fill files, chunks and copies. */
export const smallLimits: DatabaseLimits = {
	chunkBlocks: 7,
	chunkBytes: 20_000,
	fileBytes: 6_000,
	copyBlocks: 3,
};

/** An index that the next process finds empty: as when it was lost, so that each opening makes it again. */
export const openTestDatabase = (
	fileSystem: FileSystem,
	{
		genesisHash,
		folder = DATABASE_FOLDER,
		index = createMemoryChainIndex(),
		limits = smallLimits,
	}: {
		readonly genesisHash: GenesisHash;
		readonly folder?: string;
		readonly index?: ChainIndex;
		readonly limits?: Partial<DatabaseLimits>;
	},
): Promise<ChainDatabase> =>
	openChainDatabase({
		fileSystem,
		folder,
		genesisHash,
		hasher: crypto,
		limits,
		openIndex: async () => index,
	});
