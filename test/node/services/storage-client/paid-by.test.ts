import {randomBytes} from 'node:crypto';
import test from 'ava';
import {fundsWarning} from '#cli/commands/account-status';
import {toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {accountBudget} from '#node/services/storage-client/account-budget';
import {openStorageClient, type StorageClient} from '#node/services/storage-client/storage-client';
import {ada, alice, bob, carol} from '../../../support/ledger-genesis.ts';
import {clientPorts, openClient, sourceOf} from '../support/client-kit.ts';
import {createMemoryControl} from '../support/memory-control.ts';
import {StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];

type Scene = {readonly rateMax?: Lovelace; readonly until?: number; readonly funds?: Lovelace};

/** Bob stores, and carol pays up to a ADA an epoch. */
const start = async ({rateMax = ada(1), until = 100, funds = ada(50)}: Scene = {}) => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	const {ledger} = world;
	ledger.send(carol, {kind: 'payer-deposit', amount: funds});
	ledger.send(carol, {kind: 'payer-allow', client: bob.account, rateMax, until: Epoch(until)});
	const client = await openStorageClient(clientPorts(world, bob), {
		seed: bob.seed,
		hedgeMs: 10_000,
		paidBy: carol.account,
	});
	const store = (name: string, by: StorageClient = client) =>
		by.putFile({name, source: sourceOf(new Uint8Array(randomBytes(100_000))), segmentBytes: 10_000});
	const payers = () => [...ledger.state.agreements.values()].map(({payer}) => toHex(payer));
	return {world, providers, ledger, client, store, payers};
};

test('a file that one key stores is paid by the account of several, which alone pays', async t => {
	const {world, providers, ledger, client, store, payers} = await start();
	const quote = await client.quote({size: 100_000, segmentBytes: 10_000});
	t.deepEqual(quote.paidBy, carol.account);
	t.is(quote.allowanceLeft, ada(1));
	t.is(quote.deposit, Lovelace(0n));
	await store('a');
	t.true(payers().length >= 6);
	t.true(payers().every(payer => payer === toHex(carol.account)));
	t.is(ledger.state.payers.has(toHex(bob.account)), false);
	const budget = await client.budget();
	t.is(budget.agreements, 0);
	t.is(budget.level, 'unused');
	t.like(budget.paidByOthers, [{payer: toHex(carol.account), agreements: payers().length}]);
	t.is(fundsWarning(budget), undefined);
	// Whoever pays sees the same as its own burn rate.
	const paid = await accountBudget(createMemoryControl(world), ledger.env.genesis, carol.account);
	t.is(paid.agreements, payers().length);
	t.is(paid.perEpoch, budget.paidByOthers[0]?.perEpoch ?? t.fail());
	t.is(paid.allowances[0]?.used, String(paid.perEpoch));
	await client.close();
	await world.stop(providers);
});

test('an account stays with who pays for it, a stranger’s allowance changes nothing, and it can pay itself again', async t => {
	const {world, providers, ledger, client, store, payers} = await start();
	await store('a');
	const first = payers().length;
	await client.close();
	ledger.send(alice, {kind: 'payer-allow', client: bob.account, rateMax: ada(9), until: Epoch(100)});
	const plain = await openClient(world, bob);
	const quote = await plain.quote({size: 5_000_000});
	t.deepEqual(quote.paidBy, carol.account);
	await plain.close();
	const own = await openStorageClient(clientPorts(world, bob), {
		seed: bob.seed,
		hedgeMs: 10_000,
		paidBy: bob.account,
	});
	await store('b', own);
	const byBob = payers().filter(payer => payer === toHex(bob.account));
	t.true(byBob.length >= 6);
	t.is(payers().length, first + byBob.length);
	await own.close();
	await world.stop(providers);
});

test('with nothing allowed, too little allowed, an end too soon or too little money nothing is opened', async t => {
	const cases = [
		[{rateMax: Lovelace(1n)}, 'PAYER_ALLOWANCE_EXCEEDED'],
		[{until: 3}, 'PAYER_ALLOWANCE_ENDS'],
		[{funds: Lovelace(1n)}, 'PAYER_FUNDS_TOO_SMALL'],
	] as const;
	for (const [scene, code] of cases) {
		const {world, providers, client, store, payers} = await start(scene);
		await t.throwsAsync(() => store('a'), {code}, code);
		t.deepEqual(payers(), []);
		await client.close();
		await world.stop(providers);
	}
	const {world, providers, ledger, client, store, payers} = await start();
	ledger.send(carol, {kind: 'payer-allow', client: bob.account, rateMax: Lovelace(0n), until: Epoch(0)});
	await t.throwsAsync(() => store('a'), {code: 'PAYER_ALLOWANCE_NONE'});
	t.deepEqual(payers(), []);
	await client.close();
	await world.stop(providers);
});

test('a client is told when the money of whoever pays for it runs low', async t => {
	const {world, providers, ledger, client, store} = await start();
	await store('a');
	const {paidByOthers} = await client.budget();
	const {perEpoch} = paidByOthers[0] ?? t.fail();
	const funds = ledger.state.payers.get(toHex(carol.account))?.funds ?? 0n;
	const {lockEpochs} = ledger.env.genesis.parameters;
	const left = BigInt(lockEpochs + 1) * perEpoch;
	ledger.send(carol, {kind: 'payer-withdraw', amount: Lovelace(funds - left)});
	t.regex(
		fundsWarning(await client.budget()) ?? '',
		/^Funds of [0-9a-f]{56}, which pays for \d+ of your agreements, are low/u,
	);
	await client.close();
	await world.stop(providers);
});
