/** Whole blocks of transfers: decoded, every signature checked, applied, the diff taken. */
import {assert} from '#kernel/assert';
import {u32be} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {Slot} from '#kernel/slot';
import {applyBlock} from '#ledger/block/apply-block';
import {encodeBody} from '#ledger/block/block-body';
import {BODY_BYTES_MAX} from '#ledger/limits';
import type {Transaction} from '#ledger/tx/transaction';
import {crypto} from '../support/crypto.ts';
import {LedgerChain, type Party, party} from '../support/ledger-chain.ts';
import {ada, testGenesis} from '../support/ledger-genesis.ts';
import {type Bench, moreIsBetter} from './bench.ts';
import {ratePerSecond} from './measure.ts';

const ACCOUNTS = 5000;

export const ledgerTx: Bench = {
	name: 'ledger-tx',
	run: async () => {
		const parties = Array.from({length: ACCOUNTS}, (_, index): Party => party(`account ${index}`));
		const accounts = parties.map(({account}) => ({account, balance: ada(1000), pool: null}));
		const chain = new LedgerChain(testGenesis({accounts}));
		const transactions: Transaction[] = [];
		for (let bytes = 0; ; ) {
			const index = transactions.length;
			const [from, to] = [parties[index], parties[ACCOUNTS - 1 - index]];
			assert(from !== undefined && to !== undefined, 'there are enough accounts');
			const action = {kind: 'transfer', to: to.account, amount: Lovelace(1n)} as const;
			const transaction = chain.transaction(from, action);
			bytes += transaction.size;
			if (bytes > BODY_BYTES_MAX - 200) break;
			transactions.push(transaction);
		}
		const segments = encodeBody({transactions, mainChain: {mcRef: chain.mcRef, events: []}});
		const context = chain.contextAt(Slot(1));
		const applied = ratePerSecond(() => {
			const block = applyBlock(chain.env, chain.state, context, segments);
			assert(block.ok && block.value.transactions.length === transactions.length, 'the block is good');
			return transactions.length;
		});
		const seed = crypto.blake2b256(u32be(1));
		const key = crypto.ed25519VerificationKey(seed);
		const message = crypto.blake2b256(seed);
		const signature = crypto.signEd25519(seed, message);
		const verified = ratePerSecond(() => {
			for (let index = 0; index < 100; index++)
				assert(crypto.verifyEd25519(signature, message, key), 'the signature is good');
			return 100;
		});
		return [moreIsBetter('ledger-tx', 'tx/s', applied, {name: 'bare Ed25519 verification', value: verified})];
	},
};
