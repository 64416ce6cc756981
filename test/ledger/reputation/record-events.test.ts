/** Reputation follows from the chain: from its events, block by block, and from nothing that a node adds. */
import test from 'ava';
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import {epochOfState} from '#ledger/queries';
import {toldBy} from '#ledger/reputation/record-events';
import {type Reputation, reputationOf} from '#ledger/reputation/reputation';
import {EMPTY_RECORD, type TrackRecord} from '#ledger/reputation/track-record';
import {keyOf} from '#ledger/state/keys';
import {readerOf} from '#ledger/state/state';
import {LedgerChain} from '../../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../../support/ledger-genesis.ts';
import {pieceOf, registerProviders, runEpoch, storeWith, TestProvider} from '../../support/ledger-storage.ts';

const providers = ['east', 'west', 'north'].map(name => new TestProvider(name));
const [east, west, north] = providers as [TestProvider, TestProvider, TestProvider];

/** What somebody finds who has the blocks alone. */
const replayed = (chain: LedgerChain): {readonly [provider: string]: TrackRecord} => {
	const records = new Map<string, TrackRecord>();
	for (const {context, events} of chain.blocks)
		for (const event of events) {
			const told = toldBy(event, context);
			if (told === undefined) continue;
			const key = keyOf(told.provider);
			records.set(key, told.change(records.get(key) ?? EMPTY_RECORD));
		}
	return Object.fromEntries(records);
};

const standing = (chain: LedgerChain, {id}: TestProvider): Reputation =>
	reputationOf(chain.env.genesis.parameters, readerOf(chain.state), id, epochOfState(chain.env, chain.state));

/** Five epochs: east proves all of them, west forgets to prove the third, north never begins. */
const life = (): LedgerChain => {
	const genesis = testGenesis();
	const parameters = {...genesis.parameters, missesToVacate: 2};
	const chain = new LedgerChain({...genesis, parameters});
	registerProviders(chain, alice, providers);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(100)});
	for (const [nonce, provider] of providers.entries())
		storeWith(chain, bob, provider, [pieceOf(`piece ${nonce}`, 2000)], {nonce});
	for (const epoch of [1, 2, 3, 4, 5])
		runEpoch(chain, epoch, {committing: [east, west], proving: epoch === 3 ? [east] : [east, west]});
	return chain;
};

test('the state has the records that the events of all blocks lead to', t => {
	const chain = life();
	t.deepEqual(Object.fromEntries(chain.state.trackRecords), replayed(chain));
	chain.rollback();
	chain.rollback();
	t.deepEqual(Object.fromEntries(chain.state.trackRecords), replayed(chain));
});

test('every loss of standing has its reason and its block', t => {
	const chain = life();
	const blockOf = (kind: string, {id}: TestProvider): readonly {slot: number; blockNo: number}[] =>
		chain.blocks.flatMap(({context: {slot, blockNo}, events}) =>
			events.some(event => event.kind === kind && 'provider' in event && keyOf(event.provider) === keyOf(id))
				? {slot, blockNo}
				: [],
		);
	t.like(standing(chain, east), {successes: 5, failures: 0, events: [], suspended: false});
	t.like(standing(chain, west), {
		successes: 4,
		failures: 1,
		events: blockOf('missed', west).map(place => ({epoch: 3, reason: 'no-proof', ...place})),
	} as never);
	t.deepEqual(
		standing(chain, north).events.map(({epoch, reason}) => [Number(epoch), reason]),
		[
			[1, 'no-commitment'],
			[2, 'no-commitment'],
			[2, 'vacated'],
		],
	);
});

test('new providers are vetted after their proven epochs, bad ones are suspended, strangers are neither', t => {
	const chain = life();
	t.like(standing(chain, east), {vettingEpochsLeft: 0, suspended: false, lowerBound: Ratio(606n, 1000n)});
	t.like(standing(chain, west), {vettingEpochsLeft: 0, suspended: false});
	t.like(standing(chain, north), {vettingEpochsLeft: 3, suspended: true, successes: 0, failures: 6});
	const stranger = new TestProvider('stranger');
	t.like(standing(chain, stranger), {
		vettingEpochsLeft: 3,
		suspended: false,
		lowerBound: Ratio(1n, 20n),
		expectation: Ratio(1n, 2n),
	});
});

test('an epoch that nobody could prove in is told and costs nothing', t => {
	const chain = new LedgerChain(testGenesis());
	registerProviders(chain, alice, [east]);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(100)});
	storeWith(chain, bob, east, [pieceOf('piece', 2000)]);
	chain.advanceTo(chain.slotAt(1, 2), 40);
	const [key] = chain.state.trackRecords.keys();
	t.is(key, keyOf(east.id));
	t.like(standing(chain, east), {failures: 0});
	t.deepEqual(
		standing(chain, {...east, id: Hash32(fromHex(key ?? ''))} as TestProvider).events.map(
			({reason}) => reason,
		),
		['excused'],
	);
});
