import type {ChainState} from './chain-state.ts';

/**
 * The block of the newest checkpoint on Cardano is final at once, although usually it lies below the anchor already.
 * Forks that leave the chain below it go.
 */
export const noteCheckpoint = (state: ChainState): void => {
	const [confirmed] = state.ledger.confirmedCheckpoint.values();
	const entry = confirmed && state.tree.find(confirmed.blockHash);
	if (entry?.effect === undefined) return;
	const {blockNo, hash} = entry.header;
	if (state.checkpoints.has(blockNo)) return;
	state.checkpoints.set(blockNo, hash);
	state.tree.drop(({effect, header}) => effect === undefined && header.blockNo <= blockNo);
};
