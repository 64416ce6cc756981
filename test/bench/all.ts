import type {Bench} from './bench.ts';
import {cardanoRelayBench} from './cardano-relay.ts';
import {chainBench} from './chain/chain-bench.ts';
import {snapshotBench} from './chain/snapshot-bench.ts';
import {cryptoBenches} from './crypto.ts';
import {decodingBench} from './decoding.ts';
import {erasureBenches} from './erasure.ts';
import {headerValidation} from './header-validation.ts';
import {hundredPeers} from './hundred-peers.ts';
import {ledgerSettlement} from './ledger-settlement.ts';
import {ledgerTx} from './ledger-tx.ts';
import {nodeMemory} from './node-memory.ts';
import {onchainBenches} from './onchain.ts';
import {proofBenches} from './proofs.ts';
import {blockFetchBench, chainSyncBench} from './relay.ts';
import {simulatorBench} from './simulator.ts';
import {forestBench} from './storage/forest-bench.ts';
import {storageBench} from './storage/storage-bench.ts';

/** What `npm run bench` runs, in this order. */
export const allBenches: readonly Bench[] = [
	headerValidation,
	decodingBench,
	...cryptoBenches,
	...erasureBenches,
	...proofBenches,
	blockFetchBench,
	chainSyncBench,
	cardanoRelayBench,
	ledgerTx,
	ledgerSettlement,
	...onchainBenches,
	simulatorBench,
	nodeMemory,
	hundredPeers,
	chainBench,
	snapshotBench,
	forestBench,
	storageBench,
];
