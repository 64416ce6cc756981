/** Providers that nobody can dial: files are stored with them and come back, over relays alone. */
import {randomBytes} from 'node:crypto';
import test from 'ava';
import type {Clock} from '#node/ports/clock';
import {openStorageClient} from '#node/services/storage-client/storage-client';
import {bob} from '../../../support/ledger-genesis.ts';
import {addressesOf, LOOPBACK, machine} from '../../../transport/libp2p/support/machine.ts';
import {clientPorts, memorySink, sourceOf, worldClock} from '../support/client-kit.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const NAMES = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const MIB = 1024 * 1024;

/** Blocks come when they are waited for; whoever waits longer waits for peers, and those answer when they do. */
const patientClock = (world: StorageWorld): Clock => {
	const {slotMs} = world.ledger.env.genesis;
	const blocks = worldClock(world);
	return {
		now: () => blocks.now(),
		waitUntil: async (timeMs, options) => {
			if (timeMs - blocks.now() <= slotMs) return blocks.waitUntil(timeMs, options);
			const {signal} = options;
			await new Promise((_, reject) => {
				signal.addEventListener('abort', () => reject(signal.reason), {once: true});
			});
		},
	};
};

test('a file is stored with providers behind routers and comes back without two of them', async t => {
	const relay = machine(t, {relayBytesMax: 64 * MIB, listen: ['/ip4/127.0.0.1/tcp/0']});
	const relayHold = await relay.host.hold();
	const world = new StorageWorld();
	world.placeOf = ({operator}) => {
		const hidden = {behindNat: true, bootstrap: addressesOf(relayHold), listen: ['/p2p-circuit']};
		return {transport: machine(t, hidden, operator.seed).transport, listen: LOOPBACK, announced: null};
	};
	const providers = await world.addProviders(NAMES);
	while (world.announcements.size < NAMES.length) await new Promise(setImmediate);
	const ports = {
		...clientPorts(world, bob),
		transport: machine(t, {}, bob.seed).transport,
		clock: patientClock(world),
	};
	const listed = await ports.control.providers();
	t.true(listed.every(({endpoint, routes}) => endpoint === null && routes.length > 0));
	const client = await openStorageClient(ports, {seed: bob.seed, hedgeMs: 10_000});
	const bytes = new Uint8Array(randomBytes(2_000_000));
	const stored = await client.putFile({name: 'report', source: sourceOf(bytes), segmentBytes: 500_000});
	t.is(stored.pieces, 24);
	await at(providers, 0).service.stop();
	await at(providers, 1).service.stop();
	const sink = memorySink();
	await client.getFile({name: 'report', sink});
	t.true(Buffer.compare(sink.result ?? new Uint8Array(1), bytes) === 0);
	await client.close();
	await world.stop(providers.slice(2));
	await relayHold.release();
});
