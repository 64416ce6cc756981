/** What holds for the governor whatever happens and whatever peers do. */
import test from 'ava';
import fc from 'fast-check';
import {addressText} from '#relay/bearer/bearer';
import {decide, type GovernorAction, type GovernorEvent, observe, quietUntilMs} from '#relay/governor';
import {createGovernor, type KnownPeer, type PeerState} from '#relay/known-peers';
import {localRootOf, NO_PEERS, type Topology} from '#relay/topology';
import {
	at,
	countOf,
	hosts,
	isHot,
	isUp,
	small,
	stateOf,
	step,
	targetOf,
	tell,
	type World,
	worldOf,
	wrong,
} from '../support/relay/governor-world.ts';

const address = fc.constantFrom(...hosts('l', 3), ...hosts('p', 6), ...hosts('x', 8), ...hosts('s', 4));
const anyEvent: fc.Arbitrary<GovernorEvent> = fc.oneof(
	fc.record({
		kind: fc.constant('connected' as const),
		address,
		from: fc.constantFrom('dial' as const, 'listener' as const, 'stranger' as const),
	}),
	fc.record({kind: fc.constant('named' as const), stranger: address, address}),
	fc.record({kind: fc.constant('lost' as const), address, blame: fc.constantFrom(undefined, wrong)}),
	fc.record({
		kind: fc.constant('offended' as const),
		key: address.map(addressText),
		blame: fc.constant(wrong),
	}),
	fc.record({kind: fc.constant('learned' as const), addresses: fc.array(address, {maxLength: 6})}),
	fc.record({
		kind: fc.constant('ledger' as const),
		source: fc.constantFrom('ledger' as const, 'bigLedger' as const),
		addresses: fc.array(address, {maxLength: 6}),
	}),
	fc.record({kind: fc.constant('progress' as const), progress: fc.record({isCaughtUp: fc.boolean()})}),
);
const anyTopology: fc.Arbitrary<Topology> = fc
	.record({
		hotValency: fc.nat({max: 2}),
		more: fc.nat({max: 1}),
		trustable: fc.boolean(),
		hasBootstrap: fc.boolean(),
	})
	.map(({hotValency, more, trustable, hasBootstrap}) => ({
		...NO_PEERS,
		localRoots: [
			{
				...localRootOf(hosts('l', 3), {advertise: true}),
				hotValency,
				warmValency: hotValency + more,
				trustable,
			},
		],
		publicRoots: [{accessPoints: hosts('p', 4), advertise: true}],
		bootstrapPeers: hasBootstrap ? [at('p5')] : [],
	}));

const FROM: Readonly<Record<GovernorAction['kind'], readonly PeerState[]>> = {
	dial: ['cold'],
	follow: ['warm'],
	unfollow: ['hot'],
	leave: ['warm', 'hot'],
	askForPeers: ['warm', 'hot'],
};

test('whatever happens, each decision fits the state it finds, and limits hold', t => {
	fc.assert(
		fc.property(anyTopology, fc.array(anyEvent, {maxLength: 60}), (topology, events) => {
			let governor = createGovernor(topology, small);
			events.forEach((event, index) => {
				const nowMs = index * 700;
				governor = observe(governor, event, nowMs);
				const decided = decide(governor, nowMs);
				const states = new Map([...governor.peers].map(([key, {state}]) => [key, state]));
				for (const action of decided.actions) {
					const state = states.get(targetOf(action)) as PeerState;
					t.true(FROM[action.kind].includes(state), `${action.kind} from ${state}`);
					if (action.kind === 'dial') states.set(targetOf(action), 'dialling');
				}
				const acted = decided.actions.filter(({kind}) => kind !== 'askForPeers').map(targetOf);
				t.is(new Set(acted).size, acted.length, 'one decision for each');
				governor = decided.governor;
				const isChosen = (peer: KnownPeer): boolean => !peer.dialledUs || peer.source === 'local';
				const isLocal = ({source}: KnownPeer): boolean => source === 'local';
				const isBig = ({source}: KnownPeer): boolean => source === 'bigLedger';
				const main = (peer: KnownPeer): boolean => isChosen(peer) && !isBig(peer);
				const locals = countOf(governor, peer => isLocal(peer) && isHot(peer));
				t.true(countOf(governor, peer => main(peer) && isHot(peer)) <= Math.max(small.active, locals));
				t.true(
					countOf(governor, peer => isBig(peer) && isChosen(peer) && isHot(peer)) <= small.bigLedger.active,
				);
				t.true(countOf(governor, peer => !isChosen(peer) && isHot(peer)) <= small.inbound);
				const isKnown = ({source, state}: KnownPeer): boolean => source !== 'inbound' && state === 'cold';
				t.true(countOf(governor, peer => isKnown(peer) && !isBig(peer)) <= small.known);
				t.true(countOf(governor, peer => isKnown(peer) && isBig(peer)) <= small.bigLedger.known);
				for (const peer of governor.peers.values())
					if (isHot(peer) && topology.bootstrapPeers.length > 0 && !governor.progress.isCaughtUp)
						t.true(peer.isTrusted);
			});
			t.true(
				hosts('l', 3).every(({host}) => governor.peers.has(`${host}:1`)),
				'local roots are never forgotten',
			);
		}),
		{numRuns: 300},
	);
});

test('when there is nothing to decide and nobody says anything, there is nothing before the time that is told', t => {
	const waits = fc.array(fc.nat({max: 400_000}), {minLength: 1, maxLength: 5});
	fc.assert(
		fc.property(anyTopology, fc.array(anyEvent, {maxLength: 40}), waits, (topology, events, waitsMs) => {
			let nowMs = 0;
			let governor = createGovernor(topology, small);
			for (const event of events) {
				nowMs += 700;
				governor = decide(observe(governor, event, nowMs), nowMs).governor;
			}
			for (const waitMs of waitsMs) {
				const decided = decide(governor, nowMs);
				if (decided.actions.length === 0) {
					t.is(decided.governor, governor, 'nothing is copied either');
					const untilMs = quietUntilMs(governor, nowMs);
					t.true(untilMs > nowMs);
					const withinMs = Math.min(nowMs + waitMs, untilMs - 1);
					t.deepEqual(decide(governor, withinMs).actions, []);
				}
				governor = decided.governor;
				nowMs += waitMs;
			}
		}),
		{numRuns: 200},
	);
});

type Behaviour = 'answers' | 'silent' | 'offends' | 'breaks';

/** Two minutes of a relay among peers that behave so. */
const playTwoMinutes = (topology: Topology, behaviourOf: ReadonlyMap<string, Behaviour>): World => {
	const world = worldOf(topology, small);
	for (let round = 0; round < 240; round++) {
		step(world, host => behaviourOf.get(host) !== 'silent');
		for (const {address} of [...world.governor.peers.values()].filter(isUp)) {
			const behaviour = behaviourOf.get(address.host);
			if (behaviour === 'breaks') tell(world, {kind: 'lost', address});
			if (behaviour === 'offends') tell(world, {kind: 'lost', address, blame: wrong});
		}
	}
	return world;
};

/** The most dials in two minutes: waits double from a second, to ten seconds for local roots. */
const dialsMax = (behaviour: Behaviour, isLocal: boolean): number => {
	switch (behaviour) {
		case 'answers':
			return 1;
		case 'offends':
			return isLocal ? 13 : 1;
		case 'silent':
			return isLocal ? 16 : 8;
		case 'breaks':
			return 121;
	}
};

test('whatever peers do, nobody is dialled in a busy loop, an offender is left alone, and local roots are tried', t => {
	const behaviour = fc.constantFrom<Behaviour>('answers', 'silent', 'offends', 'breaks');
	const addresses = [...hosts('l', 2), ...hosts('p', 10)];
	const topology: Topology = {
		...NO_PEERS,
		localRoots: [localRootOf(addresses.slice(0, 2), {advertise: true})],
		publicRoots: [{accessPoints: addresses.slice(2), advertise: true}],
	};
	fc.assert(
		fc.property(fc.array(behaviour, {minLength: 12, maxLength: 12}), behaviours => {
			const behaviourOf = new Map(addresses.map(({host}, index) => [host, behaviours[index] as Behaviour]));
			const {dials, governor} = playTwoMinutes(topology, behaviourOf);
			for (const [key, times] of dials) {
				const max = dialsMax(behaviourOf.get(key.slice(0, -2)) as Behaviour, key.startsWith('l'));
				t.true(times.length <= max, `${key} ${times.length}`);
				for (const [index, time] of times.slice(1).entries())
					t.true(time - (times[index] as number) >= 1_000);
			}
			for (const host of ['l0', 'l1']) {
				t.true(dials.has(`${host}:1`));
				if (behaviourOf.get(host) === 'answers') t.is(stateOf(governor, host), 'hot');
			}
			const good = behaviours.filter(how => how === 'answers').length;
			t.true(countOf(governor, isHot) >= Math.min(good, small.active));
		}),
		{numRuns: 60},
	);
});
