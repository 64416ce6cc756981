/** The chain database of a data folder: files for blocks and snapshots, an index that can be made again. */
import type {Hasher} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {ChainIndex} from '#node/ports/chain-index';
import type {ChainStore} from '#node/ports/chain-store';
import type {FileSystem} from '#node/ports/file-system';
import type {LedgerStore} from '#node/ports/ledger-store';
import {type Chunk, placeIn} from './chunk.ts';
import {type CopyLimits, FileBackedChainStore} from './file-chain-store.ts';
import {openFileLedgerStore} from './file-ledger-store.ts';
import {decodeFrame, encodeFrame} from './frame.ts';
import {type ImmutableLimits, ImmutablePart} from './immutable-part.ts';
import {cutChunks, type OpenedChunks, openChunks} from './open-immutable.ts';
import {decodeMeta, encodeMeta} from './payloads.ts';
import {storeCorrupt} from './store-corrupt.ts';
import {type VolatileLimits, VolatilePart} from './volatile-part.ts';
import {readWhole, replaceFile} from './whole-file.ts';

/** Of the files. A database of a newer version is refused; there is no older one. */
export const FORMAT_VERSION = 1;

export type DatabaseLimits = ImmutableLimits & VolatileLimits & CopyLimits;

const LIMITS: DatabaseLimits = {
	chunkBlocks: 1024,
	chunkBytes: 16 * 1024 * 1024,
	fileBytes: 8 * 1024 * 1024,
	copyBlocks: 256,
};

export type DatabaseParts = {
	readonly fileSystem: FileSystem;
	readonly folder: string;
	readonly genesisHash: GenesisHash;
};

export type ChainDatabaseParts = DatabaseParts & {
	readonly hasher: Hasher;
	/** Opens what finds blocks by what is in them, beside the files. */
	readonly openIndex: () => Promise<ChainIndex>;
	readonly limits?: Partial<DatabaseLimits>;
};

export type ChainDatabase = {
	readonly chainStore: ChainStore;
	readonly ledgerStore: LedgerStore;
	readonly chainIndex: ChainIndex;
	/** False: the last process on this folder was killed, or this is the first one. */
	readonly wasClosedCleanly: boolean;
	close(): Promise<void>;
};

const META = 'meta';
const CLEAN = 'clean';

const claim = async ({fileSystem, folder, genesisHash}: DatabaseParts): Promise<void> => {
	const names = await fileSystem.list(folder);
	if (!names.includes(META)) {
		// LevelDB's own file: how blocks were kept before there were versions.
		if (names.includes('CURRENT'))
			throw new NodeError({
				code: 'STORE_FORMAT_OLD',
				folder,
				message: `${folder} was made before the first release: move it away; the node synchronises again.`,
			});
		if ((await fileSystem.list(`${folder}/immutable`)).length > 0)
			throw storeCorrupt(folder, 'The file that says whose chain this is, is missing');
		const payload = encodeMeta({version: FORMAT_VERSION, genesisHash});
		await replaceFile(fileSystem, {folder, name: META, parts: encodeFrame('meta', [payload])});
		return;
	}
	const payload = decodeFrame('meta', await readWhole(fileSystem, `${folder}/${META}`));
	const meta = payload && decodeMeta(payload);
	if (meta === undefined) throw storeCorrupt(folder, 'The file that says whose chain this is, is damaged');
	if (meta.version > FORMAT_VERSION)
		throw new NodeError({
			code: 'STORE_FORMAT_NEWER',
			folder,
			found: meta.version,
			known: FORMAT_VERSION,
			message: `${folder} was written by a newer version of dcloud: use that one.`,
		});
	if (!equalBytes(meta.genesisHash, genesisHash))
		throw new NodeError({
			code: 'DATA_OF_OTHER_NETWORK',
			folder,
			expected: toHex(genesisHash),
			found: toHex(meta.genesisHash),
			message: `${folder} holds the chain of another genesis: choose another data folder.`,
		});
};

/**
 * Takes the marker away before anything else is written: from now on the database is in use. Names in the folder are on
 * the disk then, also that of a file that a process wrote which was killed before it had synced the folder.
 */
const takeCleanMarker = async ({fileSystem, folder}: DatabaseParts): Promise<boolean> => {
	const isClean = (await fileSystem.list(folder)).includes(CLEAN);
	if (isClean) await fileSystem.remove(`${folder}/${CLEAN}`);
	await fileSystem.syncFolder(folder);
	return isClean;
};

/** Whether all blocks from the damaged one on are still in the volatile part. */
const isKeptElsewhere = (
	{last, problem}: OpenedChunks & {readonly last: Chunk | undefined},
	volatilePart: VolatilePart,
): boolean => {
	if (problem === undefined || last === undefined || problem.blockNo < last.first) return false;
	for (let blockNo = problem.blockNo; ; blockNo++) {
		const place = placeIn(last, blockNo);
		if (place === undefined) return blockNo > problem.blockNo;
		if (volatilePart.link(place.hash) === undefined) return false;
	}
};

const openImmutable = async (
	{fileSystem, folder}: DatabaseParts,
	{isClean, limits, volatilePart}: {isClean: boolean; limits: ImmutableLimits; volatilePart: VolatilePart},
): Promise<ImmutablePart> => {
	const chunks = {fileSystem, folder: `${folder}/immutable`};
	await fileSystem.makeFolder(chunks.folder);
	let opened = await openChunks(chunks, {isClean});
	if (opened.problem !== undefined && isKeptElsewhere(opened, volatilePart)) {
		await cutChunks(chunks, opened.problem.blockNo);
		opened = await openChunks(chunks, {isClean: false});
	}
	if (opened.problem !== undefined) throw storeCorrupt(folder, `Block ${opened.problem.blockNo} is damaged`);
	return new ImmutablePart({fileSystem, folder, limits}, opened.firsts, opened.last);
};

const openFiles = async (
	parts: ChainDatabaseParts,
): Promise<
	Pick<ChainDatabase, 'ledgerStore' | 'wasClosedCleanly'> &
		Record<'volatilePart', VolatilePart> &
		Record<'immutablePart', ImmutablePart>
> => {
	const {fileSystem, folder, hasher} = parts;
	const limits = {...LIMITS, ...parts.limits};
	await claim(parts);
	const isClean = await takeCleanMarker(parts);
	const volatilePart = await VolatilePart.open({fileSystem, folder, limits, isClean});
	const immutablePart = await openImmutable(parts, {isClean, limits, volatilePart});
	await volatilePart.renew(immutablePart.tip);
	await volatilePart.collect(immutablePart.tip?.blockNo ?? -1);
	const ledgerStore = await openFileLedgerStore({fileSystem, folder: `${folder}/snapshots`, hasher});
	return {volatilePart, immutablePart, ledgerStore, wasClosedCleanly: isClean};
};

/**
 * Throws DATA_FOLDER_IN_USE, DATA_OF_OTHER_NETWORK, STORE_FORMAT_OLD, STORE_FORMAT_NEWER, STORE_CORRUPT (with the
 * command that repairs it), STORE_DISK_FULL, STORE_FAILED.
 */
export const openChainDatabase = async (parts: ChainDatabaseParts): Promise<ChainDatabase> => {
	const {fileSystem, folder} = parts;
	await fileSystem.makeFolder(folder);
	const lock = await fileSystem.lock(folder);
	try {
		const {volatilePart, immutablePart, ledgerStore, wasClosedCleanly} = await openFiles(parts);
		const chainIndex = await parts.openIndex();
		const limits = {...LIMITS, ...parts.limits};
		const chainStore = new FileBackedChainStore({volatilePart, immutablePart, index: chainIndex, limits});
		const close = async (): Promise<void> => {
			try {
				if (!(await chainStore.close())) return;
				await chainIndex.settle();
				await replaceFile(fileSystem, {folder, name: CLEAN, parts: encodeFrame('clean', [])});
			} finally {
				await chainIndex.close();
				await lock.release();
			}
		};
		return {chainStore, ledgerStore, chainIndex, wasClosedCleanly, close};
	} catch (error) {
		await lock.release();
		throw error;
	}
};
