/** `dcloud db check | repair`: the files of a stopped node's database, and the chain in them. */
import {rename} from 'node:fs/promises';
import path from 'node:path';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import {
	checkChainDatabase,
	databaseBytes,
	type FileReport,
} from './adapters/chain-database/check-chain-database.ts';
import {type RepairStep, repairChainDatabase} from './adapters/chain-database/repair-chain-database.ts';
import {createNodeFileSystem} from './adapters/node-file-system.ts';
import {createSystemClock} from './adapters/system-clock.ts';
import type {ChainNetwork} from './services/chain/chain-network.ts';
import type {ChainStores} from './services/chain/chain-stores.ts';
import {type ChainCheck, checkChain} from './services/chain-check/check-chain.ts';
import {
	exists,
	type FolderOptions,
	findDatabase,
	openChainStores,
	withStoppedChain,
} from './stopped-chain.ts';

export type CheckFolderOptions = FolderOptions & {
	readonly full: boolean;
	readonly signal: AbortSignal;
	/** Bytes of files read so far, and how many there are. */
	readonly onBytes?: (bytes: number, all: number) => void;
	readonly onBlocks?: (blocks: number, all: number) => void;
};

export type DatabaseCheck = {
	readonly files: readonly FileReport[];
	/** Null: the files have to be repaired before the chain in them can be read. */
	readonly chain: ChainCheck | null;
};

/** Reads everything. Throws DATABASE_MISSING, DATA_FOLDER_IN_USE, DATA_OF_OTHER_NETWORK, STORE_FAILED. */
export const checkDatabase = async (options: CheckFolderOptions): Promise<DatabaseCheck> => {
	const {full, signal, onBytes, onBlocks} = options;
	const {folder, network} = await findDatabase(options);
	const fileSystem = createNodeFileSystem();
	const {genesisHash, crypto: hasher} = network.env;
	const all = await databaseBytes({fileSystem, folder});
	const files: FileReport[] = [];
	let bytes = 0;
	for await (const report of checkChainDatabase({fileSystem, folder, genesisHash, hasher})) {
		signal.throwIfAborted();
		files.push(report);
		bytes += report.bytes;
		onBytes?.(Math.min(bytes, all), all);
	}
	const isReadable = files.every(
		({needsRepair, problem}) => !needsRepair && problem?.code !== 'DATA_OF_OTHER_NETWORK',
	);
	if (!isReadable) return {files, chain: null};
	const {stores, close} = await openChainStores(folder, network);
	try {
		const chain = await checkChain(network, stores, {full, signal, ...(onBlocks && {onBlocks})});
		return {files, chain};
	} finally {
		await close();
	}
};

export type RepairReport = {
	readonly steps: readonly RepairStep[];
	/** What is damaged was moved there; null: nothing was. */
	readonly movedTo: string | null;
	/** The index is made anew: it lacked something. */
	readonly indexRebuilt: boolean;
	/** The chain as the node finds it when it starts; -1: nothing is left. */
	readonly tipBlockNo: number;
};

/** Whether the index finds every final block that it should. */
const hasIndex = async ({chainStore, chainIndex}: ChainStores): Promise<boolean> => {
	try {
		const indexedNo = (await chainIndex.indexedTo())?.blockNo ?? -1;
		const first = (await chainStore.firstPlace())?.blockNo ?? 0;
		const last = Math.min(indexedNo, chainStore.immutableTip()?.blockNo ?? -1);
		for (let blockNo = first; blockNo <= last; blockNo++) {
			const place = await chainStore.place(BlockNo(blockNo));
			const found = place && (await chainIndex.find(place.hash));
			if (place === undefined || found === undefined || !equalBytes(found.hash, place.hash)) return false;
		}
		return true;
	} catch (error) {
		if (error instanceof NodeError && error.code === 'STORE_CORRUPT') return false;
		throw error;
	}
};

/** The first block of the immutable part that does not follow from those before it, whatever its checksum says. */
const firstLoose = async (
	network: ChainNetwork,
	stores: ChainStores,
	signal: AbortSignal,
): Promise<number | undefined> => {
	const {problems} = await checkChain(network, stores, {full: false, signal});
	const numbers = problems.flatMap(problem =>
		problem.code.startsWith('CHECK_BLOCK_') && 'blockNo' in problem ? [problem.blockNo] : [],
	);
	const last = stores.chainStore.immutableTip()?.blockNo ?? -1;
	const loose = Math.min(...numbers);
	return loose <= last ? loose : undefined;
};

/**
 * Cuts what is damaged, moves it aside, makes the index anew if it lacks something, and opens the chain once: what is
 * left is what the node starts with. Throws like `checkDatabase`, and STORE_DISK_FULL.
 */
export const repairDatabase = async (
	options: FolderOptions & {readonly signal: AbortSignal},
): Promise<RepairReport> => {
	const {folder, network} = await findDatabase(options);
	const fileSystem = createNodeFileSystem();
	const stamp = new Date(createSystemClock().now()).toISOString().replace(/[:.]/g, '-');
	const moveAside = path.join(options.dataDir, `damaged-${stamp}`);
	const {genesisHash, crypto: hasher} = network.env;
	const parts = {fileSystem, folder, genesisHash, hasher, moveAside};
	const steps: RepairStep[] = [];
	for await (const step of repairChainDatabase(parts)) steps.push(step);
	const opened = await openChainStores(folder, network);
	let loose: number | undefined;
	let isIndexed: boolean;
	try {
		loose = await firstLoose(network, opened.stores, options.signal);
		isIndexed = await hasIndex(opened.stores);
	} finally {
		await opened.close();
	}
	if (loose !== undefined)
		for await (const step of repairChainDatabase({...parts, cutFrom: loose})) steps.push(step);
	if (!isIndexed) {
		await fileSystem.makeFolder(moveAside);
		await rename(path.join(folder, 'index'), path.join(moveAside, 'index'));
	}
	const tipBlockNo = await withStoppedChain(options, async ({tip}) => (tip === 'origin' ? -1 : tip.blockNo));
	const movedTo = (await exists(moveAside)) ? moveAside : null;
	return {steps, movedTo, indexRebuilt: !isIndexed, tipBlockNo};
};
