import {NodeError} from '#kernel/node-error';
import type {ChainEntry} from './chain-entry.ts';
import type {ChainState} from './chain-state.ts';

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
	throw new NodeError({
		...noted.error,
		message:
			'Cardano made a block final that is not on this node’s chain: it was cut off from the others. Synchronise again in a new folder.',
	});
};
