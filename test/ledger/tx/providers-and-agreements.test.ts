import test from 'ava';
import {defined} from '#kernel/assert';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';
import {agreementIdOf} from '#ledger/agreements/find-agreement';
import {AGREEMENTS_PER_PROVIDER_MAX} from '#ledger/limits';
import {accountOf, agreementOf, payerOf, providerOf} from '#ledger/queries';
import {keyOf} from '#ledger/state/keys';
import type {ActionOf} from '#ledger/tx/action';
import {closingEpoch} from '#ledger/tx/rules/agreement-close';
import {hashOf, LedgerChain, type Party, party} from '../../support/ledger-chain.ts';
import {ada, alice, bob, carol, testGenesis} from '../../support/ledger-genesis.ts';
import {
	openingOf,
	pieceOf,
	registerProviders,
	repairer,
	storeWith,
	TestProvider,
} from '../../support/ledger-storage.ts';

const east = new TestProvider('east');
const west = new TestProvider('west');

/** East is registered, bob has 10 ADA to pay from. */
const chainOf = (): LedgerChain => {
	const chain = new LedgerChain(testGenesis());
	registerProviders(chain, alice, [east]);
	chain.send(bob, {kind: 'payer-deposit', amount: ada(10)});
	return chain;
};

const update: ActionOf<'provider-update'> = {
	kind: 'provider-update',
	provider: east.id,
	storePrice: Lovelace(5n),
	minTermEpochs: 2,
	capacityLeaves: 100,
	accepting: true,
	bondAdded: ada(1),
};

test('a provider registers under its claim, with its bond from the sender', t => {
	const chain = chainOf();
	t.like(providerOf(chain.state, east.id), {
		bond: ada(100),
		collateral: Lovelace(0n),
		status: 'accepting',
		agreements: 0,
		slashed: Lovelace(0n),
	});
	t.true((accountOf(chain.state, alice.account)?.balance ?? 0n) < ada(1_000_000 - 100));
});

test('rejects a provider without a claim, with another key, with a small bond, or twice', t => {
	const chain = chainOf();
	const refusal = (action: ActionOf<'provider-register'>, signer: Party): unknown =>
		chain.refusal(chain.transaction(alice, action, {with: [signer]}));
	t.deepEqual(refusal(west.registration(), west.operator), {code: 'CLAIM_UNKNOWN', claimId: west.id});
	chain.report(west.claimOpened);
	const operatorVk = carol.verificationKey;
	t.deepEqual(refusal(west.registration({operatorVk}), carol), {
		code: 'PROVIDER_OPERATOR_WRONG',
		operatorVk,
		expected: west.operator.verificationKey,
	});
	const bond = Lovelace(ada(50) - 1n);
	t.deepEqual(refusal(west.registration({bond}), west.operator), {
		code: 'PROVIDER_BOND_TOO_SMALL',
		bond,
		bondMin: ada(50),
	});
	t.is(refusal(west.registration({bond: ada(50)}), west.operator), undefined);
	t.deepEqual(refusal(east.registration(), east.operator), {code: 'PROVIDER_EXISTS', provider: east.id});
	t.like(refusal(west.registration({bond: ada(1_000_000)}), west.operator) as object, {
		code: 'TX_OVERSPENDS',
	});
});

test('a provider changes its terms and adds to its bond until it exits', t => {
	const chain = chainOf();
	chain.send(alice, update, {with: [east.operator]});
	t.like(providerOf(chain.state, east.id), {
		storePrice: Lovelace(5n),
		minTermEpochs: 2,
		capacityLeaves: 100,
		bond: ada(101),
	});
	t.deepEqual(chain.refusal(chain.transaction(alice, {...update, provider: west.id})), {
		code: 'PROVIDER_UNKNOWN',
		provider: west.id,
	});
	const exit = {kind: 'provider-exit', provider: east.id} as const;
	chain.send(alice, exit, {with: [east.operator]});
	for (const action of [update, exit])
		t.deepEqual(chain.refusal(chain.transaction(alice, action, {with: [east.operator]})), {
			code: 'PROVIDER_EXITING',
			provider: east.id,
		});
	t.deepEqual(chain.refusal(chain.transaction(bob, openingOf(east), {with: [east.operator]})), {
		code: 'PROVIDER_NOT_ACCEPTING',
		provider: east.id,
	});
});

test('an agreement locks capacity, collateral and the payer’s rate', t => {
	const chain = chainOf();
	const agreementId = storeWith(chain, bob, east, [pieceOf('a', 2000)]);
	t.like(agreementOf(chain.state, agreementId), {
		client: bob.account,
		startEpoch: Epoch(1),
		revisionNo: 0,
		leaves: 0,
		revenue: 15_625n,
		collateral: Lovelace(3n * 15_625n),
	});
	t.like(providerOf(chain.state, east.id), {
		usedLeaves: 16_384,
		collateral: Lovelace(3n * 15_625n),
		agreements: 1,
	});
	t.is(payerOf(chain.env, chain.state, bob.account)?.lockRate, Lovelace(15_625n));
});

test('rejects an agreement with wrong terms', t => {
	const chain = chainOf();
	const refusal = (change: Partial<ActionOf<'agreement-open'>>): unknown =>
		chain.refusal(chain.transaction(bob, openingOf(east, change), {with: [east.operator]}));
	t.is(refusal({}), undefined);
	t.deepEqual(refusal({capacityLeaves: 0}), {code: 'AGREEMENT_CAPACITY_ZERO'});
	t.deepEqual(refusal({rate: Lovelace(999n)}), {
		code: 'AGREEMENT_RATE_TOO_LOW',
		rate: Lovelace(999n),
		rateMin: Lovelace(1000n),
	});
	t.deepEqual(refusal({endEpoch: Epoch(1)}), {
		code: 'AGREEMENT_TERM_TOO_SHORT',
		startEpoch: Epoch(1),
		endEpoch: Epoch(1),
		minTermEpochs: 1,
	});
	t.deepEqual(refusal({capacityLeaves: 2 ** 30 + 1, rate: Lovelace(1000n)}), {
		code: 'PROVIDER_FULL',
		freeLeaves: 2 ** 30,
		wantedLeaves: 2 ** 30 + 1,
	});
	t.deepEqual(refusal({capacityLeaves: 2 ** 20, rate: ada(34)}), {
		code: 'PROVIDER_COLLATERAL_TOO_SMALL',
		free: ada(100),
		needed: BigInt(ada(102)),
	});
	t.deepEqual(refusal({capacityLeaves: 2 ** 20, rate: ada(4)}), {
		code: 'PAYER_FUNDS_TOO_SMALL',
		funds: ada(10),
		needed: BigInt(ada(12)),
	});
	t.deepEqual(chain.refusal(chain.transaction(bob, openingOf(west), {with: [west.operator]})), {
		code: 'PROVIDER_UNKNOWN',
		provider: west.id,
	});
});

test('rejects an agreement that was opened before', t => {
	const chain = chainOf();
	const agreementId = storeWith(chain, bob, east, []);
	t.deepEqual(agreementId, agreementIdOf(chain.env, {client: bob.account, provider: east.id, nonce: 0}));
	t.deepEqual(chain.refusal(chain.transaction(bob, openingOf(east), {with: [east.operator]})), {
		code: 'AGREEMENT_EXISTS',
		agreementId,
	});
	const other = chain.transaction(bob, openingOf(east, {nonce: 1}), {with: [east.operator]});
	t.is(chain.refusal(other), undefined);
});

test('rejects more agreements than a provider’s row can list', t => {
	const chain = chainOf();
	const agreement = defined(chain.state.agreements.get(keyOf(storeWith(chain, bob, east, []))), 'opened');
	const ids = Array.from({length: AGREEMENTS_PER_PROVIDER_MAX}, (_, index) => hashOf(`agreement ${index}`));
	for (const id of ids) chain.state.agreements.set(keyOf(id), agreement);
	chain.state.providerAgreements.set(keyOf(east.id), ids.slice(1));
	const opening = chain.transaction(bob, openingOf(east, {nonce: 1}), {with: [east.operator]});
	t.is(chain.refusal(opening), undefined);
	chain.state.providerAgreements.set(keyOf(east.id), ids);
	t.deepEqual(chain.refusal(opening), {
		code: 'PROVIDER_AGREEMENTS_TOO_MANY',
		agreementsMax: 4096,
	});
});

test('rejects a rate more than four times apart from those of the provider’s other agreements', t => {
	const chain = chainOf();
	const refusal = (rate: bigint, nonce = 2): unknown =>
		chain.refusal(
			chain.transaction(bob, openingOf(east, {nonce, capacityLeaves: 8, rate: Lovelace(rate)}), {
				with: [east.operator],
			}),
		);
	t.is(refusal(4001n), undefined);
	const agreementId = storeWith(chain, bob, east, [], {capacityLeaves: 8, rate: Lovelace(4001n)});
	storeWith(chain, bob, east, [], {nonce: 1, capacityLeaves: 8, rate: Lovelace(2000n)});
	t.deepEqual(refusal(1000n), {
		code: 'AGREEMENT_RATE_APART',
		rate: Lovelace(1000n),
		rateMin: 1001n,
		rateMax: 4001n,
	});
	t.is(refusal(1001n), undefined);
	t.is(refusal(8000n), undefined);
	t.deepEqual(refusal(8001n), {
		code: 'AGREEMENT_RATE_APART',
		rate: Lovelace(8001n),
		rateMin: 2000n,
		rateMax: 8000n,
	});
	// What has ended is no longer beside it.
	chain.send(bob, {kind: 'agreement-close', agreementId, mode: 'cooperative'}, {with: [east.operator]});
	t.is(refusal(1000n), undefined);
	t.is(refusal(8000n), undefined);
});

test('both sides close an agreement at once; one side alone after the close window', t => {
	const chain = chainOf();
	const agreementId = storeWith(chain, bob, east, []);
	const close = (mode: 'cooperative' | 'client' | 'operator'): ActionOf<'agreement-close'> => ({
		kind: 'agreement-close',
		agreementId,
		mode,
	});
	t.deepEqual(chain.refusal(chain.transaction(carol, close('client'))), {
		code: 'AGREEMENT_CLIENT_WRONG',
		client: bob.account,
		sender: carol.account,
	});
	t.is(chain.refusal(chain.transaction(bob, close('cooperative'), {with: [east.operator]})), undefined);
	t.is(chain.refusal(chain.transaction(carol, close('operator'), {with: [east.operator]})), undefined);
	t.deepEqual(chain.send(bob, close('client')).at(-1), {
		kind: 'agreement-closing',
		agreementId,
		endEpoch: Epoch(1),
	});
	t.deepEqual(chain.refusal(chain.transaction(bob, close('client'))), {
		code: 'AGREEMENT_ENDING',
		endEpoch: Epoch(1),
	});
	chain.advanceTo(chain.slotAt(1));
	t.is(agreementOf(chain.state, agreementId), undefined);
	const again = chainOf();
	const second = storeWith(again, bob, east, []);
	const events = again.send(bob, close('cooperative'), {with: [east.operator]});
	t.deepEqual(events.at(-1), {kind: 'agreement-closed', agreementId: second, reason: 'cooperative'});
	t.is(providerOf(again.state, east.id)?.usedLeaves, 0);
});

test('the close window ends at the first boundary that is far enough', t => {
	const at = (slot: number, window: Ratio): number =>
		closingEpoch({closeWindowEpochs: window, epochLength: 100}, Slot(slot));
	const half = Ratio(1n, 2n);
	const oneAndHalf = Ratio(3n, 2n);
	t.deepEqual([at(0, half), at(50, half), at(51, half), at(99, half)], [1, 1, 2, 2]);
	t.deepEqual([at(0, oneAndHalf), at(50, oneAndHalf), at(51, oneAndHalf)], [2, 2, 3]);
	t.is(at(100, Ratio(1n, 1n)), 2);
});

test('rejects what a vacated agreement does not allow', t => {
	const chain = chainOf();
	registerProviders(chain, alice, [west]);
	const vacated = storeWith(chain, bob, east, [pieceOf('a', 5000)]);
	chain.send(alice, {kind: 'transfer', to: repairer.account, amount: ada(5)});
	const early = chain.transaction(repairer, openingOf(west, {repairOf: vacated}), {with: [west.operator]});
	t.deepEqual(chain.refusal(early), {code: 'AGREEMENT_NOT_VACATED', agreementId: vacated});
	chain.advanceTo(chain.slotAt(1, 1));
	t.deepEqual(
		chain.refusal(
			chain.transaction(
				bob,
				{kind: 'agreement-close', agreementId: vacated, mode: 'cooperative'},
				{with: [east.operator]},
			),
		),
		{code: 'AGREEMENT_VACATED', agreementId: vacated},
	);
	const refusal = (
		change: Partial<ActionOf<'agreement-open'>>,
		provider = west,
		signer = repairer,
	): unknown =>
		chain.refusal(
			chain.transaction(repairer, openingOf(provider, {repairOf: vacated, ...change}), {
				with: [provider.operator, signer],
			}),
		);
	t.is(refusal({}), undefined);
	t.deepEqual(refusal({}, east), {code: 'REPAIR_SAME_PROVIDER', provider: east.id});
	t.deepEqual(refusal({rate: ada(2)}), {code: 'REPAIR_RATE_TOO_HIGH', rate: ada(2), rateMax: ada(1)});
	t.deepEqual(refusal({capacityLeaves: 16_385}), {
		code: 'REPAIR_CAPACITY_EXCEEDED',
		capacityLeaves: 16_385,
		unrepairedLeaves: 16_384,
	});
	t.deepEqual(refusal({endEpoch: Epoch(21)}), {
		code: 'REPAIR_END_TOO_LATE',
		endEpoch: Epoch(21),
		endEpochMax: Epoch(20),
	});
	const stranger = party('stranger');
	t.deepEqual(refusal({repairerVk: stranger.verificationKey}, west, stranger), {
		code: 'REPAIR_REPAIRER_WRONG',
		repairerVk: stranger.verificationKey,
		expected: repairer.verificationKey,
	});
	const unsigned = chain.transaction(alice, openingOf(west, {repairOf: vacated}), {with: [west.operator]});
	t.deepEqual(chain.refusal(unsigned), {
		code: 'TX_SIGNATURE_MISSING',
		signer: repairer.verificationKey,
	});
});
