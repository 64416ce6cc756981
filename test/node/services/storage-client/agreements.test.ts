import {randomBytes} from 'node:crypto';
import test from 'ava';
import {ordersWarning} from '#cli/commands/account-status';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {agreementOf} from '#ledger/queries';
import {decodeRequest, encodeReply} from '#transport/protocols/messages';
import {ada, bob} from '../../../support/ledger-genesis.ts';
import {openClient, sourceOf} from '../support/client-kit.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];

/** A file of bob's on seven providers; `liar` says that it has not committed to anything. */
const start = async (liar?: string) => {
	const world = new StorageWorld();
	world.answerOf = (name, handler) =>
		name !== liar
			? handler
			: async request => {
					const asked = decodeRequest(request.head);
					if (!asked.ok || asked.value.kind !== 'inclusion') return handler(request);
					return {
						head: encodeReply({kind: 'refused', reason: 'AGREEMENT_NOT_COMMITTED', detail: ''}),
					};
				};
	const providers = await world.addProviders(NAMES);
	const client = await openClient(world, bob);
	const bytes = new Uint8Array(randomBytes(100_000));
	await client.putFile({name: 'a', source: sourceOf(bytes), segmentBytes: 10_000});
	return {world, providers, client};
};

test('an audit says of each agreement whether its provider has committed to what it signed', async t => {
	const {world, providers, client} = await start();
	const before = await client.agreements.audit({claim: true});
	t.true(before.length >= 6);
	t.true(
		before.every(({verdict, claimed, revisionNo}) => verdict === 'waiting' && !claimed && revisionNo === 1),
	);
	await world.advanceTo(world.ledger.slotAt(1, 8));
	const after = await client.agreements.audit({claim: true});
	t.deepEqual(
		after.map(({verdict, epoch}) => ({verdict, epoch: Number(epoch)})),
		before.map(() => ({verdict: 'kept' as const, epoch: 1})),
	);
	await at(providers, 0).service.stop();
	const verdicts = (await client.agreements.audit({claim: true})).map(({verdict}) => verdict);
	t.is(verdicts.filter(verdict => verdict === 'silent').length, 1);
	t.deepEqual(world.ledger.eventsOf('omission-claimed'), []);
	await client.close();
	await world.stop(providers.slice(1));
});

test('what a provider cannot show is claimed on the chain, where it can be made to show it', async t => {
	const {world, providers, client} = await start('p3');
	await world.advanceTo(world.ledger.slotAt(1, 8));
	const looked = await client.agreements.audit({claim: false});
	t.is(looked.filter(({verdict}) => verdict === 'omitted').length, 1);
	t.deepEqual(world.ledger.eventsOf('omission-claimed'), []);
	const claimed = await client.agreements.audit({claim: true});
	t.deepEqual(
		claimed.map(each => each.claimed),
		claimed.map(({verdict}) => verdict === 'omitted'),
	);
	await world.forge();
	// It had committed after all, and says so where it costs it something not to.
	t.is(world.ledger.eventsOf('omission-answered').length, 1);
	await client.close();
	await world.stop(providers);
});

test('who closes an agreement by this client has shown its newest revision first', async t => {
	const {world, providers, client} = await start();
	const {agreementId} = at(await client.agreements.audit({claim: false}), 0);
	const endEpoch = await client.agreements.close(agreementId);
	t.true(endEpoch <= 2);
	t.is(world.ledger.eventsOf('revision-seen').length, 1);
	await world.advanceTo(world.ledger.slotAt(3));
	t.deepEqual(world.ledger.eventsOf('fraud-punished'), []);
	t.like(world.ledger.eventsOf('agreement-closed'), [{agreementId, reason: 'ended'}]);
	await client.close();
	await world.stop(providers);
});

test('agreements that are kept go on by themselves, and end when that is taken back', async t => {
	const {world, providers, client} = await start();
	world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(50)});
	const order = {rateMax: ada(2), until: Epoch(40)};
	const kept = await client.agreements.keep(order);
	t.true(kept.length >= 6 && kept.every(({changed, endEpoch}) => changed && endEpoch < 20));
	t.true((await client.agreements.keep(order)).every(({changed}) => !changed));
	const last = Math.max(...kept.map(({endEpoch}) => endEpoch));
	await world.advanceTo(world.ledger.slotAt(last, 8));
	t.true(world.ledger.eventsOf('agreement-renewed').length >= kept.length);
	t.deepEqual(world.ledger.eventsOf('agreement-closed'), []);
	await client.agreements.keep(null);
	await world.advanceTo(world.ledger.slotAt(last + 3));
	t.is(world.ledger.eventsOf('agreement-closed').length, kept.length);
	await client.close();
	await world.stop(providers);
});

test('what is stored after an order to go on keeps to it as well, in buckets too', async t => {
	const {world, providers, client} = await start();
	world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(50)});
	const order = {rateMax: ada(2), until: Epoch(40)};
	const first = await client.agreements.keep(order);
	await client.buckets.create('photos');
	await client.buckets.put({
		bucket: 'photos',
		name: 'large',
		source: sourceOf(new Uint8Array(randomBytes(100_000))),
	});
	const {agreements} = world.ledger.state;
	t.true(agreements.size > first.length, 'some are new');
	for (const {standing} of agreements.values()) t.deepEqual(standing, order);
	await client.agreements.keep(null);
	const before = agreements.size;
	const source = sourceOf(new Uint8Array(randomBytes(50_000)));
	await client.putFile({name: 'later', source, lockEpochs: 4});
	t.true(agreements.size > before);
	t.true([...agreements.values()].every(({standing}) => standing === null));
	await client.close();
	await world.stop(providers);
});

test('an order to go on adds no funds: the client says so, and sets aside what is missing when it is told to', async t => {
	const {world, providers, client} = await start();
	const until = Epoch(40);
	await client.agreements.keep({rateMax: ada(2), until});
	const before = await client.budget();
	t.is(before.keptUntil, 40);
	t.true(before.fundedUntil !== null && before.fundedUntil < 40);
	t.regex(ordersWarning(before) ?? '', /until epoch 40, and the funds last until epoch \d+\./u);
	const added = await client.agreements.fund(until);
	const after = await client.budget();
	t.is(after.funds, Lovelace(before.funds + added));
	t.true(after.fundedUntil !== null && after.fundedUntil >= 40);
	t.is(ordersWarning(after), undefined);
	t.is(await client.agreements.fund(until), Lovelace(0n));
	await client.close();
	await world.stop(providers);
});

test('an agreement is made longer with its provider, who signs for no less than its price', async t => {
	const {world, providers, client} = await start();
	const {agreementId} = at(await client.agreements.audit({claim: false}), 0);
	await client.agreements.renew({agreementId, endEpoch: Epoch(30), lockedUntil: Epoch(25)});
	t.like(agreementOf(world.ledger.state, agreementId), {endEpoch: 30, lockedUntil: 25});
	await t.throwsAsync(client.agreements.close(agreementId), {message: /AGREEMENT_LOCKED/});
	await client.close();
	await world.stop(providers);
});

test('a file that is locked has agreements of its own, and what is not locked stays out of them', async t => {
	const {world, providers, client} = await start();
	const before = world.ledger.state.agreements.size;
	const source = sourceOf(new Uint8Array(randomBytes(50_000)));
	await client.putFile({name: 'locked', source, lockEpochs: 12, segmentBytes: 10_000});
	const locked = [...world.ledger.state.agreements.values()].filter(({lockedUntil}) => lockedUntil > 0);
	t.is(locked.length, world.ledger.state.agreements.size - before);
	t.true(
		locked.length >= 6 &&
			locked.every(({lockedUntil, endEpoch}) => lockedUntil >= 12 && endEpoch >= lockedUntil),
	);
	await client.putFile({name: 'free', source, epochs: 2, segmentBytes: 10_000});
	const holders = (await client.listFiles()).find(({name}) => name === 'free')?.holders ?? [];
	t.true(holders.length > 0);
	for (const {agreementId} of holders)
		t.is(agreementOf(world.ledger.state, agreementId)?.lockedUntil, Epoch(0));
	await client.close();
	await world.stop(providers);
});
