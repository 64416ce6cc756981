/**
 * Builds the chain's state from what is on disk: the chain that was selected, replayed from the newest good snapshot,
 * then every other block that was kept above the anchor.
 */
import {ForkChoice} from '#consensus/chain/fork-choice';
import {assert, defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import {applyDiff, undoDiff} from '#ledger/state/diff';
import type {ChainStore} from '#node/ports/chain-store';
import type {Log} from '#node/ports/log';
import type {ChainAnchor} from './chain-entry.ts';
import type {ChainNetwork} from './chain-network.ts';
import {addEntry, type ChainState} from './chain-state.ts';
import type {ChainStores} from './chain-stores.ts';
import {noteCheckpoint} from './checkpoints.ts';
import {entryBody, judgeBlockBytes} from './judge-body.ts';
import {judgeHeader} from './judge-header.ts';
import {type Replay, replayChain, volatileBlock} from './replay-chain.ts';

export type {ChainStores} from './chain-stores.ts';

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

/** Blocks are missing that led to the last final one: whoever brings them must lead to it too. */
const requireFinal = (state: ChainState, chainStore: ChainStore): void => {
	const {anchor} = chainStore.selection();
	if (anchor === null || anchor.blockNo <= (chainStore.immutableTip()?.blockNo ?? -1)) return;
	const noted = state.forks.checkpoint(anchor.blockNo, anchor.hash);
	assert(noted.ok, 'what was selected leads to what was final');
};

/** Blocks of forks, and blocks that were kept and not selected before the process ended. */
const loadForks = async (
	network: ChainNetwork,
	{chainStore}: ChainStores,
	state: ChainState,
	nowMs: number,
): Promise<void> => {
	const anchorNo = state.anchor.tip === 'origin' ? -1 : state.anchor.tip.blockNo;
	for (const link of chainStore.volatileBlocks()) {
		if (link.blockNo <= anchorNo || state.forks.find(link.hash) !== undefined) continue;
		const stored = await volatileBlock(chainStore, link);
		const judged = stored && judgeBlockBytes(network, stored.bytes);
		const body = judged?.ok === true ? entryBody(judged.value) : undefined;
		if (judged?.ok !== true || body?.ok !== true) continue;
		const {header} = judged.value;
		if (!judgeHeader(network, state, header, nowMs).ok) continue;
		defined(state.forks.find(header.hash), 'a good header is kept').body = body.value;
		state.forks.addBody(header.hash);
	}
};

export type OpenedChain = {
	readonly state: ChainState;
	/** The block of the snapshot that it began with; -1: the genesis. */
	readonly snapshotNo: number;
};

/** Throws STORE_FAILED and its kin. What is damaged above the anchor is left out and comes again from peers. */
export const openChain = async (
	network: ChainNetwork,
	stores: ChainStores,
	{log, nowMs}: {readonly log: Log; readonly nowMs: number},
): Promise<OpenedChain> => {
	const replay = await replayChain(network, stores, log);
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
	requireFinal(state, stores.chainStore);
	await loadForks(network, stores, state, nowMs);
	return {state, snapshotNo: replay.from};
};

/** Thrown when another part of the node fails for good; kept here so that all of them say the same. */
export const chainStopped = (cause: unknown): NodeError =>
	new NodeError({code: 'CHAIN_STOPPED', message: 'The chain service has stopped: see the cause.'}, {cause});
