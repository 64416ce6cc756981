/** What goes back when nothing is given back. */
import test from 'ava';
import fc from 'fast-check';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import type {Agreement} from '#ledger/agreements/agreement';
import {creditsInCirculation} from '#ledger/money';
import {agreementOf, payerOf, providerOf} from '#ledger/queries';
import {refundOf} from '#ledger/service/judge-demands';
import {serviceClasses} from '#ledger/service/service-class';
import {demandDeposit} from '#ledger/service/service-terms';
import {keyOf} from '#ledger/state/keys';
import {bob} from '../../support/ledger-genesis.ts';
import {runEpoch, storeWith} from '../../support/ledger-storage.ts';
import {answer, classOf, demandOf, leafOf, PIECE, REVENUE, start, unanswered} from './service-scene.ts';

test("a provider that does not answer gives back what the client paid, out of that agreement's collateral", t => {
	const scene = start();
	const {chain, east, id} = scene;
	const before = creditsInCirculation(chain.state);
	const {bond} = providerOf(chain.state, east.id) ?? {bond: 0n};
	const funds = payerOf(chain.env, chain.state, bob.account)?.funds ?? 0n;
	unanswered(scene);
	// Two epochs were paid; the class promises ten, the collateral covers three.
	const refund = Lovelace(2n * REVENUE);
	t.deepEqual(chain.eventsOf('retrieval-missed'), [
		{
			kind: 'retrieval-missed',
			agreementId: id,
			provider: east.id,
			client: bob.account,
			epoch: Epoch(3),
			refund,
		},
	]);
	t.is(payerOf(chain.env, chain.state, bob.account)?.funds, Lovelace(funds + refund));
	t.is(agreementOf(chain.state, id)?.collateral, Lovelace(REVENUE));
	const provider = providerOf(chain.state, east.id);
	t.is(provider?.bond, Lovelace(bond - refund));
	t.like(provider?.penalties.at(-1), {reason: 'retrieval-missed', slashed: refund, vacated: false});
	t.like(chain.state.trackRecords.get(keyOf(east.id))?.events.at(-1), {reason: 'retrieval-missed', epoch: 3});
	t.like(chain.state.serviceClasses.get(keyOf(id)), {paid: 0n, refunded: refund});
	t.is(creditsInCirculation(chain.state), before);
	chain.next(east.commit(chain, 3));
	// Nothing was paid since: nothing goes back for the next one.
	unanswered(scene);
	t.is(chain.eventsOf('retrieval-missed').at(-1)?.refund, Lovelace(0n));
	chain.advanceTo(chain.slotAt(3, 4));
	chain.next(east.prove(chain, 3));
	chain.advanceTo(chain.slotAt(3, 9));
	t.like(chain.state.serviceClasses.get(keyOf(id)), {paid: REVENUE, refunded: refund});
});

test('whatever is promised and paid, no refund is more than the client paid or the agreement locks', t => {
	fc.assert(
		fc.property(
			fc.constantFrom(...serviceClasses),
			fc.bigInt({min: 0n, max: 10n ** 12n}),
			fc.bigInt({min: 0n, max: 10n ** 12n}),
			fc.integer({min: 1, max: 2 ** 40}),
			fc.bigInt({min: 1n, max: 10n ** 6n}),
			(serviceClass, paid, collateral, capacityLeaves, rate) => {
				const refund = refundOf({serviceClass, paid: Lovelace(paid)}, {
					rate: Lovelace(rate),
					capacityLeaves,
					collateral: Lovelace(collateral),
				} as Agreement);
				t.true(refund <= paid && refund <= collateral);
			},
		),
	);
});

test('a demand that nobody answers settles first: what was proven counts as paid, and goes back within the promise', t => {
	const scene = start('fast', 10);
	const {chain, id} = scene;
	t.deepEqual(chain.eventsOf('storage-paid'), []);
	unanswered(scene);
	t.like(chain.eventsOf('storage-paid'), [{epochs: 2, amount: Lovelace(2n * REVENUE)}]);
	t.like(chain.eventsOf('retrieval-missed'), [{refund: Lovelace(2n * REVENUE)}]);
	t.like(chain.state.serviceClasses.get(keyOf(id)), {paid: Lovelace(0n), refunded: Lovelace(2n * REVENUE)});
	t.is(payerOf(chain.env, chain.state, bob.account)?.owed, Lovelace(0n));
});

test('what was proven before the promise is paid when it is made, and never comes back', t => {
	const {chain, east} = start('fast', 10);
	const id = storeWith(chain, bob, east, [PIECE], {nonce: 1});
	const both = {committing: [east], proving: [east]};
	// It begins in epoch 4.
	for (const epoch of [3, 4, 5]) runEpoch(chain, epoch, both);
	chain.send(bob, classOf(id), {with: [east.operator]});
	t.deepEqual(
		chain.eventsOf('storage-paid').map(({agreementId, epochs}) => [agreementId, epochs]),
		[[id, 2]],
	);
	t.like(chain.state.serviceClasses.get(keyOf(id)), {since: Epoch(6), paid: Lovelace(0n)});
	runEpoch(chain, 6, both);
	unanswered({chain, east, id});
	t.like(chain.eventsOf('storage-paid').at(-1), {epoch: Epoch(6), epochs: 1});
	t.is(chain.eventsOf('retrieval-missed').at(-1)?.refund, Lovelace(REVENUE));
});

test('a client cannot earn by demanding: at best it has its money back, and each demand that is met costs it', t => {
	const scene = start();
	const {chain, east} = scene;
	const wealth = (): bigint =>
		(chain.state.accounts.get(keyOf(bob.account))?.balance ?? 0n) +
		(payerOf(chain.env, chain.state, bob.account)?.funds ?? 0n);
	chain.next(east.commit(chain, 3));
	const before = wealth();
	for (let round = 0; round < 5; round++) {
		chain.send(bob, demandOf(scene));
		chain.next(answer(scene, leafOf(PIECE, 3)));
	}
	const {parameters} = chain.env.genesis;
	t.true(wealth() < before - 5n * demandDeposit(parameters));
	const paid = chain.eventsOf('storage-paid').reduce((sum, {amount}) => sum + amount, 0n);
	for (let round = 0; round < 3; round++) unanswered(scene);
	const back = chain.eventsOf('retrieval-missed').reduce((sum, {refund}) => sum + refund, 0n);
	t.true(back <= paid);
	t.is(chain.eventsOf('retrieval-missed').length, 3);
});
