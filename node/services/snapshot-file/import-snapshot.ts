/** From a snapshot file to a chain in fresh stores: verified against Cardano, then followed like any peer's chain. */
import {slotAt} from '#consensus/time';
import {equalBytes} from '#kernel/bytes';
import type {Hash32, HeaderHash} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {BlockNo, Slot} from '#kernel/slot';
import type {CheckpointHistory, CheckpointOnCardano} from '#node/ports/checkpoint-history';
import type {Clock} from '#node/ports/clock';
import type {HeaderVerifier} from '#node/ports/header-verifier';
import type {Log} from '#node/ports/log';
import type {MainChain} from '#node/ports/main-chain';
import type {ChainNetwork} from '../chain/chain-network.ts';
import type {ChainStores} from '../chain/open-chain.ts';
import {type FollowFailure, followBlocks} from './follow-blocks.ts';
import {readSnapshotFile, type SnapshotFile} from './read-snapshot-file.ts';
import type {SnapshotFileFailure, SnapshotManifest} from './snapshot-file.ts';
import {startChain} from './start-chain.ts';
import {
	checkPeriodEnd,
	decodeSnapshotState,
	type PeriodEnd,
	periodEndAfter,
	periodEndSlot,
	type SnapshotFailure,
	type SnapshotState,
	snapshotBlock,
} from './verify-snapshot.ts';

/** What vouches for the state of a file. */
export type Voucher =
	/** Cardano: the checkpoint of its period, and the events that the blocks since report. */
	| {readonly kind: 'cardano'; readonly checkpoints: CheckpointHistory; readonly mainChain: MainChain}
	/** The user, who has the root from somewhere he trusts. Nothing is compared with Cardano. */
	| {readonly kind: 'trusted-root'; readonly stateRoot: Hash32};

export type ImportPorts = {
	readonly network: ChainNetwork;
	/** Empty ones, asked for once the state is verified. */
	readonly openStores: () => Promise<ChainStores>;
	readonly clock: Clock;
	readonly log: Log;
	/** Default: this thread. */
	readonly headerVerifier?: HeaderVerifier | undefined;
};

export type ImportOptions = {
	readonly voucher: Voucher;
	/** Leaves out the blocks since: they come from peers. */
	readonly checkpointOnly?: boolean;
	readonly signal: AbortSignal;
	/** Blocks followed so far. */
	readonly onBlocks?: (count: number, all: number) => void;
};

export type ImportFailure =
	| SnapshotFileFailure
	| SnapshotFailure
	| FollowFailure
	| {
			readonly code: 'SNAPSHOT_PERIOD_OPEN';
			readonly period: number;
			readonly endsAtSlot: number;
			readonly currentSlot: number;
	  }
	| {
			readonly code: 'CHECKPOINT_NOT_ON_CARDANO';
			readonly period: number;
			/** Of the checkpoints that are stable there. */
			readonly known: readonly number[];
	  }
	| {readonly code: 'SNAPSHOT_ROOT_UNTRUSTED'; readonly found: Hash32; readonly trusted: Hash32};

export type ImportReport = {
	readonly period: number;
	readonly stateRoot: Hash32;
	/** The checkpoint that the state was compared with. */
	readonly checkpoint: CheckpointOnCardano | undefined;
	/** Later ones whose periods the blocks of the file close, and which agree. */
	readonly laterCheckpoints: readonly number[];
	readonly start: {readonly hash: HeaderHash; readonly blockNo: BlockNo; readonly slot: Slot};
	readonly tip: {readonly hash: HeaderHash; readonly blockNo: BlockNo; readonly slot: Slot};
	/** Blocks after the start. */
	readonly blocks: number;
};

type Verified = {
	readonly state: SnapshotState;
	readonly end: PeriodEnd;
	/** All of Cardano's, that of the file's period among them; empty with a trusted root. */
	readonly checkpoints: readonly CheckpointOnCardano[];
};

/** Before anything is worked out for a period: it exists, and the clock says that it is over. */
const findCheckpoint = async (
	{network, clock}: ImportPorts,
	{voucher, signal}: ImportOptions,
	{period}: SnapshotManifest,
): Promise<Result<readonly CheckpointOnCardano[], ImportFailure>> => {
	const currentSlot = slotAt(network.slots, clock.now()) ?? 0;
	const endsAtSlot = periodEndSlot(network, period);
	if (endsAtSlot > currentSlot) return err({code: 'SNAPSHOT_PERIOD_OPEN', period, endsAtSlot, currentSlot});
	if (voucher.kind === 'trusted-root') return ok([]);
	const checkpoints = await voucher.checkpoints.stable({signal});
	if (checkpoints.some(checkpoint => checkpoint.period === period)) return ok(checkpoints);
	return err({
		code: 'CHECKPOINT_NOT_ON_CARDANO',
		period,
		known: checkpoints.map(checkpoint => checkpoint.period),
	});
};

const checkEnd = (
	end: PeriodEnd,
	voucher: Voucher,
	checkpoints: readonly CheckpointOnCardano[],
): ImportFailure | undefined => {
	if (voucher.kind === 'trusted-root')
		return equalBytes(end.stateRoot, voucher.stateRoot)
			? undefined
			: {code: 'SNAPSHOT_ROOT_UNTRUSTED', found: end.stateRoot, trusted: voucher.stateRoot};
	const checkpoint = checkpoints.find(({period}) => period === end.period);
	return checkpoint && checkPeriodEnd(end, checkpoint);
};

const verify = async (
	ports: ImportPorts,
	options: ImportOptions,
	file: SnapshotFile,
): Promise<Result<Verified, ImportFailure>> => {
	const {network} = ports;
	const {period} = file.manifest;
	const found = await findCheckpoint(ports, options, file.manifest);
	if (!found.ok) return found;
	const block = snapshotBlock(network, file);
	if (!block.ok) return block;
	const state = decodeSnapshotState(file, block.value);
	if (!state.ok) return state;
	const end = periodEndAfter(network, state.value, period);
	if (!end.ok) return end;
	const failure = checkEnd(end.value, options.voucher, found.value);
	return failure === undefined
		? ok({state: state.value, end: end.value, checkpoints: found.value})
		: err(failure);
};

/**
 * Verifies a file and writes its chain into fresh stores. After a failure the stores hold part of it: the caller throws
 * them away. Throws MAIN_CHAIN_… when Cardano cannot be asked, and the failures of the disk.
 */
export const importSnapshot = async (
	ports: ImportPorts,
	chunks: AsyncIterable<Uint8Array>,
	options: ImportOptions,
): Promise<Result<ImportReport, ImportFailure>> => {
	const {network} = ports;
	const file = await readSnapshotFile(network.env.crypto, chunks, network.env);
	if (!file.ok) return file;
	try {
		options.signal.throwIfAborted();
		const verified = await verify(ports, options, file.value);
		if (!verified.ok) return verified;
		const {state, end, checkpoints} = verified.value;
		const stores = await ports.openStores();
		const {hash, blockNo, slot} = state.block.header;
		await startChain(network, stores, state.block, file.value);
		const followed = await followBlocks({...ports, stores}, file.value, {...options, checkpoints, state});
		if (!followed.ok) return followed;
		return ok({
			period: end.period,
			stateRoot: end.stateRoot,
			checkpoint: checkpoints.find(({period}) => period === end.period),
			start: {hash, blockNo, slot},
			...followed.value,
		});
	} finally {
		await file.value.close();
	}
};
