/** The genesis files that cardano-node's configuration names are there, and are what it says. */
import path from 'node:path';
import type {Hasher} from '#crypto/crypto';
import {NodeError} from '#kernel/node-error';
import {readBoundedBytes} from '../private-file.ts';
import type {NamedGenesis} from './cardano-node-config.ts';
import {genesisHash} from './genesis-hash.ts';

/** Byron's of mainnet, with all its vouchers, is of one MiB; those of large test networks of some more. */
const GENESIS_BYTES_MAX = 64 * 1024 * 1024;

/** Where the file is, from the folder of the configuration. */
export const genesisPath = (configFile: string, {file}: NamedGenesis): string =>
	path.resolve(path.dirname(configFile), file);

const checkOne = async (hasher: Hasher, configFile: string, genesis: NamedGenesis): Promise<void> => {
	const {era, hash} = genesis;
	const file = genesisPath(configFile, genesis);
	let bytes: Uint8Array;
	try {
		bytes = await readBoundedBytes(file, {bytesMax: GENESIS_BYTES_MAX});
	} catch (cause) {
		if (!(cause instanceof NodeError)) throw cause;
		throw new NodeError(
			{
				...cause.detail,
				configFile,
				field: `${era}GenesisFile`,
				message: `${cause.message.replace(/\.$/, '')}, which ${configFile} names as ${era}GenesisFile.`,
			},
			{cause},
		);
	}
	const found = genesisHash(hasher, era, bytes);
	if (found === undefined)
		throw new NodeError({
			code: 'CARDANO_CONFIG_GENESIS_BAD',
			configFile,
			field: `${era}GenesisFile`,
			file,
			message: `${file}, the ${era}GenesisFile of ${configFile}, is not a genesis file.`,
		});
	if (hash !== undefined && hash !== found)
		throw new NodeError({
			code: 'CARDANO_CONFIG_GENESIS_OTHER',
			configFile,
			field: `${era}GenesisHash`,
			file,
			expected: hash,
			found,
			message: `${file} has the hash ${found}; ${era}GenesisHash in ${configFile} says ${hash}.`,
		});
};

/** Throws CARDANO_CONFIG_GENESIS_BAD, CARDANO_CONFIG_GENESIS_OTHER and FILE_…, each with its `field`. */
export const checkGenesisFiles = async (
	hasher: Hasher,
	configFile: string,
	genesisFiles: readonly NamedGenesis[],
): Promise<void> => {
	for (const genesis of genesisFiles) await checkOne(hasher, configFile, genesis);
};
