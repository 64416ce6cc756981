import {randomBytes} from 'node:crypto';
import test from 'ava';
import {decodeRequest, encodeReply} from '#transport/protocols/messages';
import {bob} from '../../../support/ledger-genesis.ts';
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
	client.close();
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
	client.close();
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
	client.close();
	await world.stop(providers);
});
