import {Lovelace} from '#kernel/lovelace';
import {Epoch, Slot} from '#kernel/slot';
import {SEED_FOLD_START} from '#storage-proofs/challenge';
import type {LedgerEnv} from '../environment.ts';
import {committeeOf} from '../main-chain/committee.ts';
import {takeSnapshot} from '../pools/take-snapshot.ts';
import {applyDiff} from '../state/diff.ts';
import {Draft} from '../state/draft.ts';
import {keyOf, numberKey} from '../state/keys.ts';
import {emptyState, type MutableLedgerState, readerOf} from '../state/state.ts';

/** The state before the first block. Delegations to pools that the genesis does not have count for nothing. */
export const genesisState = ({crypto, genesis, genesisHash}: LedgerEnv): MutableLedgerState => {
	const state = emptyState();
	const draft = new Draft(readerOf(state));
	for (const {account, balance, pool} of genesis.accounts)
		draft.set('accounts', keyOf(account), {balance, sequence: 0, pool});
	for (const pool of genesis.pools)
		draft.set('pools', keyOf(crypto.blake2b224(pool.coldVk)), {...pool, retiresAt: null});
	const snapshot = takeSnapshot(draft);
	draft.set('snapshots', numberKey(0), snapshot);
	draft.setSingle('chain', {slot: Slot(0), mcRef: genesis.cardano.start});
	const nothing = Lovelace(0n);
	draft.setSingle('pots', {fees: nothing, treasury: nothing, deposited: nothing, withdrawn: nothing});
	draft.setSingle('challenge', {
		fold: SEED_FOLD_START,
		seed: null,
		commitBlocks: 0,
		proofBlocks: 0,
		judgedUntil: Epoch(0),
	});
	draft.setSingle('confirmedCheckpoint', {
		period: 0,
		blockHash: genesisHash,
		committee: committeeOf(snapshot),
	});
	applyDiff(state, draft.diff());
	return state;
};
