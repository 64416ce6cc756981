/** `dcloud db export | import`: snapshot files beside the adapters that they need. */
import {mkdir, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Result} from '#kernel/result';
import {readChunks} from './adapters/chunk-files.ts';
import {createNodeFileSystem} from './adapters/node-file-system.ts';
import {storeFailure} from './adapters/store-failure.ts';
import {createSystemClock} from './adapters/system-clock.ts';
import {
	verifyThreadsDefault,
	WorkerHeaderVerifier,
} from './adapters/worker-header-verifier/worker-header-verifier.ts';
import {readGenesis} from './read-inputs.ts';
import {type ChainNetwork, chainNetwork} from './services/chain/chain-network.ts';
import type {ChainStores} from './services/chain/chain-stores.ts';
import {exportSnapshot, type SnapshotExport} from './services/snapshot-file/export-snapshot.ts';
import {
	type ImportFailure,
	type ImportReport,
	importSnapshot,
	type Voucher,
} from './services/snapshot-file/import-snapshot.ts';
import {
	databaseOf,
	exists,
	type FolderOptions,
	type OpenStores,
	openChainStores,
	withStoppedChain,
} from './stopped-chain.ts';

/** Hands `write` what is to be exported of a stopped node. Throws like `withStoppedChain` and `exportSnapshot`. */
export const exportFromFolder = <T>(
	options: FolderOptions & {readonly period: number | undefined; readonly software: string},
	write: (snapshot: SnapshotExport) => Promise<T>,
): Promise<T> => withStoppedChain(options, async chain => write(await exportSnapshot(chain, options)));

export type ImportFileOptions = FolderOptions & {
	readonly file: string;
	/** Kupo, or a root that the user trusts. */
	readonly trust: {readonly kupoUrl: string} | {readonly stateRoot: Hash32};
	readonly checkpointOnly: boolean;
	readonly signal: AbortSignal;
	/** Bytes of the file that have been read. */
	readonly onBytes: (bytes: number) => void;
};

const voucherOf = async ({env}: ChainNetwork, trust: ImportFileOptions['trust']): Promise<Voucher> => {
	if ('stateRoot' in trust) return {kind: 'trusted-root', ...trust};
	const {createKupoMainChain} = await import('./adapters/kupo-main-chain.ts');
	const {createKupoCheckpoints} = await import('./adapters/kupo-checkpoints.ts');
	const options = {...trust, ...env.genesis.cardano, genesisHash: env.genesisHash};
	return {
		kind: 'cardano',
		checkpoints: createKupoCheckpoints(options),
		mainChain: createKupoMainChain(options),
	};
};

const refuseExisting = async (folder: string): Promise<void> => {
	if (!(await exists(folder))) return;
	throw new NodeError({
		code: 'DATABASE_EXISTS',
		folder,
		message: `${folder} is there already and is never overwritten: choose another --data-dir, or move it away.`,
	});
};

/** Does the work in a folder of its own, which no other import uses and which is gone afterwards. */
const inStaging = async <T>(dataDir: string, work: (staging: string) => Promise<T>): Promise<T> => {
	const folder = path.join(dataDir, 'import');
	await mkdir(folder, {recursive: true, mode: 0o700});
	const lock = await createNodeFileSystem().lock(folder);
	const staging = path.join(folder, 'db');
	try {
		// What an import left that was cut off.
		await rm(staging, {recursive: true, force: true});
		return await work(staging);
	} finally {
		await rm(staging, {recursive: true, force: true});
		await lock.release();
		await rm(folder, {recursive: true, force: true});
	}
};

/**
 * Makes the database of a data folder from a snapshot file: all of it, or nothing. Throws DATABASE_EXISTS,
 * DATA_FOLDER_IN_USE (another import), GENESIS_BAD, FILE_…, STORE_… and MAIN_CHAIN_….
 */
export const importFromFile = async (
	options: ImportFileOptions,
): Promise<Result<ImportReport, ImportFailure>> => {
	const {dataDir, genesis, crypto, log, file, trust, checkpointOnly, signal, onBytes} = options;
	const network = chainNetwork(await readGenesis(crypto, genesis));
	const voucher = await voucherOf(network, trust);
	const folder = databaseOf(dataDir);
	await refuseExisting(folder);
	return inStaging(dataDir, async staging => {
		await refuseExisting(folder);
		let opened: OpenStores | undefined;
		const openFresh = async (): Promise<ChainStores> => {
			opened = await openChainStores(staging, network);
			return opened.stores;
		};
		const headerVerifier = new WorkerHeaderVerifier({crypto, log}, {threads: verifyThreadsDefault()});
		const ports = {network, openStores: openFresh, clock: createSystemClock(), log, headerVerifier};
		let imported: Result<ImportReport, ImportFailure>;
		try {
			imported = await importSnapshot(ports, readChunks(file, onBytes), {voucher, checkpointOnly, signal});
		} finally {
			await headerVerifier.close();
			await opened?.close();
		}
		if (!imported.ok) return imported;
		// A node that started meanwhile has made its own.
		await rename(staging, folder).catch(async (cause: unknown) => {
			await refuseExisting(folder);
			throw storeFailure(cause, folder);
		});
		await createNodeFileSystem().syncFolder(dataDir);
		return imported;
	});
};
