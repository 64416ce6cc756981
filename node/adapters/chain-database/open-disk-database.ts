import path from 'node:path';
import {openLevelChainIndex} from '../level-chain-index.ts';
import {createNodeFileSystem} from '../node-file-system.ts';
import {type ChainDatabase, type ChainDatabaseParts, openChainDatabase} from './open-chain-database.ts';

/** The chain database in a folder of this machine, with its index in LevelDB. Throws like `openChainDatabase`. */
export const openDiskDatabase = (
	parts: Omit<ChainDatabaseParts, 'fileSystem' | 'openIndex'>,
): Promise<ChainDatabase> =>
	openChainDatabase({
		...parts,
		fileSystem: createNodeFileSystem(),
		openIndex: () => openLevelChainIndex(path.join(parts.folder, 'index')),
	});
