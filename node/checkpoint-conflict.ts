/** `dcloud checkpoint conflict`: the chain of a stopped node beside what Cardano made final, and a way out. */
import {rename} from 'node:fs/promises';
import path from 'node:path';
import {NodeError} from '#kernel/node-error';
import type {Tip} from '#kernel/point';
import {createNodeFileSystem} from './adapters/node-file-system.ts';
import {storeFailure} from './adapters/store-failure.ts';
import {createSystemClock} from './adapters/system-clock.ts';
import {type ComparedPeriod, compareCheckpoints} from './services/chain/compare-checkpoints.ts';
import {type FolderOptions, findDatabase, withStoppedChain} from './stopped-chain.ts';

export type ConflictOptions = FolderOptions & {
	readonly kupoUrl: string;
	readonly signal: AbortSignal;
};

export type ComparedHistories = {
	/** The stable checkpoints on Cardano, from old to new. */
	readonly periods: readonly ComparedPeriod[];
	/** The newest period whose last block is the same on both sides. */
	readonly lastShared: ComparedPeriod | undefined;
	/** The first one that ends otherwise here. */
	readonly conflict: ComparedPeriod | undefined;
	readonly tip: Tip;
};

/**
 * Throws DATABASE_MISSING, DATA_FOLDER_IN_USE (the node runs), DATA_OF_OTHER_NETWORK, GENESIS_BAD, FILE_…, STORE_… and
 * MAIN_CHAIN_….
 */
export const compareHistories = async (options: ConflictOptions): Promise<ComparedHistories> => {
	const {env} = (await findDatabase(options)).network;
	const {createKupoCheckpoints} = await import('./adapters/kupo-checkpoints.ts');
	const {kupoUrl, signal} = options;
	const {cardano} = env.genesis;
	const history = createKupoCheckpoints({kupoUrl, ...cardano, genesisHash: env.genesisHash});
	const checkpoints = await history.stable({signal});
	return withStoppedChain(options, async chain => {
		const periods = await compareCheckpoints(chain, checkpoints);
		return {
			periods,
			lastShared: periods.findLast(({verdict}) => verdict === 'same'),
			conflict: periods.find(({verdict}) => verdict === 'other'),
			tip: chain.tip,
		};
	});
};

export type Resolution = {
	readonly histories: ComparedHistories;
	/** Where the database is now. */
	readonly movedTo: string;
};

/**
 * Moves the database aside when it holds another chain than Cardano's, and only then. Keys, pieces and the number of the
 * slot that was last signed for stay: nothing is signed twice. Nothing is deleted. Throws like `compareHistories`, and
 * CHECKPOINT_CONFLICT_NONE.
 */
export const resolveConflict = async (options: ConflictOptions): Promise<Resolution> => {
	const {folder} = await findDatabase(options);
	const histories = await compareHistories(options);
	if (histories.conflict === undefined)
		throw new NodeError({
			code: 'CHECKPOINT_CONFLICT_NONE',
			periods: histories.periods.map(({period}) => period),
			message: 'Nothing was moved: the chain of this node contradicts no checkpoint that Cardano shows.',
		});
	const fileSystem = createNodeFileSystem();
	const stamp = new Date(createSystemClock().now()).toISOString().replace(/[:.]/g, '-');
	const movedTo = path.join(options.dataDir, `db-of-other-chain-${stamp}`);
	// A node that was started meanwhile keeps its database.
	const lock = await fileSystem.lock(folder);
	try {
		await rename(folder, movedTo).catch((cause: unknown) => {
			throw storeFailure(cause, folder);
		});
	} finally {
		await lock.release();
	}
	await fileSystem.syncFolder(options.dataDir);
	return {histories, movedTo};
};
