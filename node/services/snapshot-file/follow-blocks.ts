/** The blocks since the checkpoint: judged as if they came from a peer, and what of them Cardano knows compared with it. */
import type {Block} from '#consensus/block/block';
import {stabilityWindow} from '#consensus/params';
import {equalBytes} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import type {HeaderHash} from '#kernel/hash';
import {type MainChainEvent, type McRef, mainChainEvents} from '#kernel/main-chain-event';
import type {Tip} from '#kernel/point';
import {err, type Failure, ok, type Result} from '#kernel/result';
import type {BlockNo, Slot} from '#kernel/slot';
import type {LedgerEvent} from '#ledger/events';
import type {CheckpointOnCardano} from '#node/ports/checkpoint-history';
import type {MainChain} from '#node/ports/main-chain';
import type {ChainNetwork} from '../chain/chain-network.ts';
import {ChainService} from '../chain/chain-service.ts';
import type {ChainStores} from '../chain/chain-stores.ts';
import {judgeBlockBytes} from '../chain/judge-body.ts';
import {createBlindWatcher} from '../main-chain-watcher.ts';
import type {ImportOptions, ImportPorts} from './import-snapshot.ts';
import type {SnapshotFile} from './read-snapshot-file.ts';
import type {SnapshotFileFailure} from './snapshot-file.ts';
import type {SnapshotState} from './verify-snapshot.ts';

export type FollowFailure =
	| SnapshotFileFailure
	| {
			readonly code: 'SNAPSHOT_BLOCK_REFUSED';
			/** How many blocks after the first one. */
			readonly index: number;
			readonly failure: Failure;
	  }
	/** A block is good and not on top of the one before it. */
	| {readonly code: 'SNAPSHOT_BLOCK_ASIDE'; readonly index: number}
	| {
			readonly code: 'SNAPSHOT_CHAIN_SPARSE';
			readonly blocks: number;
			readonly slots: number;
			readonly blocksMin: number;
	  }
	| {readonly code: 'SNAPSHOT_CHECKPOINT_CONFLICT'; readonly period: number}
	| {readonly code: 'SNAPSHOT_CARDANO_CONFLICT'; readonly mcRef: McRef; readonly problem: string};

export type Followed = {
	readonly blocks: number;
	readonly tip: {readonly hash: HeaderHash; readonly blockNo: BlockNo; readonly slot: Slot};
	readonly laterCheckpoints: readonly number[];
};

type Closed = Extract<LedgerEvent, {readonly kind: 'period-closed'}>;
type Told = {readonly mainChain: MainChainEvent[]; readonly closed: Closed[]; mcRef: McRef};
type FollowPorts = ImportPorts & {readonly stores: ChainStores};
type FollowOptions = ImportOptions & {
	readonly checkpoints: readonly CheckpointOnCardano[];
	readonly state: SnapshotState;
};

const isAt = (tip: Tip, hash: HeaderHash | undefined): tip is Exclude<Tip, 'origin'> =>
	tip !== 'origin' && hash !== undefined && equalBytes(tip.hash, hash);

/** Headers whose signatures are verified together. */
const HEADERS_TOGETHER = 256;

/** The blocks of which some did not become the chain: why the first of them did not. */
const whyNot = (chain: ChainService, blocks: readonly Block[], before: number): FollowFailure => {
	for (const [at, {header}] of blocks.entries()) {
		const failure = chain.refusalOf(header.hash);
		if (failure !== undefined) return {code: 'SNAPSHOT_BLOCK_REFUSED', index: before + at, failure};
	}
	const {tip} = chain;
	const kept = blocks.findIndex(({header}) => tip === 'origin' || header.blockNo > tip.blockNo);
	return {code: 'SNAPSHOT_BLOCK_ASIDE', index: before + Math.max(0, kept)};
};

/** Blocks whose bodies are their own; each has to become the tip. */
const takeBlocks = async (
	chain: ChainService,
	blocks: readonly Block[],
	before: number,
	signal: AbortSignal,
): Promise<FollowFailure | undefined> => {
	for (let from = 0; from < blocks.length; ) {
		signal.throwIfAborted();
		const next = blocks.slice(from, from + HEADERS_TOGETHER);
		const {taken, refusal} = await chain.considerHeaders(
			next.map(({header}) => header),
			{signal},
		);
		const good = next.slice(0, taken);
		const last = good.at(-1);
		if (last !== undefined) {
			await chain.considerBodies(good);
			if (!isAt(chain.tip, last.header.hash)) return whyNot(chain, good, before + from);
		}
		from += taken;
		// Leaders of a later epoch are known when the blocks before it are applied.
		const mustStop = taken === 0 || refusal?.code !== 'LEDGER_VIEW_UNAVAILABLE';
		if (refusal !== undefined && mustStop)
			return {code: 'SNAPSHOT_BLOCK_REFUSED', index: before + from, failure: refusal};
	}
	return undefined;
};

const takeBatch = async (
	chain: ChainService,
	batch: readonly Uint8Array[],
	before: number,
	signal: AbortSignal,
): Promise<FollowFailure | undefined> => {
	const blocks: Block[] = [];
	let failure: Failure | undefined;
	for (const bytes of batch) {
		const judged = judgeBlockBytes(chain.network, bytes);
		if (!judged.ok) {
			failure = judged.error;
			break;
		}
		blocks.push(judged.value);
	}
	const earlier = await takeBlocks(chain, blocks, before, signal);
	if (earlier !== undefined || failure === undefined) return earlier;
	return {code: 'SNAPSHOT_BLOCK_REFUSED', index: before + blocks.length, failure};
};

/**
 * Whoever holds less than half of the stake cannot make as many blocks as all others together. A file with fewer than
 * half of the blocks that all stake makes is not the network's chain, or of a network in which half of it sleeps.
 */
const checkDensity = (
	{params}: ChainNetwork,
	from: Slot,
	to: Slot,
	blocks: number,
): FollowFailure | undefined => {
	const slots = to - from;
	const {numerator, denominator} = params.f;
	const blocksMin = Number((BigInt(slots) * numerator) / (2n * denominator));
	if (slots < stabilityWindow(params) || blocks >= blocksMin) return undefined;
	return {code: 'SNAPSHOT_CHAIN_SPARSE', blocks, slots, blocksMin};
};

/** Later checkpoints on Cardano whose periods the blocks close; the first that says something else is a failure. */
const checkLater = (
	closed: readonly Closed[],
	checkpoints: readonly CheckpointOnCardano[],
): Result<readonly number[], FollowFailure> => {
	const later: number[] = [];
	for (const {period, blockHash, stateRoot, payoutRoot} of closed) {
		const there = checkpoints.find(checkpoint => checkpoint.period === period);
		if (there === undefined) continue;
		const isSame =
			equalBytes(there.blockHash, blockHash) &&
			equalBytes(there.stateRoot, stateRoot) &&
			equalBytes(there.payoutRoot, payoutRoot);
		if (!isSame) return err({code: 'SNAPSHOT_CHECKPOINT_CONFLICT', period});
		later.push(period);
	}
	return ok(later);
};

const bytesOf = (events: readonly MainChainEvent[]): Uint8Array =>
	encode(mainChainEvents(Number.MAX_SAFE_INTEGER), events);

/** All that the blocks report of Cardano at once: one question instead of one for every block. */
const checkMainChain = async (
	mainChain: MainChain,
	after: McRef,
	{mainChain: events, mcRef}: Told,
	signal: AbortSignal,
): Promise<FollowFailure | undefined> => {
	const conflict = (problem: string): FollowFailure => ({code: 'SNAPSHOT_CARDANO_CONFLICT', mcRef, problem});
	if (mcRef.slot === after.slot) return undefined;
	const there = await mainChain.blockAt(mcRef.slot, {signal});
	if (there?.slot !== mcRef.slot || !equalBytes(there.hash, mcRef.hash))
		return conflict('Cardano has another block there');
	const happened = await mainChain.events({after, upTo: mcRef}, {signal});
	return equalBytes(bytesOf(happened), bytesOf(events)) ? undefined : conflict('Cardano has other events');
};

const listen = (chain: ChainService, after: McRef, signal: AbortSignal): Told => {
	const told: Told = {mainChain: [], closed: [], mcRef: after};
	chain.onSwitch(
		({adopted}) => {
			for (const {body, effect} of adopted) {
				if (body === undefined) continue;
				told.mainChain.push(...body.mainChain.events);
				told.mcRef = body.mainChain.mcRef;
				for (const event of effect?.events ?? []) if (event.kind === 'period-closed') told.closed.push(event);
			}
		},
		{signal},
	);
	return told;
};

const takeAll = async (
	chain: ChainService,
	{batches, manifest}: SnapshotFile,
	{signal, onBlocks}: ImportOptions,
): Promise<Result<number, FollowFailure>> => {
	let blocks = 0;
	for await (const batch of batches) {
		if (!batch.ok) return batch;
		const failure = await takeBatch(chain, batch.value, blocks, signal);
		if (failure !== undefined) return err(failure);
		blocks += batch.value.length;
		onBlocks?.(blocks, manifest.blocks);
	}
	return ok(blocks);
};

/** Follows the file's blocks on the stores that begin with its state. */
export const followBlocks = async (
	{network, stores, clock, log, headerVerifier}: FollowPorts,
	file: SnapshotFile,
	options: FollowOptions,
): Promise<Result<Followed, FollowFailure>> => {
	const {state, checkpoints, voucher, signal} = options;
	const {header} = state.block;
	const start = {hash: header.hash, blockNo: header.blockNo, slot: header.slot};
	if (options.checkpointOnly === true) return ok({blocks: 0, tip: start, laterCheckpoints: []});
	const [position] = state.ledger.chain.values();
	const after = position?.mcRef ?? network.env.genesis.cardano.start;
	const ports = {...stores, clock, log, mainChain: createBlindWatcher(), headerVerifier};
	const chain = await ChainService.open(network, ports);
	const listening = new AbortController();
	try {
		const told = listen(chain, after, listening.signal);
		const taken = await takeAll(chain, file, options);
		if (!taken.ok) return taken;
		const {tip} = chain;
		if (!isAt(tip, file.tip())) return err({code: 'SNAPSHOT_BLOCK_ASIDE', index: taken.value});
		const sparse = checkDensity(network, start.slot, tip.slot, taken.value);
		if (sparse !== undefined) return err(sparse);
		const later = checkLater(told.closed, checkpoints);
		if (!later.ok) return later;
		const conflict =
			voucher.kind === 'cardano' ? await checkMainChain(voucher.mainChain, after, told, signal) : undefined;
		if (conflict !== undefined) return err(conflict);
		return ok({
			blocks: taken.value,
			tip,
			laterCheckpoints: later.value.filter(period => period > file.manifest.period),
		});
	} finally {
		listening.abort();
		await chain.settle();
	}
};
