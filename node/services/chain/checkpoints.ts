import {NodeError} from '#kernel/node-error';
import type {BlockError} from '#ledger/block/block-error';
import type {MainChainWatcher} from '../main-chain-watcher.ts';
import type {ChainEntry} from './chain-entry.ts';
import type {ChainState} from './chain-state.ts';

const MESSAGE =
	'Cardano made a block final that is not on this node’s chain: it was cut off from the others. Synchronise again in a new folder.';

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
