import test from 'ava';
import {defined} from '#kernel/assert';
import {fromHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {forestEvidenceOf, stateRootOf} from '#ledger/main-chain/state-root';
import {forestRootKey} from '#ledger/proofs/forest-root';
import {single} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import {tableNames} from '#ledger/state/tables';
import {FOREST_ROOTS_TABLE, stateRootOfForest} from '#onchain/state-row';
import {crypto} from '../../support/crypto.ts';
import {hashOf, LedgerChain} from '../../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../../support/ledger-genesis.ts';
import {pieceOf, registerProviders, runEpoch, storeWith, TestProvider} from '../../support/ledger-storage.ts';

const EPOCH = Epoch(1);

/** Two providers that have proven an epoch. */
const play = () => {
	const [east, west] = [new TestProvider('east'), new TestProvider('west')];
	const chain = new LedgerChain(testGenesis());
	registerProviders(chain, alice, [east, west]);
	chain.send(bob, {kind: 'payer-deposit', amount: Lovelace(ada(10))});
	storeWith(chain, bob, east, [pieceOf('a', 5000), pieceOf('b', 1)]);
	storeWith(chain, bob, west, [pieceOf('c', 100_000)]);
	runEpoch(chain, EPOCH, {committing: [east, west], proving: [east, west]});
	const reader = readerOf(chain.state);
	const parts = {
		praosRoot: hashOf('praos'),
		payoutRoot: hashOf('payout'),
		nextCommittee: single(reader, 'confirmedCheckpoint').committee,
	};
	return {chain, east, west, reader, parts};
};

test('what a provider has proven, and the seed that it was asked by, is shown under the state root as Cardano reads it', t => {
	const {chain, east, west, reader, parts} = play();
	const [{seed: drawn} = {seed: undefined}] = chain
		.eventsOf('challenge-drawn')
		.filter(({epoch}) => epoch === EPOCH);
	for (const {id: provider} of [east, west]) {
		const row = defined(reader.get('forestRoots', forestRootKey(EPOCH, provider)), 'it has proven');
		t.deepEqual(row.seed, defined(drawn, 'a seed was drawn'));
		const evidence = defined(
			forestEvidenceOf(crypto, reader, parts, {provider, epoch: EPOCH}),
			'it has proven',
		);
		const forest = {
			provider,
			epoch: EPOCH,
			root: row.root,
			totalLeaves: BigInt(row.totalLeaves),
			seed: defined(row.seed, 'leaves were asked for'),
			...evidence,
		};
		t.deepEqual(stateRootOfForest(crypto, forest), stateRootOf(crypto, reader, parts));
		t.notDeepEqual(
			stateRootOfForest(crypto, {...forest, seed: hashOf('other')}),
			stateRootOf(crypto, reader, parts),
		);
	}
});

test('nothing is shown of an epoch or a provider that has proven nothing', t => {
	const {east, reader, parts} = play();
	t.is(forestEvidenceOf(crypto, reader, parts, {provider: east.id, epoch: Epoch(0)}), undefined);
	t.is(forestEvidenceOf(crypto, reader, parts, {provider: hashOf('nobody'), epoch: EPOCH}), undefined);
});

test('Cardano’s scripts know the table of proven forests by the number that it has', t => {
	t.is(tableNames.indexOf('forestRoots'), FOREST_ROOTS_TABLE);
	t.is(fromHex(forestRootKey(EPOCH, hashOf('any'))).length, 40);
});
