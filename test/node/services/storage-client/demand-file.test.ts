import {randomBytes} from 'node:crypto';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import type {ServiceClass} from '#ledger/service/service-class';
import {keyOf} from '#ledger/state/keys';
import type {DemandedAgreement} from '#node/services/storage-client/demand-file';
import {decodeRequest} from '#transport/protocols/messages';
import {ada, bob} from '../../../support/ledger-genesis.ts';
import {openClient, sourceOf} from '../support/client-kit.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];

/** A file whose providers all promised a class, and one provider that gives nothing back to anybody. */
const start = async (service = 'standard+20 fast+50', serviceClass: ServiceClass | null = 'fast') => {
	const world = new StorageWorld();
	world.attributesOf = () => [{name: 'service', value: service}];
	const withheld = new Set<string>();
	const reason = {code: 'TEST_WITHHELD'};
	world.answerOf = (name, handler) => request => {
		const decoded = decodeRequest(request.head);
		if (withheld.has(name) && decoded.ok && decoded.value.kind === 'get') throw new NodeError(reason);
		return handler(request);
	};
	const providers = await world.addProviders(NAMES);
	const client = await openClient(world, bob);
	const stored = await client.putFile({
		name: 'file',
		source: sourceOf(new Uint8Array(randomBytes(50_000))),
		...(serviceClass && {serviceClass}),
	});
	const first = at(stored.holders, 0);
	const holder = providers.find(({id}) => toHex(id) === toHex(first.providerId));
	return {world, providers, client, stored, first, withheld, reason, name: holder?.name ?? ''};
};

type Scene = Awaited<ReturnType<typeof start>>;

const stop = async ({client, world, providers}: Scene): Promise<void> => {
	await client.close();
	await world.stop(providers);
};

/** Until the agreements have begun. */
const begin = async ({world}: Scene): Promise<void> => {
	await world.advanceTo(world.ledger.slotAt(2, 2));
};

const ofFirst = ({first}: Scene, asked: readonly DemandedAgreement[]): DemandedAgreement | undefined =>
	asked.find(({agreementId}) => toHex(agreementId) === toHex(first.agreementId));

test('a class is paid for and signed by every provider of the file', async t => {
	const scene = await start();
	const {agreements, serviceClasses} = scene.world.ledger.state;
	for (const {agreementId} of scene.stored.holders) {
		t.is(agreements.get(keyOf(agreementId))?.rate, Lovelace((ada(1) * 3n) / 2n));
		t.is(serviceClasses.get(keyOf(agreementId))?.serviceClass, 'fast');
	}
	// A file without a promise does not take up room that is dearer.
	const plain = await scene.client.putFile({name: 'plain', source: sourceOf(new Uint8Array(1000))});
	const dear = new Set(scene.stored.holders.map(({agreementId}) => toHex(agreementId)));
	t.false(plain.holders.some(({agreementId}) => dear.has(toHex(agreementId))));
	await stop(scene);
});

test('a class that too few offer is not to be had', async t => {
	const scene = await start('standard+20', null);
	const wanted = {name: 'other', source: sourceOf(new Uint8Array(1000)), serviceClass: 'fast'} as const;
	await t.throwsAsync(scene.client.putFile(wanted), {code: 'PROVIDERS_TOO_FEW'});
	const quoted = await scene.client.quote({size: 1000, serviceClass: 'standard'});
	const plain = await scene.client.quote({size: 1000});
	t.true(quoted.perEpoch > plain.perEpoch);
	await stop(scene);
});

test('providers that give their pieces are asked for nothing on the chain', async t => {
	const scene = await start();
	await begin(scene);
	const asked = await scene.client.demandFile({name: 'file'});
	t.deepEqual(
		asked.map(({outcome}) => outcome),
		scene.stored.holders.map(() => 'given'),
	);
	t.deepEqual(scene.world.ledger.eventsOf('retrieval-demanded'), []);
	await stop(scene);
});

test('a provider that withholds a piece answers on the chain, before everybody', async t => {
	const scene = await start();
	await begin(scene);
	scene.withheld.add(scene.name);
	const asked = await scene.client.demandFile({name: 'file', wait: true});
	t.like(ofFirst(scene, asked), {outcome: 'answered', refund: 0n});
	t.is(asked.filter(({outcome}) => outcome === 'given').length, asked.length - 1);
	t.like(scene.world.ledger.eventsOf('retrieval-answered'), [{how: 'leaf'}] as never);
	await stop(scene);
});

test('a provider that is gone gives money back, and the demand can be followed', async t => {
	const scene = await start();
	await begin(scene);
	const {world, first, providers, client, name} = scene;
	const gone = at(
		providers.filter(each => each.name === name),
		0,
	);
	await gone.service.stop();
	const funds = () => world.ledger.state.payers.get(keyOf(bob.account))?.funds ?? 0n;
	const [open] = (await client.demandFile({name: 'file'})).filter(({outcome}) => outcome !== 'given');
	t.like(open, {outcome: 'demanded', agreementId: first.agreementId});
	t.like(ofFirst(scene, await client.demandFile({name: 'file'})), {
		outcome: 'waiting',
		deadlineSlot: open?.deadlineSlot,
	});
	const before = funds();
	while (world.ledger.slot < (open?.deadlineSlot ?? 0)) await world.forge();
	const [missed] = world.ledger.eventsOf('retrieval-missed');
	t.is(toHex(missed?.agreementId ?? new Uint8Array(0)), toHex(first.agreementId));
	t.true((missed?.refund ?? 0n) > 0n);
	t.is(Lovelace(funds() - before), missed?.refund ?? Lovelace(0n));
	await client.close();
	await world.stop(providers.filter(each => each !== gone));
});

test('who never promised is not asked on the chain', async t => {
	const scene = await start('standard+20', null);
	await begin(scene);
	scene.withheld.add(scene.name);
	t.like(ofFirst(scene, await scene.client.demandFile({name: 'file'})), {outcome: 'no-promise'});
	await stop(scene);
});

test('before an agreement begins nothing is asked on the chain, and it is said', async t => {
	const scene = await start();
	scene.withheld.add(scene.name);
	const asked = await scene.client.demandFile({name: 'file'});
	t.like(ofFirst(scene, asked), {outcome: 'early', reason: 'TEST_WITHHELD'});
	t.deepEqual(scene.world.ledger.eventsOf('retrieval-demanded'), []);
	await stop(scene);
});

test('who wants to be paid for a download withholds nothing', async t => {
	const scene = await start();
	await begin(scene);
	scene.withheld.add(scene.name);
	scene.reason.code = 'PAYMENT_NEEDED';
	const asked = await scene.client.demandFile({name: 'file'});
	t.like(ofFirst(scene, asked), {outcome: 'unpaid', reason: 'PAYMENT_NEEDED'});
	t.deepEqual(scene.world.ledger.eventsOf('retrieval-demanded'), []);
	await stop(scene);
});

test('a piece that was signed out while it was demanded is shown to be out', async t => {
	const scene = await start();
	await begin(scene);
	const {world, client, first, withheld, name} = scene;
	withheld.add(name);
	// The answer is kept from the block until the file is gone.
	const held: Uint8Array[] = [];
	world.tamper = wire => {
		held.push(wire);
		return new Uint8Array(0);
	};
	t.like(ofFirst(scene, await client.demandFile({name: 'file'})), {outcome: 'demanded'});
	await client.removeFile({name: 'file', keepReceipt: async () => {}});
	world.tamper = wire => wire;
	const {deadline} = at(world.ledger.eventsOf('retrieval-demanded'), 0);
	while (world.ledger.slot < deadline) await world.forge();
	t.true(held.length > 0);
	t.like(world.ledger.eventsOf('retrieval-answered'), [
		{agreementId: first.agreementId, how: 'freed'},
	] as never);
	t.deepEqual(world.ledger.eventsOf('retrieval-missed'), []);
	await stop(scene);
});
