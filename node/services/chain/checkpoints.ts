import {defined} from '#kernel/assert';
import type {HeaderHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {BlockError} from '#ledger/block/block-error';
import {numberOfKey} from '#ledger/state/keys';
import type {MainChainVerdict, MainChainWatcher} from '../main-chain-watcher.ts';
import type {ChainEntry} from './chain-entry.ts';
import type {ChainNetwork} from './chain-network.ts';
import type {ChainState, Parent} from './chain-state.ts';
import {periodsClosedBetween} from './period-snapshots.ts';

const MESSAGE =
	'Cardano made a block final that is not on this node’s chain: it was cut off from the others. "dcloud checkpoint conflict show" compares the two chains and says what is safe to do.';

/**
 * The block of the newest checkpoint on Cardano is final at once, although usually it lies below the anchor already.
 * Forks that leave the chain below it go when the anchor is moved. Throws CHAIN_CHECKPOINT_CONFLICT.
 */
export const noteCheckpoint = ({ledger, forks}: ChainState): readonly ChainEntry[] => {
	const [confirmed] = ledger.confirmedCheckpoint.values();
	const entry = confirmed && forks.find(confirmed.blockHash);
	if (entry === undefined) return [];
	const {blockNo, hash} = entry.header;
	const noted = forks.checkpoint(blockNo, hash);
	if (noted.ok) return noted.value;
	throw new NodeError({...noted.error, message: MESSAGE});
};

/**
 * What Cardano says to a block: of the end of a period that it leaves behind, so that a chain that Cardano did not make
 * final goes no further than that end, whoever brings it, even if it never reports anything; and of what it reports.
 */
export const judgeByCardano = async (
	{env}: ChainNetwork,
	mainChain: MainChainWatcher,
	{tip, mcRef}: Parent,
	{header, body}: ChainEntry,
): Promise<MainChainVerdict> => {
	const ended = periodsClosedBetween(env, tip, header);
	if (ended !== undefined && tip !== 'origin') {
		const verdict = await mainChain.judgePeriods({...ended, blockHash: tip.hash});
		if (verdict !== 'holds') return verdict;
	}
	const segment = defined(body, 'a branch has bodies').mainChain;
	return mainChain.judge(defined(mcRef, 'and so has what it stands on'), segment);
};

/**
 * A block reports what Cardano made final, Cardano bears it out, and what this chain has instead cannot be rolled back
 * any more: nothing can be right from here on. Throws CHAIN_CHECKPOINT_CONFLICT. Who cannot see Cardano takes no
 * block's word for it.
 */
export const stopOnConflict = (
	{forks}: ChainState,
	mainChain: Pick<MainChainWatcher, 'tip'>,
	error: BlockError | undefined,
): void => {
	if (error?.code !== 'MC_CHECKPOINT_CONFLICT' || mainChain.tip() === undefined) return;
	const {period, expected: hash, blockHash: expected} = error;
	if (forks.find(hash) !== undefined) return;
	throw new NodeError({code: 'CHAIN_CHECKPOINT_CONFLICT', period, expected, hash, message: MESSAGE});
};

/** How often Cardano is asked, in its own slots, whether it has made another history final. */
const LOOK_EVERY_SLOTS = 60;

/** Closed periods, not confirmed yet, whose last block cannot be rolled back any more. */
const finalPeriods = ({
	ledger,
	anchor: {tip},
}: ChainState): readonly {readonly period: number; readonly blockHash: HeaderHash}[] =>
	[...ledger.pendingCheckpoints]
		.filter(([, {blockNo}]) => tip !== 'origin' && blockNo <= tip.blockNo)
		.map(([key, {blockHash}]) => ({period: numberOfKey(key), blockHash}));

/**
 * Compares what is final here with what Cardano made final, whatever the blocks here say of it: forgers that report
 * nothing would keep a cut-off node on their chain for ever. Throws CHAIN_CHECKPOINT_CONFLICT.
 */
export const createConflictWatch = (
	mainChain: Pick<MainChainWatcher, 'tip' | 'judgePeriods'>,
): ((state: ChainState) => Promise<void>) => {
	let lookedAt = Number.NEGATIVE_INFINITY;
	return async state => {
		const slot = mainChain.tip()?.slot;
		if (slot === undefined || slot - lookedAt < LOOK_EVERY_SLOTS) return;
		const periods = finalPeriods(state);
		if (periods.length > 0) lookedAt = slot;
		for (const {period, blockHash: hash} of periods) {
			const verdict = await mainChain.judgePeriods({first: period, last: period, blockHash: hash});
			if (verdict === 'holds' || verdict.code !== 'MC_PERIOD_CONFLICT') continue;
			const {expected} = verdict;
			throw new NodeError({code: 'CHAIN_CHECKPOINT_CONFLICT', period, expected, hash, message: MESSAGE});
		}
	};
};
