import test from 'ava';
import type {Hash32} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {accessEpochOf, revocationsOf} from '#ledger/access/access-epoch';
import {readerOf} from '#ledger/state/state';
import type {ActionOf} from '#ledger/tx/action';
import {hashOf, LedgerChain} from '../../support/ledger-chain.ts';
import {alice, bob, testGenesis} from '../../support/ledger-genesis.ts';

const series: Hash32 = hashOf('series');
const whole: ActionOf<'access-revoke'> = {kind: 'access-revoke', series: null, epoch: 1, until: null};
const one = (epoch: number, until: number): ActionOf<'access-revoke'> => ({
	kind: 'access-revoke',
	series,
	epoch,
	until: Slot(until),
});

const refusal = (chain: LedgerChain, action: ActionOf<'access-revoke'>): unknown =>
	chain.refusal(chain.transaction(alice, action));

test('an account raises the epoch of all its grants, and of a series of them', t => {
	const chain = new LedgerChain(testGenesis());
	const epochs = (): readonly number[] =>
		[null, series].map(each => accessEpochOf(readerOf(chain.state), alice.account, each));
	t.deepEqual(epochs(), [0, 0]);
	const events = chain.send(alice, one(1, 1000));
	t.deepEqual(events.at(-1), {kind: 'access-revoked', owner: alice.account, series, epoch: 1});
	t.deepEqual(epochs(), [0, 1]);
	chain.send(alice, whole);
	t.deepEqual(epochs(), [1, 1]);
	t.is(accessEpochOf(readerOf(chain.state), bob.account, null), 0);
	t.deepEqual(revocationsOf(readerOf(chain.state), alice.account), [
		{owner: alice.account, series: null, epoch: 1, until: null},
		{owner: alice.account, series, epoch: 1, until: Slot(1000)},
	]);
	chain.rollback();
	t.deepEqual(epochs(), [0, 1]);
});

test('an epoch goes up by one', t => {
	const chain = new LedgerChain(testGenesis());
	t.deepEqual(refusal(chain, {...whole, epoch: 2}), {code: 'ACCESS_EPOCH_STALE', epoch: 2, current: 0});
	chain.send(alice, whole);
	t.deepEqual(refusal(chain, whole), {code: 'ACCESS_EPOCH_STALE', epoch: 1, current: 1});
});

test('a series says how long its revocation matters, the whole account does not', t => {
	const chain = new LedgerChain(testGenesis());
	t.deepEqual(refusal(chain, {...whole, until: Slot(50)}), {
		code: 'ACCESS_UNTIL_WRONG',
		until: Slot(50),
		slot: Slot(1),
	});
	t.deepEqual(refusal(chain, {...one(1, 1), until: null}), {
		code: 'ACCESS_UNTIL_WRONG',
		until: null,
		slot: Slot(1),
	});
	t.like(refusal(chain, one(1, 1)) as object, {code: 'ACCESS_UNTIL_WRONG'});
});

test('the chain forgets a revocation when no grant of its series can be valid any more', t => {
	const chain = new LedgerChain(testGenesis());
	const {epochLength} = chain.env.genesis;
	chain.send(alice, one(1, epochLength));
	chain.send(alice, whole);
	chain.advanceTo(Slot(epochLength - 1));
	t.is(chain.state.accessEpochs.size, 2);
	chain.advanceTo(Slot(epochLength));
	t.deepEqual([...chain.state.accessEpochs.values()], [{epoch: 1, until: null}]);
});
