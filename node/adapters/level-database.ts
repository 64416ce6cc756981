/** One LevelDB per data folder: its lock, its network, its last shutdown, and its failures under our codes. */
import {mkdir} from 'node:fs/promises';
import {Level} from 'level';
import {equalBytes, toHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';

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
const codeOf = (error: unknown): string => (error as {readonly code?: string} | undefined)?.code ?? '';

const chain = (error: unknown): string => {
	let text = '';
	for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
		text += ` ${codeOf(at)} ${at.message}`;
	return text;
};

/** What a failure of LevelDB is called here. Its messages are the only place where the errno shows. */
export const storeFailure = (cause: unknown, folder: string): NodeError => {
	if (cause instanceof NodeError) return cause;
	const text = chain(cause);
	const failure = (code: string, message: string): NodeError =>
		new NodeError({code, folder, message}, {cause});
	if (/ENOSPC|EDQUOT|No space left|Disk quota/i.test(text))
		return failure(
			'STORE_DISK_FULL',
			`No space left for ${folder}: free some and start again; nothing is lost.`,
		);
	if (/LEVEL_LOCKED|\block\b/i.test(text))
		return failure(
			'DATA_FOLDER_IN_USE',
			`Another process uses ${folder}: stop it, or choose another folder.`,
		);
	if (/LEVEL_CORRUPTION|Corruption/i.test(text))
		return failure(
			'STORE_CORRUPT',
			`The database in ${folder} is damaged: move it away and synchronise again.`,
		);
	return failure('STORE_FAILED', `The database in ${folder} failed:${text}`);
};

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
