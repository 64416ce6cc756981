/** `dcloud db prune`: takes storage proofs out of the blocks of a stopped node that need them no more. */
import {decode} from '#kernel/cbor/codec';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import {epochOf} from '#ledger/environment';
import type {LedgerParameters} from '#ledger/genesis/parameters';
import {parametersAt} from '#ledger/governance/rules-at';
import {readerOf, stateCodec} from '#ledger/state/state';
import {type PrunedChunk, pruneChunks} from './adapters/chain-database/prune-chunks.ts';
import {createNodeFileSystem} from './adapters/node-file-system.ts';
import type {ChainNetwork} from './services/chain/chain-network.ts';
import type {ChainStores} from './services/chain/chain-stores.ts';
import {type FolderOptions, findDatabase, openChainStores} from './stopped-chain.ts';

export type PruneReport = {
	/** Blocks before this one have no proofs, as far as their files hold none that are younger. */
	readonly beforeNo: number;
	readonly chunks: number;
	/** Blocks whose proofs went now. */
	readonly blocks: number;
	readonly bytesFreed: number;
};

/** Every snapshot is kept with all blocks since: replay, check and export begin there. */
const oldestSnapshot = async ({ledgerStore}: ChainStores): Promise<number> => {
	const kept = [...(await ledgerStore.snapshots())];
	for (const name of await ledgerStore.pinnedNames()) {
		const pinned = await ledgerStore.pinned(name);
		if (pinned !== undefined) kept.push(pinned);
	}
	return Math.min(...kept.map(({blockNo}) => blockNo), Number.MAX_SAFE_INTEGER);
};

/** As of the newest snapshot: governance may have changed them. */
const parametersOf = async ({env}: ChainNetwork, {ledgerStore}: ChainStores): Promise<LedgerParameters> => {
	const [newest] = await ledgerStore.snapshots();
	const state = newest && decode(stateCodec, newest.state);
	return state?.ok ? parametersAt(env, readerOf(state.value)) : env.genesis.parameters;
};

/** The first block within the last `lockEpochs` epochs: until then something may be claimed of what was proven. */
const firstLocked = async (network: ChainNetwork, stores: ChainStores): Promise<number> => {
	const {chainStore} = stores;
	const tip = chainStore.immutableTip();
	const first = (await chainStore.firstPlace())?.blockNo;
	if (tip === undefined || first === undefined) return 0;
	const {genesis} = network.env;
	const {lockEpochs} = await parametersOf(network, stores);
	const limit = (epochOf(genesis, tip.slot) - lockEpochs) * genesis.epochLength;
	let [low, high] = [first as number, tip.blockNo as number];
	while (low < high) {
		const middle = Math.floor((low + high) / 2);
		const place = await chainStore.place(BlockNo(middle));
		if (place === undefined)
			throw new NodeError({code: 'STORE_CORRUPT', blockNo: middle, message: `Block ${middle} is missing.`});
		if (place.slot < limit) low = middle + 1;
		else high = middle;
	}
	return low;
};

/**
 * Throws DATABASE_MISSING, DATA_FOLDER_IN_USE, DATA_OF_OTHER_NETWORK, STORE_CORRUPT, STORE_DISK_FULL, STORE_FAILED. What
 * breaks it off leaves a whole database.
 */
export const pruneDatabase = async (
	options: FolderOptions & {readonly signal: AbortSignal; readonly onChunk?: (chunk: PrunedChunk) => void},
): Promise<PruneReport> => {
	const {folder, network} = await findDatabase(options);
	const opened = await openChainStores(folder, network);
	try {
		const {stores} = opened;
		const beforeNo = Math.min(await oldestSnapshot(stores), await firstLocked(network, stores));
		const chunks = {fileSystem: createNodeFileSystem(), folder: `${folder}/immutable`};
		const report = {beforeNo, chunks: 0, blocks: 0, bytesFreed: 0};
		for await (const chunk of pruneChunks(chunks, {hasher: network.env.crypto, beforeNo})) {
			options.signal.throwIfAborted();
			options.onChunk?.(chunk);
			report.chunks++;
			report.blocks += chunk.pruned;
			report.bytesFreed += chunk.bytesBefore - chunk.bytesAfter;
		}
		return report;
	} finally {
		await opened.close();
	}
};
