/** Objects of a bucket that providers have promised to give back. */
import {randomBytes} from 'node:crypto';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {keyOf} from '#ledger/state/keys';
import type {ListedObject} from '#node/services/storage-client/open-by-name';
import {bob} from '../../../support/ledger-genesis.ts';
import {memorySink, openClient, sourceOf} from '../support/client-kit.ts';
import {StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

const start = async () => {
	const world = new StorageWorld();
	world.attributesOf = () => [{name: 'service', value: 'standard+20 fast+50'}];
	const providers = await world.addProviders(NAMES);
	const client = await openClient(world, bob);
	await client.buckets.create('photos');
	return {world, providers, client};
};

const kindOf = ({entry}: ListedObject): string => (entry.kind === 'object' ? entry.content.kind : entry.kind);

test('an object of a bucket is promised by whoever keeps it, however small, and demanded by its name', async t => {
	const {world, providers, client} = await start();
	const put = (name: string, bytes: Uint8Array) =>
		client.buckets.put({bucket: 'photos', name, source: sourceOf(bytes), serviceClass: 'fast'});
	const note = random(100);
	t.deepEqual(
		[await put('large', random(50_000)), await put('note', note), await put('empty', random(0))].map(kindOf),
		['stored', 'stored', 'inline'],
	);
	const many = await client.buckets.putMany(
		'photos',
		[
			{name: 'few', bytes: random(10)},
			{name: 'more', bytes: random(10_000)},
		],
		{serviceClass: 'fast'},
	);
	t.deepEqual(many.map(kindOf), ['packed', 'packed']);
	await world.advanceTo(world.ledger.slotAt(2, 2));
	const {serviceClasses} = world.ledger.state;
	for (const name of ['large', 'note', 'few', 'more']) {
		const asked = await client.buckets.demand({bucket: 'photos', name});
		t.true(asked.length >= 5, name);
		for (const {outcome, agreementId} of asked) {
			t.is(outcome, 'given');
			t.is(serviceClasses.get(keyOf(agreementId))?.serviceClass, 'fast');
		}
	}
	const sink = memorySink();
	await client.buckets.get({bucket: 'photos', name: 'note', sink});
	t.is(toHex(sink.result ?? random(0)), toHex(note));
	await t.throwsAsync(client.buckets.demand({bucket: 'photos', name: 'empty'}), {code: 'OBJECT_IN_LISTING'});
	await t.throwsAsync(client.buckets.demand({bucket: 'photos', name: 'none'}), {code: 'OBJECT_UNKNOWN'});
	await client.close();
	await world.stop(providers);
});

test('what stands in the listing is promised by nobody, and a demand for it says so', async t => {
	const {world, providers, client} = await start();
	const source = sourceOf(random(100));
	t.is(kindOf(await client.buckets.put({bucket: 'photos', name: 'note', source})), 'inline');
	await t.throwsAsync(client.buckets.demand({bucket: 'photos', name: 'note'}), {code: 'OBJECT_IN_LISTING'});
	t.is(world.ledger.state.serviceClasses.size, 0);
	await client.buckets.delete({bucket: 'photos', name: 'note'});
	await client.close();
	await world.stop(providers);
});
