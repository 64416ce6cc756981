import test from 'ava';
import fc from 'fast-check';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {creditsInCirculation, withdrawnTotal} from '#ledger/money';
import {agreementOf, payerOf, providerOf} from '#ledger/queries';
import type {ActionOf} from '#ledger/tx/action';
import type {Transaction} from '#ledger/tx/transaction';
import {LedgerChain, type Party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, testGenesis} from '../../support/ledger-genesis.ts';
import {
	openingOf,
	pieceOf,
	registerProviders,
	repairer,
	runEpoch,
	storeWith,
	TestProvider,
} from '../../support/ledger-storage.ts';

const start = (opening: Partial<ActionOf<'agreement-open'>> = {}) => {
	const [east, west] = [new TestProvider('east'), new TestProvider('west')];
	const chain = new LedgerChain(testGenesis());
	registerProviders(chain, alice, [east, west]);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(10)});
	const agreementId = storeWith(chain, bob, east, [pieceOf('a', 5000)], {endEpoch: Epoch(2), ...opening});
	const order = (rateMax = ada(1), until = 9): void => {
		const wanted = {rateMax, until: Epoch(until)};
		chain.send(bob, {kind: 'agreement-standing', agreementId, order: wanted});
	};
	const price = (storePrice: Lovelace, minTermEpochs = 1): void => {
		const terms = {minTermEpochs, capacityLeaves: 2 ** 30, accepting: true, bondAdded: Lovelace(0n)};
		chain.send(
			alice,
			{kind: 'provider-update', provider: east.id, storePrice, ...terms},
			{with: [east.operator]},
		);
	};
	const both = {committing: [east], proving: [east]};
	return {chain, east, west, agreementId, order, price, both};
};

const renewal = (agreementId: Hash32, change: Partial<ActionOf<'agreement-renew'>> = {}) =>
	({
		kind: 'agreement-renew',
		agreementId,
		capacityLeaves: 16_384,
		rate: ada(1),
		endEpoch: Epoch(12),
		lockedUntil: Epoch(0),
		...change,
	}) as const;

test('an agreement goes on by itself, at the price of the day, as far as its client has ordered', t => {
	const {chain, east, agreementId, order, price, both} = start();
	order(ada(1), 4);
	price(Lovelace(ada(1) / 2n), 2);
	runEpoch(chain, 1, both);
	t.deepEqual(chain.eventsOf('agreement-renewed'), [
		{
			kind: 'agreement-renewed',
			agreementId,
			provider: east.id,
			rate: Lovelace(ada(1) / 2n),
			capacityLeaves: 16_384,
			endEpoch: Epoch(4),
		},
	]);
	const revenue = 7813n;
	t.like(agreementOf(chain.state, agreementId), {endEpoch: 4, revenue} as never);
	t.is(payerOf(chain.env, chain.state, bob.account)?.lockRate, Lovelace(revenue));
	// It keeps the collateral that it had; nothing of it is let go while the agreement runs.
	t.is(agreementOf(chain.state, agreementId)?.collateral, Lovelace(3n * 15_625n));
	for (const epoch of [2, 3]) runEpoch(chain, epoch, both);
	chain.advanceTo(chain.slotAt(4));
	t.like(chain.eventsOf('agreement-closed'), [{agreementId, reason: 'ended'}]);
	t.is(chain.eventsOf('agreement-renewed').length, 1);
	t.is(payerOf(chain.env, chain.state, bob.account)?.lockRate, Lovelace(0n));
	t.is(providerOf(chain.state, east.id)?.usedLeaves, 0);
});

const failures: readonly (readonly [reason: string, prepare: (scene: ReturnType<typeof start>) => void])[] = [
	['RENEWAL_TOO_DEAR', ({price}) => price(Lovelace(ada(1) + 1n))],
	[
		'PROVIDER_EXITING',
		({chain, east}) =>
			void chain.send(alice, {kind: 'provider-exit', provider: east.id}, {with: [east.operator]}),
	],
	[
		'PAYER_FUNDS_TOO_SMALL',
		({chain, price}) => {
			price(ada(1));
			const free = payerOf(chain.env, chain.state, bob.account)?.free ?? Lovelace(0n);
			chain.send(bob, {kind: 'payer-withdraw', amount: free});
		},
	],
];

for (const [reason, prepare] of failures)
	test(`an agreement that cannot go on ends when it ends, and the chain says why: ${reason}`, t => {
		const scene = start({endEpoch: Epoch(3)});
		const {chain, east, agreementId, order, both} = scene;
		order();
		prepare(scene);
		for (const epoch of [1, 2]) runEpoch(chain, epoch, both);
		t.deepEqual(chain.eventsOf('renewal-failed'), [
			{kind: 'renewal-failed', agreementId, provider: east.id, reason},
		]);
		chain.advanceTo(chain.slotAt(3));
		t.is(agreementOf(chain.state, agreementId), undefined);
	});

test('an order can be taken back, and is given by the client alone', t => {
	const {chain, agreementId, order, both} = start();
	const action = {kind: 'agreement-standing', agreementId, order: null} as const;
	t.deepEqual(chain.refusal(chain.transaction(carol, action)), {
		code: 'AGREEMENT_CLIENT_WRONG',
		client: bob.account,
		sender: carol.account,
	});
	order();
	chain.send(bob, action);
	runEpoch(chain, 1, both);
	t.deepEqual(chain.eventsOf('agreement-renewed'), []);
	chain.advanceTo(chain.slotAt(2));
	t.is(agreementOf(chain.state, agreementId), undefined);
});

test('who takes over a lost agreement goes on by the same order, and there is time to do so', t => {
	const {chain, west, agreementId, order, price} = start();
	order(ada(1), 9);
	price(ada(1));
	// East never commits: vacated in epoch 1, after the agreement was renewed until epoch 3.
	chain.advanceTo(chain.slotAt(2, -2));
	t.not(agreementOf(chain.state, agreementId)?.vacancy, null);
	chain.advanceTo(chain.slotAt(3));
	const opening = openingOf(west, {repairOf: agreementId, endEpoch: Epoch(9), nonce: 5});
	t.like(
		chain.refusal(
			chain.transaction(carol, {...opening, endEpoch: Epoch(10)}, {with: [west.operator, repairer]}),
		) as object,
		{code: 'REPAIR_END_TOO_LATE', endEpochMax: 9},
	);
	chain.send(carol, opening, {with: [west.operator, repairer]});
	const {agreementId: successor} = chain.eventsOf('agreement-opened').at(-1) ?? t.fail();
	t.deepEqual(agreementOf(chain.state, successor as Hash32)?.standing, {rateMax: ada(1), until: Epoch(9)});
	t.is(agreementOf(chain.state, successor as Hash32)?.client.length, 28);
	chain.advanceTo(chain.slotAt(4, 1));
	t.is(agreementOf(chain.state, agreementId), undefined);
});

test('both sides make an agreement longer, larger and dearer at once', t => {
	const {chain, east, agreementId} = start();
	const before = providerOf(chain.state, east.id) ?? t.fail();
	const renew = renewal(agreementId, {capacityLeaves: 32_768, rate: ada(2)});
	chain.send(bob, renew, {with: [east.operator]});
	t.like(agreementOf(chain.state, agreementId), {
		capacityLeaves: 32_768,
		endEpoch: 12,
		revenue: 62_500n,
		collateral: 187_500n,
	} as never);
	const after = providerOf(chain.state, east.id) ?? t.fail();
	t.is(after.usedLeaves - before.usedLeaves, 16_384);
	t.is(after.collateral, Lovelace(187_500n));
	t.is(payerOf(chain.env, chain.state, bob.account)?.lockRate, Lovelace(62_500n));
});

test('rejects a renewal that shrinks, is too cheap, asks for too much, or is not signed by both', t => {
	const {chain, east, agreementId} = start({lockedUntil: Epoch(2)});
	const refusal = (
		change: Partial<ActionOf<'agreement-renew'>>,
		signer: Party = east.operator,
		from = bob,
	): unknown =>
		chain.refusal(
			chain.transaction(from, renewal(agreementId, {lockedUntil: Epoch(2), ...change}), {with: [signer]}),
		);
	t.is(refusal({}), undefined);
	const shrinks = {code: 'RENEWAL_SHRINKS', capacityMin: 16_384, endEpochMin: 2, lockedUntilMin: 2};
	t.deepEqual(refusal({capacityLeaves: 16_383}), shrinks as never);
	t.deepEqual(refusal({endEpoch: Epoch(1)}), shrinks as never);
	t.deepEqual(refusal({lockedUntil: Epoch(1)}), shrinks as never);
	t.deepEqual(refusal({lockedUntil: Epoch(13)}), {
		code: 'AGREEMENT_LOCK_TOO_LONG',
		lockedUntil: Epoch(13),
		endEpoch: Epoch(12),
	});
	t.deepEqual(refusal({rate: Lovelace(9n)}), {
		code: 'AGREEMENT_RATE_TOO_LOW',
		rate: Lovelace(9n),
		rateMin: Lovelace(10n),
	});
	t.like(refusal({capacityLeaves: 2 ** 31}) as object, {code: 'PROVIDER_FULL'});
	const other = storeWith(chain, bob, east, [], {nonce: 8});
	t.not(agreementOf(chain.state, other), undefined);
	t.like(refusal({rate: Lovelace(ada(4) + 1n)}) as object, {code: 'AGREEMENT_RATE_APART'});
	t.like(refusal({capacityLeaves: 2 ** 23, rate: ada(4)}) as object, {code: 'PAYER_FUNDS_TOO_SMALL'});
	t.like(refusal({capacityLeaves: 2 ** 29, rate: ada(4)}) as object, {code: 'PROVIDER_COLLATERAL_TOO_SMALL'});
	t.like(refusal({}, carol) as object, {code: 'TX_SIGNATURE_SURPLUS'});
	t.like(refusal({}, east.operator, carol) as object, {code: 'AGREEMENT_CLIENT_WRONG'});
	const closing = start({endEpoch: Epoch(9)});
	closing.chain.send(bob, {kind: 'agreement-close', agreementId: closing.agreementId, mode: 'client'});
	const late = closing.chain.transaction(bob, renewal(closing.agreementId), {with: [closing.east.operator]});
	t.like(closing.chain.refusal(late) as object, {code: 'AGREEMENT_CLOSING'});
});

test('nobody ends an agreement while objects in it are locked', t => {
	const {chain, east, agreementId} = start({endEpoch: Epoch(9), lockedUntil: Epoch(3)});
	const close = (mode: 'cooperative' | 'client' | 'operator'): Transaction =>
		chain.transaction(
			mode === 'operator' ? alice : bob,
			{kind: 'agreement-close', agreementId, mode},
			mode === 'client' ? {} : {with: [east.operator]},
		);
	const locked = {code: 'AGREEMENT_LOCKED', agreementId, lockedUntil: Epoch(3)};
	for (const mode of ['cooperative', 'client', 'operator'] as const)
		t.deepEqual(chain.refusal(close(mode)), locked);
	for (const epoch of [1, 2]) runEpoch(chain, epoch, {committing: [east], proving: [east]});
	// The close window goes beyond the lock.
	t.is(chain.refusal(close('client')), undefined);
	t.deepEqual(chain.refusal(close('cooperative')), locked);
	chain.advanceTo(chain.slotAt(3));
	t.is(chain.refusal(close('cooperative')), undefined);
	const opening = openingOf(east, {nonce: 3, endEpoch: Epoch(9), lockedUntil: Epoch(10)});
	t.deepEqual(chain.refusal(chain.transaction(bob, opening, {with: [east.operator]})), {
		code: 'AGREEMENT_LOCK_TOO_LONG',
		lockedUntil: Epoch(10),
		endEpoch: Epoch(9),
	});
});

test('whatever is ordered and asked for, locks and money add up', t => {
	const step = fc.record({
		price: fc.integer({min: 1, max: 3}),
		term: fc.integer({min: 1, max: 3}),
		max: fc.integer({min: 1, max: 3}),
	});
	fc.assert(
		fc.property(fc.array(step, {minLength: 1, maxLength: 4}), steps => {
			const {chain, east, agreementId, order, price, both} = start();
			const credits = creditsInCirculation(chain.state) + withdrawnTotal(chain.state);
			for (const [index, {price: asked, term, max}] of steps.entries()) {
				if ((agreementOf(chain.state, agreementId)?.endEpoch ?? 0) <= index + 1) break;
				order(ada(max), 9);
				price(ada(asked), term);
				runEpoch(chain, index + 1, both);
				const agreement = agreementOf(chain.state, agreementId);
				if (agreement !== undefined) t.true(agreement.rate <= ada(3) && agreement.endEpoch <= 9);
			}
			const left = agreementOf(chain.state, agreementId);
			t.is(payerOf(chain.env, chain.state, bob.account)?.lockRate, Lovelace(left?.revenue ?? 0n));
			t.is(providerOf(chain.state, east.id)?.collateral, left?.collateral ?? Lovelace(0n));
			t.is(creditsInCirculation(chain.state) + withdrawnTotal(chain.state), credits);
		}),
		{numRuns: 15},
	);
});
