/** The blocks since the checkpoint: judged as if they came from a peer, and what of them Cardano knows compared with it. */
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
import type {ChainStores} from '../chain/open-chain.ts';
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

/** Hands in the blocks of one batch, each of which has to become the tip. */
const takeBatch = async (
	chain: ChainService,
	batch: readonly Uint8Array[],
	before: number,
	signal: AbortSignal,
): Promise<FollowFailure | undefined> => {
	for (const [index, bytes] of batch.entries()) {
		signal.throwIfAborted();
		const verdict = await chain.considerBlock(bytes);
		if (!verdict.ok) return {code: 'SNAPSHOT_BLOCK_REFUSED', index: before + index, failure: verdict.error};
		if (verdict.value !== 'adopted') return {code: 'SNAPSHOT_BLOCK_ASIDE', index: before + index};
	}
	return undefined;
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

const isAt = (tip: Tip, hash: HeaderHash | undefined): tip is Exclude<Tip, 'origin'> =>
	tip !== 'origin' && hash !== undefined && equalBytes(tip.hash, hash);

/** Follows the file's blocks on the stores that begin with its state. */
export const followBlocks = async (
	{network, stores, clock, log}: FollowPorts,
	file: SnapshotFile,
	options: FollowOptions,
): Promise<Result<Followed, FollowFailure>> => {
	const {state, checkpoints, voucher, signal} = options;
	const {header} = state.block;
	const start = {hash: header.hash, blockNo: header.blockNo, slot: header.slot};
	if (options.checkpointOnly === true) return ok({blocks: 0, tip: start, laterCheckpoints: []});
	const [position] = state.ledger.chain.values();
	const after = position?.mcRef ?? network.env.genesis.cardano.start;
	const chain = await ChainService.open(network, {...stores, clock, log, mainChain: createBlindWatcher()});
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
