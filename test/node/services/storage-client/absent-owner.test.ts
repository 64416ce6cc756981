import {randomBytes} from 'node:crypto';
import test from 'ava';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {genesisProfiles} from '#ledger/genesis/profiles';
import {keyOf} from '#ledger/state/keys';
import {openRepairer} from '#node/services/repairer/repairer';
import {party} from '../../../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../../../support/ledger-genesis.ts';
import {createMemoryManifestStore} from '../../../support/memory-manifest-store.ts';
import {clientPorts, memorySink, openClient, sourceOf} from '../support/client-kit.ts';
import {StorageWorld, type WorldProvider} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
/** An epoch is a day, as on the public network. */
const DAYS = 90;
const DAYS_BETWEEN_LOSSES = 12;
/** Blocks in every third slot are enough for every window, and few enough for ninety days. */
const STRIDE = 3;
const repairerParty = party('repairer');

test('an owner is off for ninety days while every provider is replaced, and then restores everything', async t => {
	t.timeout(10 * 60_000);
	const world = new StorageWorld(testGenesis({parameters: genesisProfiles.public.parameters}));
	const first = await world.addProviders(NAMES);
	const running = new Set<WorldProvider>(first);
	const manifests = createMemoryManifestStore();
	const owner = await openClient(world, bob, manifests);
	const files = new Map([
		['letters', new Uint8Array(randomBytes(120_000))],
		['photos', new Uint8Array(randomBytes(70_001))],
	]);
	let pieces = 0;
	for (const [name, bytes] of files) {
		const stored = await owner.putFile({
			name,
			source: sourceOf(bytes),
			segmentBytes: 50_000,
			rate: ada(3000),
			epochs: DAYS + 10,
			repairerVk: repairerParty.verificationKey,
		});
		pieces += stored.pieces;
	}
	const tickets = await Promise.all(
		[...files.keys()].map(async name => (await owner.repairTicket(name)).ticket),
	);
	await owner.close();
	const sequence = world.ledger.state.accounts.get(keyOf(bob.account))?.sequence;

	world.ledger.send(alice, {kind: 'transfer', to: repairerParty.account, amount: ada(100)});
	const ports = clientPorts(world, repairerParty);
	const repairer = await openRepairer(ports, {seed: repairerParty.seed, hedgeMs: 10_000});
	const start = world.ledger.epoch;
	let repaired = 0;
	for (let day = 1; day <= DAYS; day++) {
		await world.advanceTo(world.ledger.slotAt(start + day, 0), STRIDE);
		const gone = first[day / DAYS_BETWEEN_LOSSES - 1];
		if (gone !== undefined) {
			// It says nothing to anybody, and never comes back; somebody else begins.
			await gone.service.stop();
			running.delete(gone);
			for (const each of await world.addProviders([`n${day}`])) running.add(each);
		}
		if ((await repairer.survey({tickets})).every(({lost}) => lost.length === 0)) continue;
		const done = await repairer.repair({tickets});
		repaired += done.repaired.reduce((sum, {pieceIds}) => sum + pieceIds.length, 0);
	}
	t.true((await repairer.survey({tickets})).every(({lost}) => lost.length === 0));
	repairer.close();
	t.is(world.ledger.epoch - start, DAYS);
	t.false(first.some(provider => running.has(provider)));
	t.true(repaired >= pieces, `${repaired} pieces repaired of ${pieces} that there were`);
	t.is(world.ledger.state.accounts.get(keyOf(bob.account))?.sequence, sequence);
	t.deepEqual(
		world.ledger.eventsOf('agreement-closed').filter(({reason}) => reason === 'unfunded'),
		[],
	);

	// Two of seven may fail even now.
	const off = [...running].slice(0, 2);
	for (const each of off) {
		await each.service.stop();
		running.delete(each);
	}
	const back = await openClient(world, bob, manifests);
	t.deepEqual((await back.listFiles()).map(({name}) => name).toSorted(), [...files.keys()].toSorted());
	for (const [name, bytes] of files) {
		const sink = memorySink();
		await back.getFile({name, sink});
		t.is(toHex(defined(sink.result, 'it came back')), toHex(bytes));
	}
	await back.close();
	await world.stop([...running]);
});
