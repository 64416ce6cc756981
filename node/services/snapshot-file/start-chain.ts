import type {Block} from '#consensus/block/block';
import type {LedgerSnapshot} from '#node/ports/ledger-store';
import type {ChainNetwork} from '../chain/chain-network.ts';
import type {ChainStores} from '../chain/open-chain.ts';
import {pinPeriod} from '../chain/period-snapshots.ts';

/**
 * Lets the chain of empty stores begin with a block whose state is known. The state is kept for the period as well: a
 * node that began here can hand it on.
 */
export const startChain = async (
	{env}: ChainNetwork,
	{chainStore, ledgerStore, chainIndex}: ChainStores,
	{header: {hash, prevHash, blockNo, slot}, bytes}: Block,
	{state, praosState}: Pick<LedgerSnapshot, 'state' | 'praosState'>,
): Promise<void> => {
	const snapshot = {hash, blockNo, slot, state, praosState};
	await chainStore.begin({hash, prevHash, blockNo, slot, bytes});
	await chainIndex.add([{hash, blockNo, slot, txIds: [], accountEntries: [], events: []}]);
	await ledgerStore.putSnapshot(snapshot);
	await pinPeriod(ledgerStore, env, snapshot);
};
