/**
 * Builds the chain's state from what is on disk: the newest good snapshot, the effects written since, the last k blocks
 * as the volatile part, then every other block that was kept above the anchor.
 */
import {ForkChoice} from '#consensus/chain/fork-choice';
import {genesisPraosState, type PraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import {praosStateCodec} from '#consensus/praos-state-codec';
import {assert, defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {decode} from '#kernel/cbor/codec';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import {applyBlock} from '#ledger/block/apply-block';
import {genesisState} from '#ledger/genesis/genesis-state';
import {applyDiff, type LedgerDiff, undoDiff} from '#ledger/state/diff';
import {type MutableLedgerState, stateCodec} from '#ledger/state/state';
import type {ChainPlace, ChainStore} from '#node/ports/chain-store';
import type {LedgerSnapshot, LedgerStore} from '#node/ports/ledger-store';
import type {Log} from '#node/ports/log';
import type {ChainAnchor, ChainEntry} from './chain-entry.ts';
import type {ChainNetwork} from './chain-network.ts';
import {readApplied} from './chain-records.ts';
import {addEntry, type ChainState} from './chain-state.ts';
import {noteCheckpoint} from './checkpoints.ts';
import {entryBody, judgeBlockBytes} from './judge-body.ts';
import {judgeHeader} from './judge-header.ts';
import {closedBetween, periodName, pinPeriod} from './period-snapshots.ts';
import {snapshotOf} from './snapshot-of.ts';
import {blockContext} from './switch-chain.ts';

export type ChainStores = {readonly chainStore: ChainStore; readonly ledgerStore: LedgerStore};

/** A state while blocks are replayed on it. */
type Replay = {
	ledger: MutableLedgerState;
	praosState: PraosState;
	/** The next block to apply. */
	next: BlockNo;
	/** The last k blocks, from old to new, and the place below them. */
	readonly recent: ChainEntry[];
	below: Omit<ChainAnchor, 'mcRef'>;
};

const genesisReplay = ({env, params}: ChainNetwork): Replay => {
	const praosState = genesisPraosState(env.genesisHash, params);
	return {
		ledger: genesisState(env),
		praosState,
		next: BlockNo(0),
		recent: [],
		below: {tip: 'origin', praosState},
	};
};

const isSelected = async (chainStore: ChainStore, {blockNo, hash}: ChainPlace): Promise<boolean> => {
	const place = await chainStore.place(blockNo);
	return place !== undefined && equalBytes(place.hash, hash);
};

const replayFrom = ({hash, slot, blockNo, ...snapshot}: LedgerSnapshot): Replay | undefined => {
	const ledger = decode(stateCodec, snapshot.state);
	const praos = decode(praosStateCodec, snapshot.praosState);
	if (!ledger.ok || !praos.ok) return undefined;
	return {
		ledger: ledger.value,
		praosState: praos.value,
		next: BlockNo(blockNo + 1),
		recent: [],
		below: {tip: {hash, slot, blockNo}, praosState: praos.value},
	};
};

const startOfReplay = async (
	network: ChainNetwork,
	{chainStore, ledgerStore}: ChainStores,
	log: Log,
): Promise<Replay> => {
	for (const snapshot of await ledgerStore.snapshots()) {
		if (!(await isSelected(chainStore, snapshot))) continue;
		const replay = replayFrom(snapshot);
		if (replay !== undefined) return replay;
		log.warn('snapshot does not decode', {blockNo: snapshot.blockNo});
	}
	return genesisReplay(network);
};

/** The stored block, whose bytes are what its hash says; undefined when they are not. */
const loadEntry = async (
	network: ChainNetwork,
	chainStore: ChainStore,
	place: ChainPlace,
	praosBefore: PraosState,
): Promise<ChainEntry | undefined> => {
	const stored = await chainStore.block(place.hash);
	const judged = stored && judgeBlockBytes(network, stored.bytes);
	if (judged?.ok !== true || !equalBytes(judged.value.header.hash, place.hash)) return undefined;
	const body = entryBody(judged.value);
	if (!body.ok) return undefined;
	const {header} = judged.value;
	const {env, params} = network;
	const ticked = tickPraos(env.crypto, params, praosBefore, header.slot);
	const praosState = updatePraos(env.crypto, params, ticked, header);
	return {header, praosState, body: body.value, effect: undefined};
};

/** The effect of a block on the replayed state: what was written, or what it is worked out to be. */
const effectOf = async (
	network: ChainNetwork,
	ledgerStore: LedgerStore,
	replay: Replay,
	entry: ChainEntry,
): Promise<LedgerDiff | undefined> => {
	const record = await ledgerStore.applied(entry.header.hash);
	const written = record && readApplied(record);
	if (written !== undefined) return written.diff;
	const context = blockContext(network, replay, entry.header);
	const segments = defined(entry.body, 'it was loaded').block.segments;
	const applied = applyBlock(network.env, replay.ledger, context, segments);
	return applied.ok ? applied.value.diff : undefined;
};

/** Moves what is below on when more than k blocks are above it; a period that ends there is kept (again). */
const keepRecent = async (
	{env, params}: ChainNetwork,
	ledgerStore: LedgerStore,
	replay: Replay,
): Promise<void> => {
	if (replay.recent.length <= params.k) return;
	const {header, praosState} = defined(replay.recent.shift(), 'there are more than k');
	replay.below = {tip: {slot: header.slot, hash: header.hash, blockNo: header.blockNo}, praosState};
	const above = replay.recent[0]?.header;
	const period = above && closedBetween(env, header.slot, above.slot);
	if (period === undefined || (await ledgerStore.pinned(periodName(period))) !== undefined) return;
	const {ledger, recent: selected, below: anchor} = replay;
	await pinPeriod(ledgerStore, env, snapshotOf({ledger, selected, anchor}));
};

/** Replays up to the tip; false when a block is damaged, and then the chain ends before it. */
const replayAll = async (
	network: ChainNetwork,
	{chainStore, ledgerStore}: ChainStores,
	replay: Replay,
): Promise<boolean> => {
	for (;;) {
		const place = await chainStore.place(replay.next);
		if (place === undefined) return true;
		const entry = await loadEntry(network, chainStore, place, replay.praosState);
		const diff = entry && (await effectOf(network, ledgerStore, replay, entry));
		if (entry === undefined || diff === undefined) return false;
		applyDiff(replay.ledger, diff);
		entry.effect = {diff, events: []};
		replay.praosState = entry.praosState;
		replay.recent.push(entry);
		await keepRecent(network, ledgerStore, replay);
		replay.next = BlockNo(replay.next + 1);
	}
};

/** Where the ledger's Cardano reference was at the anchor: undone and done again, nothing is kept. */
const mcRefAtAnchor = ({ledger, recent}: Replay): ChainAnchor['mcRef'] => {
	const diffs = recent.map(({effect}) => defined(effect, 'a replayed block has an effect').diff);
	for (const diff of diffs.toReversed()) undoDiff(ledger, diff);
	const [row] = ledger.chain.values();
	for (const diff of diffs) applyDiff(ledger, diff);
	return defined(row, 'the ledger has a chain row').mcRef;
};

/** What was the selected chain is so again, whatever the clock says by now. */
const selectReplayed = (state: ChainState): void => {
	for (const entry of state.selected) addEntry(state, entry);
	const last = state.selected.at(-1);
	if (last === undefined) return;
	state.forks.tick(Number.POSITIVE_INFINITY);
	state.forks.switchTo(last.header.hash);
};

/** Blocks of forks, and blocks that were kept and not selected before the process ended. */
const loadForks = async (
	network: ChainNetwork,
	{chainStore}: ChainStores,
	state: ChainState,
	nowMs: number,
): Promise<void> => {
	const from = BlockNo(state.anchor.tip === 'origin' ? 0 : state.anchor.tip.blockNo + 1);
	for (const place of await chainStore.blocksFrom(from)) {
		if (state.forks.find(place.hash) !== undefined) continue;
		const stored = await chainStore.block(place.hash);
		const judged = stored && judgeBlockBytes(network, stored.bytes);
		const body = judged?.ok === true ? entryBody(judged.value) : undefined;
		if (judged?.ok !== true || body?.ok !== true) continue;
		const {header} = judged.value;
		if (!judgeHeader(network, state, header, nowMs).ok) continue;
		defined(state.forks.find(header.hash), 'a good header is kept').body = body.value;
		state.forks.addBody(header.hash);
	}
};

/** Throws STORE_FAILED and its kin. What is damaged is cut off and comes again from peers. */
export const openChain = async (
	network: ChainNetwork,
	stores: ChainStores,
	{log, nowMs}: {readonly log: Log; readonly nowMs: number},
): Promise<ChainState> => {
	const replay = await startOfReplay(network, stores, log);
	const isWhole = await replayAll(network, stores, replay);
	if (!isWhole) {
		log.warn('a stored block is damaged; the chain is cut before it', {blockNo: replay.next});
		const keepTo = replay.next === 0 ? null : BlockNo(replay.next - 1);
		await stores.chainStore.change({keepTo, adopted: []});
	}
	const {k} = network.params;
	const state: ChainState = {
		ledger: replay.ledger,
		forks: new ForkChoice({k, slots: network.slots, anchor: replay.below.tip, nowMs}),
		anchor: {...replay.below, mcRef: mcRefAtAnchor(replay)},
		selected: replay.recent,
	};
	selectReplayed(state);
	assert(state.selected.length <= k, 'no more than k blocks are volatile');
	noteCheckpoint(state);
	await loadForks(network, stores, state, nowMs);
	return state;
};

/** Thrown when another part of the node fails for good; kept here so that all of them say the same. */
export const chainStopped = (cause: unknown): NodeError =>
	new NodeError({code: 'CHAIN_STOPPED', message: 'The chain service has stopped: see the cause.'}, {cause});
