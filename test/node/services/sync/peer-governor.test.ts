/** The governor's loop: what it has others do, with names that resolve or not and relays out of a snapshot. */
import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {PeerGovernor} from '#node/services/sync/peer-governor';
import {type Address, addressText} from '#relay/bearer/bearer';
import {RELAY_TARGETS} from '#relay/known-peers';
import type {PeerSnapshot} from '#relay/peer-snapshot';
import {localRootOf, NO_PEERS, type Topology} from '#relay/topology';
import {type LogLine, recordingLog} from '../../../support/producer.ts';
import {createVirtualClock} from '../../../support/virtual-clock.ts';

const at = (host: string, port = 3_001): Address => ({host, port});

const openWorld = (topology: Topology, answers: Map<string, readonly string[]>, slot = 0) => {
	const clock = createVirtualClock();
	const logged: LogLine[] = [];
	const done: string[] = [];
	const asked: string[] = [];
	const stopping = new AbortController();
	const note =
		(what: string) =>
		(address: Address): void =>
			void done.push(`${what} ${addressText(address)}`);
	const place = {slot};
	const looks = {count: 0};
	const governor = new PeerGovernor(
		{
			clock,
			log: recordingLog(logged),
			resolve: async name => {
				asked.push(name);
				const hosts = answers.get(name);
				if (hosts === undefined) throw new NodeError({code: 'RELAY_NAME_UNKNOWN', name});
				return hosts;
			},
			random: () => 0.5,
		},
		{topology, targets: RELAY_TARGETS, address: at('127.0.0.1'), networkMagic: 7},
		{
			dial: note('dial'),
			ask: note('ask'),
			follow: note('follow'),
			unfollow: note('unfollow'),
			leave: note('leave'),
			worthOf: () => 0,
			progress: () => {
				looks.count++;
				return {isCaughtUp: true, slot: place.slot};
			},
		},
	);
	const running = governor.run({signal: stopping.signal});
	const advance = async (ms: number): Promise<void> => {
		for (const endMs = clock.now() + ms; clock.now() < endMs; ) {
			clock.advanceTo(Math.min(clock.now() + 500, endMs));
			for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve));
		}
	};
	const stop = async (): Promise<void> => {
		stopping.abort(new NodeError({code: 'NODE_STOPPING'}));
		await running;
	};
	return {governor, clock, logged, done, asked, place, looks, advance, stop};
};

const rootsAt = (...hosts: readonly string[]): Topology => ({
	...NO_PEERS,
	localRoots: [
		localRootOf(
			hosts.map(host => at(host)),
			{advertise: false},
		),
	],
});

test('a root with a name is dialled where the name points to, and elsewhere when that changes', async t => {
	const answers = new Map([['relay.example', ['192.0.2.1']]]);
	const world = openWorld(rootsAt('relay.example'), answers);
	await world.advance(1_000);
	t.deepEqual(world.done, ['dial 192.0.2.1:3001']);
	world.governor.observe({kind: 'connected', address: at('192.0.2.1')});
	world.governor.followNow();
	t.deepEqual(world.done.slice(1), ['follow 192.0.2.1:3001']);
	answers.set('relay.example', ['192.0.2.2']);
	await world.advance(302_000);
	t.deepEqual(world.asked, ['relay.example', 'relay.example']);
	t.true(world.done.includes('dial 192.0.2.2:3001'));
	await world.stop();
});

test('a name that nobody knows is told of once, tried ever later, and keeps nobody else waiting', async t => {
	const world = openWorld(rootsAt('gone.example', '192.0.2.5'), new Map());
	await world.advance(60_000);
	t.true(world.done.includes('dial 192.0.2.5:3001'));
	t.deepEqual(
		world.logged.filter(({level}) => level === 'warn').map(({message}) => message),
		['a name of a peer is not found'],
	);
	t.is(world.asked.length, 4, 'at 0, 5, 15 and 35 s');
	await world.stop();
});

const snapshot: PeerSnapshot = {
	slot: 900,
	networkMagic: 7,
	bigPools: [{stake: 0.9, relays: [at('192.0.2.10')]}],
	pools: [{stake: 0.1, relays: [at('pool.example')]}],
};

test('relays of pools are dialled from the slot on that the topology names, the big ones before', async t => {
	const answers = new Map([['pool.example', ['192.0.2.20']]]);
	const world = openWorld({...NO_PEERS, useLedgerAfterSlot: 800, snapshot}, answers);
	await world.advance(2_000);
	t.deepEqual(world.done, ['dial 192.0.2.10:3001']);
	world.place.slot = 800;
	await world.advance(62_000);
	t.deepEqual(
		world.done.filter(what => what.startsWith('dial')),
		['dial 192.0.2.10:3001', 'dial 192.0.2.20:3001'],
	);
	t.is(world.governor.state.peers.get('192.0.2.10:3001')?.source, 'bigLedger');
	t.is(world.governor.state.peers.get('192.0.2.20:3001')?.source, 'ledger');
	await world.stop();
});

test('a snapshot is left alone without a slot to use it from, and when it is of another network', async t => {
	for (const topology of [
		{...NO_PEERS, snapshot},
		{...NO_PEERS, useLedgerAfterSlot: 0, snapshot: {...snapshot, networkMagic: 8}},
	]) {
		const world = openWorld(topology, new Map(), 1_000);
		await world.advance(61_000);
		t.deepEqual(world.done, []);
		await world.stop();
	}
});

test('a reload takes the new roots and lets go of those that are named no longer', async t => {
	const world = openWorld(rootsAt('192.0.2.1'), new Map());
	await world.advance(500);
	world.governor.observe({kind: 'connected', address: at('192.0.2.1')});
	world.governor.reload(rootsAt('192.0.2.2'));
	await world.advance(1_000);
	t.true(world.done.includes('dial 192.0.2.2:3001'));
	t.is(world.governor.state.peers.get('192.0.2.1:3001')?.source, 'learned');
	t.deepEqual(world.governor.share(9, undefined), []);
	await world.stop();
});

test('it looks when something is due, not all the time, and whoever is lost is dialled again when its time comes', async t => {
	const address = at('192.0.2.1');
	const world = openWorld(rootsAt('192.0.2.1'), new Map());
	const dials = (): number => world.done.filter(what => what === 'dial 192.0.2.1:3001').length;
	await world.advance(1_000);
	world.governor.observe({kind: 'connected', address});
	world.governor.followNow();
	await world.advance(1_000);
	const before = world.looks.count;
	await world.advance(50_000);
	t.is(world.looks.count - before, 10, 'before and after the peer is asked for others, every ten seconds');
	world.governor.observe({kind: 'lost', address});
	await world.advance(500);
	t.is(dials(), 1, 'it rests for a second');
	await world.advance(1_000);
	t.is(dials(), 2);
	await world.stop();
});
