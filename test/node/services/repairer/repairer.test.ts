import {randomBytes} from 'node:crypto';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {creditsInCirculation, withdrawnTotal} from '#ledger/money';
import {openRepairer} from '#node/services/repairer/repairer';
import {openStorageClient} from '#node/services/storage-client/storage-client';
import {openRepairTicket} from '#pieces/manifest/repair-ticket';
import {openRepairTickets} from '#pieces/manifest/repair-tickets';
import {party} from '../../../support/ledger-chain.ts';
import {ada, alice, bob} from '../../../support/ledger-genesis.ts';
import {clientPorts, memorySink, openClient, segmentPorts, sourceOf} from '../support/client-kit.ts';
import {at, StorageWorld, type WorldProvider} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const repairerParty = party('repairer');

const total = ({ledger}: StorageWorld): Lovelace =>
	Lovelace(creditsInCirculation(ledger.state) + withdrawnTotal(ledger.state));

/** A file on seven providers, of which the repairer has a ticket. The rate is high enough for bounties above fees. */
const start = async (length = 200_000) => {
	const world = new StorageWorld();
	const providers = await world.addProviders(NAMES);
	const client = await openClient(world, bob);
	const bytes = new Uint8Array(randomBytes(length));
	const stored = await client.putFile({
		name: 'a',
		source: sourceOf(bytes),
		segmentBytes: 50_000,
		rate: ada(3000),
		epochs: 6,
		repairerVk: repairerParty.verificationKey,
	});
	const {ticket} = await client.repairTicket('a');
	world.ledger.send(alice, {kind: 'transfer', to: repairerParty.account, amount: ada(10)});
	const openIt = () =>
		openRepairer(clientPorts(world, repairerParty), {seed: repairerParty.seed, hedgeMs: 10_000});
	return {world, providers, client, bytes, stored, ticket, repairer: await openIt(), openIt};
};

type Scene = Awaited<ReturnType<typeof start>>;

/** One provider of the file goes for ever; the chain notices when it does not commit. */
const loseOne = async ({world, providers, stored}: Scene): Promise<WorldProvider> => {
	const lost = providers.find(({id}) => toHex(id) === toHex(at(stored.holders, 0).providerId));
	if (lost === undefined) throw new NodeError({code: 'TEST_NO_PROVIDER'});
	await lost.service.stop();
	for (let epochs = 0; world.ledger.eventsOf('agreement-vacated').length === 0 && epochs < 3; epochs++)
		await world.advanceTo(world.ledger.slotAt(world.ledger.epoch + 1, 1));
	return lost;
};

const running = (providers: readonly WorldProvider[], lost: WorldProvider): WorldProvider[] =>
	providers.filter(provider => provider !== lost);

test('lost pieces come back with the same ids, each where none of its segment is, and bounties are paid', async t => {
	const scene = await start();
	const {world, providers, stored, ticket, repairer, client, bytes} = scene;
	const before = total(world);
	const lost = await loseOne(scene);
	const tickets = [ticket];
	const [vacated] = await repairer.survey({tickets});
	t.is(vacated?.lost.length, at(stored.holders, 0).pieces);
	const progress = new Set<string>();
	const {repaired, failed} = await repairer.repair({tickets, onProgress: ({phase}) => progress.add(phase)});
	t.deepEqual(failed, []);
	t.deepEqual([...progress], ['agreements', 'pieces', 'revisions']);
	const ids = (list: readonly {readonly pieceId: Uint8Array}[]) =>
		list.map(({pieceId}) => toHex(pieceId)).sort();
	t.deepEqual(repaired.flatMap(({pieceIds}) => pieceIds.map(toHex)).sort(), ids(vacated?.lost ?? []));
	// Seven providers, six pieces a segment: the one that had none of it.
	for (const {providerId, pieceIds} of repaired)
		for (const pieceId of pieceIds) {
			const segment = ticket.segments.find(({pieces}) =>
				pieces.some(piece => toHex(piece.pieceId) === toHex(pieceId)),
			);
			const holders = segment?.pieces.map(({holder}) =>
				toHex(ticket.holders[holder]?.providerId ?? providerId),
			);
			t.false(holders?.includes(toHex(providerId)));
		}
	t.deepEqual((await repairer.survey({tickets}))[0]?.lost, []);
	t.deepEqual(await repairer.repair({tickets}), {repaired: [], failed: []});

	t.like(await repairer.claim({tickets}), {claimed: [], unproven: at(stored.holders, 0).pieces});
	const balance = world.balance(repairerParty);
	const {claimed} = await repairer.claim({tickets, wait: true});
	t.is(claimed.length, at(stored.holders, 0).pieces);
	const paid = world.ledger.eventsOf('bounty-paid');
	t.deepEqual(
		paid.map(({amount}) => amount),
		claimed.map(({amount}) => amount),
	);
	t.true(paid.every(({amount}) => amount > 0n));
	t.true(world.balance(repairerParty) > balance);
	t.like(await repairer.claim({tickets}), {claimed: [], paidBefore: claimed.length});

	// The customer finds the pieces by the chain; and one more provider may fail.
	const off = running(providers, lost);
	await at(off, 0).service.stop();
	await at(off, 1).service.stop();
	const sink = memorySink();
	await client.getFile({name: 'a', sink});
	t.true(Buffer.compare(sink.result ?? new Uint8Array(1), bytes) === 0);
	t.is(total(world), before);
	repairer.close();
	await client.close();
	await world.stop(off.slice(2));
});

test('all that a bucket has stored is repaired with one ticket, its listing too, and the key alone restores it', async t => {
	const world = new StorageWorld();
	const providers = await world.addProviders([...NAMES, 'p8', 'p9']);
	const {verificationKey: repairerVk, account} = repairerParty;
	const client = await openStorageClient(clientPorts(world, bob), {
		seed: bob.seed,
		hedgeMs: 10_000,
		repairerVk,
	});
	await client.buckets.create('photos', {epochs: 8});
	const objects = [5000, 60_000, 300].map((length, index) => ({
		name: `${index}`,
		bytes: new Uint8Array(randomBytes(length)),
	}));
	await client.buckets.putMany('photos', objects, {epochs: 8});
	const {sealed, repairKey} = await client.buckets.repairTickets('photos');
	await client.close();
	world.ledger.send(alice, {kind: 'transfer', to: account, amount: ada(10)});
	const opened = openRepairTickets(segmentPorts.aead, repairKey, sealed);
	t.true(opened.ok);
	const tickets = opened.ok ? opened.value : [];
	const copies = tickets.filter(({code}) => code.k === 1);
	t.true(copies.length >= 1);
	const lost = providers
		.filter(({id}) =>
			copies.some(({holders}) => holders.some(({providerId}) => toHex(providerId) === toHex(id))),
		)
		.slice(0, 2);
	for (const {service} of lost) await service.stop();
	while (world.ledger.eventsOf('agreement-vacated').length < 2)
		await world.advanceTo(world.ledger.slotAt(world.ledger.epoch + 1, 1));
	const repairer = await openRepairer(clientPorts(world, repairerParty), {
		seed: repairerParty.seed,
		hedgeMs: 10_000,
	});
	const {repaired, failed} = await repairer.repair({tickets});
	t.deepEqual(failed, []);
	const ids = new Set(repaired.flatMap(({pieceIds}) => pieceIds.map(toHex)));
	const newest = at(at(copies.at(-1)?.segments ?? [], 0).pieces, 0);
	t.true(ids.has(toHex(newest.pieceId)));
	repairer.close();
	const before = copies.at(-1)?.holders.map(({providerId}) => toHex(providerId));
	const rebuilt = repaired.filter(({pieceIds}) => pieceIds.some(id => toHex(id) === toHex(newest.pieceId)));
	t.true(rebuilt.every(({providerId}) => before?.includes(toHex(providerId)) === false));
	const others = providers.filter(provider => !lost.includes(provider));
	const empty = await openClient(world, bob);
	t.is((await empty.buckets.restore('photos')).length, 3);
	for (const {name, bytes} of objects) {
		const sink = memorySink();
		await empty.buckets.get({bucket: 'photos', name, sink});
		t.is(toHex(sink.result ?? new Uint8Array(0)), toHex(bytes));
	}
	await empty.close();
	await world.stop(others);
});

test('nothing is done for agreements that go on, or that name another repairer', async t => {
	const scene = await start();
	const {world, providers, ticket, repairer, client} = scene;
	t.deepEqual(await repairer.survey({tickets: [ticket]}), []);
	t.deepEqual(await repairer.repair({tickets: [ticket]}), {repaired: [], failed: []});
	const lost = await loseOne(scene);
	const stranger = await openRepairer(clientPorts(world, alice), {seed: alice.seed});
	t.deepEqual(await stranger.survey({tickets: [ticket]}), []);
	stranger.close();
	repairer.close();
	await client.close();
	await world.stop(running(providers, lost));
});

test('a ticket survives its seal, and says nothing of content keys', async t => {
	const {world, providers, client, repairer} = await start(1000);
	const {sealed, repairKey, ticket} = await client.repairTicket('a');
	const opened = openRepairTicket(segmentPorts.aead, repairKey, sealed);
	t.deepEqual(opened, {ok: true, value: ticket});
	const wrong = openRepairTicket(segmentPorts.aead, new Uint8Array(32), sealed);
	t.deepEqual(wrong, {ok: false, error: {code: 'REPAIR_TICKET_SEAL_BROKEN'}});
	t.deepEqual(
		Object.keys(at(ticket.segments, 0)).toSorted((a, b) => (a < b ? -1 : 1)),
		['maskKey', 'pieceLength', 'pieces'],
	);
	repairer.close();
	await client.close();
	await world.stop(providers);
});

test('what no proof has brought to the chain is shown to it, once', async t => {
	const {world, providers, ticket, repairer, client, stored} = await start();
	const tickets = [ticket];
	const {ledger} = world;
	t.is(await repairer.showUnseen({tickets}), 0);
	// With so few blocks nobody has to prove anything.
	await world.forge(ledger.slotAt(1, 1));
	t.is(await repairer.showUnseen({tickets}), 0);
	await world.forge(ledger.slotAt(2, 1));
	t.is(await repairer.showUnseen({tickets}), stored.holders.length);
	const seen = ledger.eventsOf('revision-seen').map(({agreementId}) => toHex(agreementId));
	t.deepEqual(new Set(seen), new Set(stored.holders.map(({agreementId}) => toHex(agreementId))));
	t.is(await repairer.showUnseen({tickets}), 0);
	repairer.close();
	await client.close();
	await world.stop(providers);
});

test('what was begun and cut off is taken up where it stood', async t => {
	const scene = await start();
	const {world, providers, ticket, repairer, client, openIt} = scene;
	const lost = await loseOne(scene);
	const abort = new AbortController();
	await t.throwsAsync(
		repairer.repair({
			tickets: [ticket],
			signal: abort.signal,
			onProgress: ({phase}) => {
				if (phase === 'revisions') abort.abort(new NodeError({code: 'TEST_ENOUGH'}));
			},
		}),
		{message: 'TEST_ENOUGH'},
	);
	repairer.close();
	const agreements = world.ledger.state.agreements.size;
	const again = await openIt();
	const [vacated] = await again.survey({tickets: [ticket]});
	t.true((vacated?.successors.flatMap(({staged}) => staged).length ?? 0) > 0);
	const {repaired, failed} = await again.repair({tickets: [ticket]});
	t.deepEqual(failed, []);
	t.is(repaired.flatMap(({pieceIds}) => pieceIds).length, vacated?.lost.length ?? 0);
	t.is(world.ledger.state.agreements.size, agreements);
	again.close();
	await client.close();
	await world.stop(running(providers, lost));
});

test('pieces that cannot be rebuilt are reported, with why', async t => {
	const scene = await start();
	const {world, providers, ticket, repairer, client} = scene;
	const lost = await loseOne(scene);
	const left = running(providers, lost);
	// Two more go silent: three of a segment's six pieces are left, and four are needed.
	for (const provider of left.slice(0, 3)) await provider.service.stop();
	const {repaired, failed} = await repairer.repair({tickets: [ticket]});
	t.true(failed.length > 0);
	t.deepEqual(
		[...new Set(failed.map(({reason}) => reason))].filter(
			reason => !['DOWNLOAD_TOO_FEW_PIECES', 'TRANSPORT_CONNECT_FAILED'].includes(reason),
		),
		[],
	);
	t.is(repaired.flatMap(({pieceIds}) => pieceIds).length + failed.length, at(scene.stored.holders, 0).pieces);
	repairer.close();
	await client.close();
	await world.stop(left.slice(3));
});

test('waits until something is lost', async t => {
	const scene = await start();
	const {world, providers, ticket, repairer, client, stored} = scene;
	const gone = providers.find(({id}) => toHex(id) === toHex(at(stored.holders, 0).providerId));
	if (gone === undefined) return t.fail();
	await gone.service.stop();
	const [vacated] = await repairer.untilLost({tickets: [ticket]});
	t.is(vacated?.lost.length, at(stored.holders, 0).pieces);
	repairer.close();
	await client.close();
	await world.stop(running(providers, gone));
});
