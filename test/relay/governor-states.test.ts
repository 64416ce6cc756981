/** Which states of a peer follow which, and what the governor makes of worlds of peers. */
import test from 'ava';
import type {Address} from '#relay/bearer/bearer';
import {churn} from '#relay/churn';
import {decide, type GovernorEvent, observe, peersToShare} from '#relay/governor';
import {
	createGovernor,
	type Governor,
	type KnownPeer,
	type PeerState,
	peerOf,
	RELAY_TARGETS,
	relayTargets,
	wantedTargets,
} from '#relay/known-peers';
import {localRootOf, NO_PEERS, type Topology} from '#relay/topology';
import {
	always,
	at,
	countOf,
	hosts,
	isHot,
	isUp,
	leavesIn,
	STATES,
	small,
	stateOf,
	step,
	targetOf,
	tell,
	worldOf,
	wrong,
} from '../support/relay/governor-world.ts';

/** A governor that knows one peer in one state. */
const inState = (state: PeerState, source: KnownPeer['source'] = 'public'): Governor => {
	const peer = {...peerOf(at('p'), {source, advertise: true}), state};
	return {...createGovernor(NO_PEERS, small), peers: new Map([['p:1', peer]])};
};

test('every event leads from every state to the one that the table says', t => {
	const events: Readonly<Record<string, GovernorEvent>> = {
		connected: {kind: 'connected', address: at('p')},
		heard: {kind: 'connected', address: at('p'), from: 'listener'},
		lost: {kind: 'lost', address: at('p')},
		blamed: {kind: 'lost', address: at('p'), blame: wrong},
		offended: {kind: 'offended', key: 'p:1', blame: wrong},
		learned: {kind: 'learned', addresses: [at('p')]},
		ledger: {kind: 'ledger', source: 'ledger', addresses: [at('p')]},
		big: {kind: 'ledger', source: 'bigLedger', addresses: [at('p')]},
	};
	const table: Readonly<Record<PeerState, readonly PeerState[]>> = {
		cold: ['warm', 'warm', 'cold', 'cold', 'cold', 'cold', 'cold', 'cold'],
		dialling: ['warm', 'warm', 'cold', 'cold', 'dialling', 'dialling', 'dialling', 'dialling'],
		warm: ['warm', 'warm', 'cold', 'cold', 'warm', 'warm', 'warm', 'warm'],
		hot: ['hot', 'hot', 'cold', 'cold', 'hot', 'hot', 'hot', 'hot'],
		leaving: ['warm', 'warm', 'cold', 'cold', 'leaving', 'leaving', 'leaving', 'leaving'],
	};
	for (const state of STATES)
		Object.values(events).forEach((event, index) => {
			const after = observe(inState(state), event, 5);
			t.is(stateOf(after, 'p'), table[state][index] as PeerState, `${event.kind} from ${state}`);
			const whenLearned = stateOf(observe(inState(state, 'learned'), event, 5), 'p');
			const isForgotten = event.kind === 'lost' && event.blame !== undefined;
			t.is(whenLearned, isForgotten ? 'unknown' : (table[state][index] as PeerState));
			if (event.kind === 'lost') t.is(stateOf(observe(inState(state, 'inbound'), event, 5), 'p'), 'unknown');
		});
});

test('a relay in a good world reaches exactly its targets, those for big ledger peers beside the others', t => {
	const topology: Topology = {
		...NO_PEERS,
		localRoots: [localRootOf(hosts('local', 2), {advertise: false})],
		publicRoots: [{accessPoints: hosts('public', 3), advertise: true}],
	};
	const world = worldOf(topology, RELAY_TARGETS);
	tell(world, {kind: 'learned', addresses: hosts('learned', 400)});
	tell(world, {kind: 'ledger', source: 'bigLedger', addresses: hosts('big', 400)});
	for (let round = 0; round < 20; round++) step(world, always);
	const {governor} = world;
	const isBig = ({source}: KnownPeer): boolean => source === 'bigLedger';
	const figures = (test: (peer: KnownPeer) => boolean): number[] => [
		countOf(governor, test),
		countOf(governor, peer => test(peer) && isUp(peer)),
		countOf(governor, peer => test(peer) && isHot(peer)),
	];
	t.deepEqual(
		figures(peer => !isBig(peer)),
		[150, 30, 20],
	);
	t.deepEqual(figures(isBig), [15, 10, 5]);
	for (const host of ['local0', 'local1', 'public0', 'public1', 'public2'])
		t.is(stateOf(governor, host), 'hot');
	t.deepEqual(decide(governor, world.nowMs).actions, [], 'and then rests');
});

test('an operator has the targets that were asked for, as far as they fit the number of connections', t => {
	t.deepEqual(wantedTargets(30), RELAY_TARGETS);
	const wanted = wantedTargets(40, {known: 85, active: 25}, {known: 20});
	t.like(wanted, {
		known: 85,
		established: 40,
		active: 25,
		bigLedger: {known: 20, established: 10, active: 5},
	});
	// The number of connections was said elsewhere, and anew.
	t.like(wantedTargets(10, {known: 5, established: 40, active: 25}), {
		known: 10,
		established: 10,
		active: 10,
	});
});

test('other numbers of connections have targets in proportion', t => {
	t.deepEqual(relayTargets(30), RELAY_TARGETS);
	t.is(relayTargets(6).active, 4);
	t.is(relayTargets(1).active, 1);
	t.is(relayTargets(200).active, 20);
	t.is(relayTargets(200).known, 400);
});

test('a local group has hot and warm peers as its two valencies say, and others take the place of those that are gone', t => {
	const group = {...localRootOf(hosts('l', 5), {advertise: true}), hotValency: 1, warmValency: 3};
	const world = worldOf({...NO_PEERS, localRoots: [group]}, small);
	for (let round = 0; round < 4; round++) step(world, host => host !== 'l1');
	t.is(countOf(world.governor, isHot), 1);
	t.is(countOf(world.governor, isUp), 3);
	t.is(stateOf(world.governor, 'l0'), 'hot');
	tell(world, {kind: 'lost', address: at('l0')});
	for (let round = 0; round < 2; round++) step(world, host => host !== 'l0' && host !== 'l1');
	t.is(countOf(world.governor, isHot), 1);
	t.is(countOf(world.governor, isUp), 3);
});

test('local roots that come late take places of others, which stay connected and are not followed', t => {
	const topology: Topology = {
		...NO_PEERS,
		localRoots: [localRootOf(hosts('l', 2), {advertise: true})],
		publicRoots: [{accessPoints: hosts('p', 9), advertise: true}],
	};
	const world = worldOf(topology, small);
	for (let round = 0; round < 4; round++) step(world, host => host.startsWith('p'));
	t.is(countOf(world.governor, isHot), 3);
	world.nowMs += 10_000;
	for (let round = 0; round < 4; round++) step(world, always);
	t.is(stateOf(world.governor, 'l0'), 'hot');
	t.is(stateOf(world.governor, 'l1'), 'hot');
	t.is(countOf(world.governor, isHot), 3);
	t.is(countOf(world.governor, isUp), 5);
});

test('before it has caught up, a node with bootstrap peers uses those and trustable local roots alone', t => {
	const topology: Topology = {
		...NO_PEERS,
		localRoots: [
			{...localRootOf([at('trusted')], {advertise: true}), trustable: true},
			localRootOf([at('doubtful')], {advertise: true}),
		],
		publicRoots: [{accessPoints: [at('public')], advertise: true}],
		bootstrapPeers: [at('bootstrap')],
	};
	const world = worldOf(topology, small);
	tell(world, {kind: 'connected', address: at('stranger'), from: 'stranger'});
	for (let round = 0; round < 4; round++)
		t.deepEqual(
			step(world, always).filter(({kind}) => kind === 'askForPeers'),
			[],
		);
	const hot = (): string[] => {
		const keys = [...world.governor.peers].flatMap(([key, peer]) => (isHot(peer) ? [key] : []));
		return keys.sort((a, b) => (a < b ? -1 : 1));
	};
	t.deepEqual(hot(), ['bootstrap:1', 'trusted:1']);
	tell(world, {kind: 'progress', progress: {isCaughtUp: true}});
	for (let round = 0; round < 4; round++) step(world, always);
	t.deepEqual(hot(), ['doubtful:1', 'public:1', 'stranger:1', 'trusted:1'], 'bootstrap is done with');
	tell(world, {kind: 'progress', progress: {isCaughtUp: false}});
	world.nowMs += 60_000;
	for (let round = 0; round < 4; round++) step(world, always);
	t.deepEqual(hot(), ['bootstrap:1', 'trusted:1'], 'far behind again');
	t.is(stateOf(world.governor, 'stranger'), 'warm');
});

test('a bootstrap peer that is alone is kept', t => {
	const world = worldOf({...NO_PEERS, bootstrapPeers: [at('b')]}, small);
	tell(world, {kind: 'progress', progress: {isCaughtUp: true}});
	for (let round = 0; round < 4; round++) step(world, always);
	t.is(stateOf(world.governor, 'b'), 'hot');
});

test('whoever dials us is followed as far as there are places for that, never instead of one that we chose', t => {
	const world = worldOf({...NO_PEERS, publicRoots: [{accessPoints: hosts('p', 5), advertise: true}]}, small);
	for (const address of hosts('s', 9)) tell(world, {kind: 'connected', address, from: 'stranger'});
	for (let round = 0; round < 3; round++) step(world, always);
	const cameToUs = countOf(world.governor, peer => isHot(peer) && peer.dialledUs);
	t.is(cameToUs, small.inbound);
	t.is(
		countOf(world.governor, peer => isHot(peer) && !peer.dialledUs),
		small.active,
	);
	t.is(world.dials.has('s0:1'), false);
	t.deepEqual(
		peersToShare(world.governor, 99).filter(({host}) => host.startsWith('s')),
		[],
		'where a stranger came from is no address',
	);
	const named = observe(
		world.governor,
		{kind: 'named', stranger: at('s0'), address: at('home')},
		world.nowMs,
	);
	t.is(stateOf(named, 's0'), 'unknown');
	t.is(stateOf(named, 'home'), 'hot');
	const twice = observe(named, {kind: 'named', stranger: at('s1'), address: at('home')}, world.nowMs);
	t.is(stateOf(twice, 's1'), 'unknown');
	t.is(stateOf(observe(twice, {kind: 'named', stranger: at('s8'), address: at('p0')}, 0), 'p0'), 'hot');
});

test('a connection that nobody uses is ended before the other side ends it, and others are not', t => {
	const group = {...localRootOf([at('l')], {advertise: true}), hotValency: 0};
	const world = worldOf({...NO_PEERS, localRoots: [group]}, small);
	for (let round = 0; round < 2; round++) step(world, always);
	tell(world, {kind: 'connected', address: at('s'), from: 'stranger'});
	t.is(stateOf(world.governor, 'l'), 'warm');
	world.nowMs = 3_000_000;
	t.deepEqual(leavesIn(step(world, always)), ['l:1']);
	t.is(stateOf(world.governor, 'l'), 'cold');
	t.is(world.governor.peers.get('l:1')?.failures, 0, 'which is nobody’s fault');
	world.nowMs += 60_000;
	step(world, always);
	t.is(stateOf(world.governor, 'l'), 'warm');
});

test('the least useful of those that are followed rest in turns, while others are followed', t => {
	const topology: Topology = {...NO_PEERS, publicRoots: [{accessPoints: hosts('p', 5), advertise: true}]};
	const world = worldOf(topology, small);
	for (let round = 0; round < 3; round++) step(world, always);
	const worthOf = ({host}: Address): number => (host === 'p1' ? 0 : 1);
	world.governor = churn(world.governor, 0, {isSyncing: true, worthOf}).governor;
	const churned = churn(world.governor, 900_000, {isSyncing: true, worthOf});
	t.deepEqual(churned.unfollow, [at('p1')]);
	t.deepEqual(churned.leave, [], 'nobody waits for a connection');
	world.governor = churned.governor;
	world.nowMs = 900_000;
	const follows = step(world, always).filter(({kind}) => kind === 'follow');
	t.deepEqual(follows.map(targetOf), ['p3:1']);
	t.is(stateOf(world.governor, 'p1'), 'warm');
	t.is(countOf(world.governor, isHot), 3);
});
