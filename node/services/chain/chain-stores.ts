import type {ChainIndex} from '#node/ports/chain-index';
import type {ChainStore} from '#node/ports/chain-store';
import type {LedgerStore} from '#node/ports/ledger-store';

/** All that the chain service writes: blocks, states, and what they are found by. */
export type ChainStores = {
	readonly chainStore: ChainStore;
	readonly ledgerStore: LedgerStore;
	readonly chainIndex: ChainIndex;
};
