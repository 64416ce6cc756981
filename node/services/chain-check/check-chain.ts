/** Reads a whole stored chain and says what of it is good. Changes nothing. */
import type {Block} from '#consensus/block/block';
import {isPruned} from '#consensus/block/pruned-block';
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import type {AppliedBlock} from '#ledger/block/apply-block';
import type {StoredBlock} from '#node/ports/chain-store';
import type {ChainNetwork} from '../chain/chain-network.ts';
import {eventView} from '../chain/chain-records.ts';
import type {ChainStores} from '../chain/chain-stores.ts';
import {judgeStoredBytes} from '../chain/judge-body.ts';
import {type ChainProblem, PROBLEMS_MAX} from './chain-problem.ts';
import {type CheckedSnapshots, checkSnapshots} from './check-snapshots.ts';
import {CheckedReplay} from './checked-replay.ts';

export type CheckOptions = {
	/** Judges everything again: headers with their proofs, bodies, states, index. */
	readonly full: boolean;
	readonly signal: AbortSignal;
	/** Blocks read so far, and how many there are. */
	readonly onBlocks?: (count: number, all: number) => void;
};

export type ChainCheck = {
	/** Of the immutable part; null when it is empty. */
	readonly firstBlockNo: number | null;
	readonly lastBlockNo: number | null;
	/** Blocks above the immutable part, on any fork. */
	readonly volatileBlocks: number;
	/** Names of the snapshots that are good. */
	readonly snapshots: readonly string[];
	/** With `full`: the number of the block after whose state judging began (-1: the genesis); null: it did not. */
	readonly judgedAfter: number | null;
	/** The first ones; none: all is good. */
	readonly problems: readonly ChainProblem[];
};

type Before = {readonly hash: Hash32 | null; readonly slot: number};

/** A block by its place; undefined when there is none, or it cannot be read. */
const readBlock = async ({chainStore}: ChainStores, blockNo: number): Promise<StoredBlock | ChainProblem> => {
	try {
		const block = await chainStore.blockAt(BlockNo(blockNo));
		return block ?? {code: 'CHECK_BLOCK_MISSING', blockNo};
	} catch (error) {
		if (!(error instanceof NodeError) || error.code !== 'STORE_CORRUPT') throw error;
		return {code: 'CHECK_BLOCK_DAMAGED', blockNo, failure: {code: error.code}};
	}
};

/** The block of a place of the chain, decoded, on top of the one before it (undefined: that is not known). */
const checkBlock = (
	network: ChainNetwork,
	stored: StoredBlock,
	before: Before | undefined,
): Block | ChainProblem => {
	const {blockNo} = stored;
	const judged = judgeStoredBytes(network, stored.bytes);
	if (!judged.ok) return {code: 'CHECK_BLOCK_DAMAGED', blockNo, failure: judged.error};
	const {header} = judged.value;
	if (!equalBytes(header.hash, stored.hash) || header.blockNo !== blockNo || header.slot !== stored.slot)
		return {code: 'CHECK_BLOCK_DAMAGED', blockNo};
	const {prevHash, slot} = header;
	const follows =
		before === undefined ||
		(slot > before.slot &&
			(prevHash === null ? before.hash === null : before.hash !== null && equalBytes(prevHash, before.hash)));
	return follows ? judged.value : {code: 'CHECK_BLOCK_LINK_BROKEN', blockNo};
};

const isProblem = (value: object): value is ChainProblem => 'code' in value;

const checkIndex = async (
	{chainIndex}: ChainStores,
	{header: {hash, blockNo}}: Block,
	{events}: AppliedBlock,
): Promise<ChainProblem | undefined> => {
	// What the index lacks at its end it gets when the node starts.
	if (blockNo > ((await chainIndex.indexedTo())?.blockNo ?? -1)) return undefined;
	const wrong: ChainProblem = {code: 'CHECK_INDEX_WRONG', blockNo};
	const written = await chainIndex.events(hash);
	const texts = events.map(event => JSON.stringify(eventView(event)));
	if (written.length !== texts.length || texts.some((text, index) => text !== written[index])) return wrong;
	for (const event of events) {
		if (event.kind !== 'transaction') continue;
		const place = await chainIndex.transaction(event.txId);
		if (place === undefined || !equalBytes(place.hash, hash)) return wrong;
	}
	return undefined;
};

/** Judges block after block, as long as each is good: what comes after a bad one stands on nothing. */
class Judge {
	readonly #network: ChainNetwork;
	readonly #stores: ChainStores;
	readonly #snapshots: CheckedSnapshots;
	#after: number;
	#replay: CheckedReplay | undefined;

	constructor(network: ChainNetwork, stores: ChainStores, snapshots: CheckedSnapshots, firstBlockNo: number) {
		this.#network = network;
		this.#stores = stores;
		this.#snapshots = snapshots;
		this.#after = -1;
		if (firstBlockNo === 0) this.#replay = CheckedReplay.fromGenesis(network);
		else this.#beginWithSnapshot();
	}

	/** What comes before cannot be judged: it is not here, or pruned. */
	#beginWithSnapshot(): void {
		const [oldest] = this.#snapshots.good;
		this.#after = oldest?.blockNo ?? Number.POSITIVE_INFINITY;
		this.#replay = oldest && CheckedReplay.fromSnapshot(this.#network, oldest);
	}

	get after(): number | null {
		return Number.isFinite(this.#after) ? this.#after : null;
	}

	async judge(block: Block): Promise<readonly ChainProblem[]> {
		const {blockNo} = block.header;
		if (blockNo > this.#after && isPruned(block.segments)) this.#beginWithSnapshot();
		if (this.#replay === undefined || blockNo <= this.#after) return [];
		const applied = this.#replay.apply(block);
		if (!applied.ok) {
			this.#replay = undefined;
			return [{code: 'CHECK_BLOCK_INVALID', blockNo, failure: applied.error}];
		}
		const problems: ChainProblem[] = [];
		for (const snapshot of this.#snapshots.good)
			if (snapshot.blockNo === blockNo && !this.#replay.isAt(snapshot))
				problems.push({code: 'CHECK_SNAPSHOT_WRONG', name: snapshot.name, blockNo});
		const indexed = await checkIndex(this.#stores, block, applied.value);
		return indexed === undefined ? problems : [...problems, indexed];
	}

	/** A block is missing or bad. */
	stop(): void {
		this.#replay = undefined;
	}
}

const checkImmutable = async (
	network: ChainNetwork,
	stores: ChainStores,
	{first, last}: {readonly first: number; readonly last: number},
	judge: Judge | undefined,
	{signal, onBlocks}: CheckOptions,
): Promise<readonly ChainProblem[]> => {
	const problems: ChainProblem[] = [];
	let before: Before | undefined = first === 0 ? {hash: null, slot: -1} : undefined;
	for (let blockNo = first; blockNo <= last && problems.length < PROBLEMS_MAX; blockNo++) {
		signal.throwIfAborted();
		const stored = await readBlock(stores, blockNo);
		const block = isProblem(stored) ? stored : checkBlock(network, stored, before);
		if (isProblem(block)) {
			problems.push(block);
			judge?.stop();
			before = undefined;
		} else {
			problems.push(...((await judge?.judge(block)) ?? []));
			before = {hash: block.header.hash, slot: block.header.slot};
		}
		onBlocks?.(blockNo - first + 1, last - first + 1);
	}
	return problems;
};

const checkVolatile = async (
	network: ChainNetwork,
	{chainStore}: ChainStores,
): Promise<readonly ChainProblem[]> => {
	const problems: ChainProblem[] = [];
	for (const {hash, blockNo} of chainStore.volatileBlocks()) {
		const stored = await chainStore.block(hash).catch((error: unknown) => {
			if (error instanceof NodeError && error.code === 'STORE_CORRUPT') return undefined;
			throw error;
		});
		const block = stored && checkBlock(network, stored, undefined);
		if (block === undefined) problems.push({code: 'CHECK_BLOCK_DAMAGED', blockNo});
		else if (isProblem(block)) problems.push(block);
	}
	return problems;
};

export const checkChain = async (
	network: ChainNetwork,
	stores: ChainStores,
	options: CheckOptions,
): Promise<ChainCheck> => {
	const {chainStore} = stores;
	const snapshots = await checkSnapshots(stores);
	const first = (await chainStore.firstPlace())?.blockNo;
	const last = chainStore.immutableTip()?.blockNo;
	const range = first === undefined || last === undefined ? undefined : {first, last};
	const judge = range && options.full ? new Judge(network, stores, snapshots, range.first) : undefined;
	const blocks = range === undefined ? [] : await checkImmutable(network, stores, range, judge, options);
	const problems = [...snapshots.problems, ...blocks, ...(await checkVolatile(network, stores))];
	return {
		firstBlockNo: range?.first ?? null,
		lastBlockNo: range?.last ?? null,
		volatileBlocks: chainStore.volatileBlocks().length,
		snapshots: snapshots.good.map(({name}) => name),
		judgedAfter: judge?.after ?? null,
		problems: problems.slice(0, PROBLEMS_MAX),
	};
};
