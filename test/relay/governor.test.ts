import test from 'ava';
import fc from 'fast-check';
import type {Address} from '#relay/bearer/bearer';
import {churn} from '#relay/churn';
import {decide, type GovernorAction, observe, peersToShare} from '#relay/governor';
import {createGovernor, type Governor, RELAY_TARGETS, reloadTopology, type Targets} from '#relay/known-peers';
import {NO_PEERS, type Topology} from '#relay/topology';

const at = (host: string, port = 1): Address => ({host, port});
const topologyOf = (
	roots: readonly string[],
	valency: number,
	publicRoots: readonly string[] = [],
): Topology => ({
	...NO_PEERS,
	localRoots: [
		{
			accessPoints: roots.map(host => at(host)),
			hotValency: valency,
			warmValency: valency,
			advertise: false,
			trustable: false,
		},
	],
	publicRoots: [{accessPoints: publicRoots.map(host => at(host)), advertise: true}],
});
const targetsOf = (known: number, established: number): Targets => ({
	...RELAY_TARGETS,
	known,
	established,
	active: established,
});

const dialled = (actions: readonly GovernorAction[]): string[] =>
	actions.flatMap(action => (action.kind === 'dial' ? [action.address.host] : []));
const dials = (governor: Governor, nowMs: number): {governor: Governor; hosts: string[]} => {
	const decided = decide(governor, nowMs);
	return {governor: decided.governor, hosts: dialled(decided.actions)};
};

test('a local root group is dialled up to its valency, and once', t => {
	const first = dials(createGovernor(topologyOf(['a', 'b', 'c'], 2), RELAY_TARGETS), 0);
	t.deepEqual(first.hosts, ['a', 'b']);
	t.deepEqual(dials(first.governor, 1_000).hosts, []);
	const connected = observe(first.governor, {kind: 'connected', address: at('a')}, 5);
	t.deepEqual(dials(connected, 5).hosts, []);
	const lost = observe(connected, {kind: 'lost', address: at('b'), blame: undefined}, 5);
	t.deepEqual(dials(lost, 5).hosts, ['c']);
});

test('a peer that cannot be reached is dialled again, ever later, a local root never later than ten seconds', t => {
	let governor = createGovernor(topologyOf(['a'], 1), RELAY_TARGETS);
	let nowMs = 0;
	const waits: number[] = [];
	for (let attempt = 0; attempt < 7; attempt++) {
		const decided = dials(governor, nowMs);
		t.deepEqual(decided.hosts, ['a']);
		governor = observe(decided.governor, {kind: 'lost', address: at('a'), blame: undefined}, nowMs);
		let waitMs = 0;
		while (dials(governor, nowMs + waitMs).hosts.length === 0) waitMs += 500;
		waits.push(waitMs);
		nowMs += waitMs;
	}
	t.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
});

test('a peer that broke the rules is left alone, and forgotten when it was only learned', t => {
	let governor = createGovernor(topologyOf([], 0, ['p']), RELAY_TARGETS);
	governor = observe(governor, {kind: 'learned', addresses: [at('l')]}, 0);
	governor = dials(governor, 0).governor;
	for (const host of ['p', 'l'])
		governor = observe(
			governor,
			{kind: 'lost', address: at(host), blame: {code: 'TEST_WRONG', gravity: 'wrong'}},
			0,
		);
	t.deepEqual([...governor.peers.keys()], ['p:1']);
	t.deepEqual(dials(governor, 299_999).hosts, []);
	t.deepEqual(dials(governor, 300_000).hosts, ['p']);
});

test('learned peers fill up to the targets and never more, ourselves left out', t => {
	const self = at('self');
	let governor = createGovernor(topologyOf(['a'], 1), targetsOf(6, 3), self);
	const many = Array.from({length: 20}, (_, index) => at(`l${index}`));
	governor = observe(governor, {kind: 'learned', addresses: [self, ...many]}, 0);
	t.is(governor.peers.size, 6);
	t.false(governor.peers.has('self:1'));
	t.deepEqual(dials(governor, 0).hosts, ['a', 'l0', 'l1']);
});

test('a connection that came in counts, so that its peer is not dialled', t => {
	let governor = createGovernor(topologyOf(['a'], 1), RELAY_TARGETS);
	governor = observe(governor, {kind: 'connected', address: at('a')}, 0);
	t.deepEqual(dials(governor, 0).hosts, []);
});

test('connected peers are asked for others now and then while more may be known', t => {
	let governor = createGovernor(topologyOf(['a'], 1), targetsOf(3, 3));
	governor = observe(governor, {kind: 'connected', address: at('a')}, 0);
	const first = decide(governor, 0);
	t.deepEqual(first.actions, [
		{kind: 'follow', address: at('a')},
		{kind: 'askForPeers', address: at('a'), amount: 20},
	]);
	t.deepEqual(decide(first.governor, 9_999).actions, []);
	t.is(decide(first.governor, 10_000).actions.length, 1);
	const full = observe(first.governor, {kind: 'learned', addresses: [at('b'), at('c')]}, 0);
	t.deepEqual(
		decide(full, 20_000).actions.filter(({kind}) => kind === 'askForPeers'),
		[],
	);
});

test('shared are connected peers that may be told of, never the one who asks', t => {
	let governor = createGovernor(topologyOf(['hidden'], 1, ['public']), RELAY_TARGETS);
	for (const host of ['hidden', 'public', 'inbound'])
		governor = observe(governor, {kind: 'connected', address: at(host)}, 0);
	governor = observe(governor, {kind: 'learned', addresses: [at('cold')]}, 0);
	t.deepEqual(peersToShare(governor, 10), [at('public'), at('inbound')]);
	t.deepEqual(peersToShare(governor, 10, at('public')), [at('inbound')]);
	t.deepEqual(peersToShare(governor, 1), [at('public')]);
});

test('a reloaded topology keeps connections and what is known', t => {
	let governor = createGovernor(topologyOf(['a', 'b'], 2), RELAY_TARGETS);
	governor = observe(governor, {kind: 'connected', address: at('a')}, 0);
	governor = reloadTopology(governor, topologyOf(['c'], 1));
	t.deepEqual([...governor.peers.keys()], ['c:1', 'a:1']);
	t.is(governor.peers.get('a:1')?.state, 'warm');
	t.deepEqual(dials(governor, 0).hosts, ['c']);
});

test('whatever happens, targets hold, nobody is dialled twice at once, and local roots come back', t => {
	const host = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
	const event = fc.oneof(
		fc.record({kind: fc.constant('connected' as const), address: host.map(name => at(name))}),
		fc.record({
			kind: fc.constant('lost' as const),
			address: host.map(name => at(name)),
			blame: fc.constantFrom(undefined, {code: 'TEST_WRONG', gravity: 'wrong' as const}),
		}),
		fc.record({
			kind: fc.constant('learned' as const),
			addresses: fc.array(
				host.map(name => at(name)),
				{maxLength: 5},
			),
		}),
	);
	fc.assert(
		fc.property(fc.array(event, {maxLength: 60}), events => {
			let governor = createGovernor(topologyOf(['a', 'b'], 1), targetsOf(5, 3));
			events.forEach((happened, index) => {
				governor = observe(governor, happened, index * 700);
				const busy = new Set(
					[...governor.peers].filter(([, {state}]) => state !== 'cold').map(([key]) => key),
				);
				const decided = dials(governor, index * 700);
				for (const name of decided.hosts) t.false(busy.has(`${name}:1`));
				t.is(new Set(decided.hosts).size, decided.hosts.length);
				governor = decided.governor;
			});
			t.true(governor.peers.has('a:1') && governor.peers.has('b:1'));
			for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
				governor = observe(
					governor,
					{kind: 'lost', address: at(name), blame: {code: 'TEST_WRONG', gravity: 'wrong'}},
					100_000,
				);
			t.true(dials(governor, 110_000).hosts.some(name => name === 'a' || name === 'b'));
		}),
		{numRuns: 200},
	);
});

test('now and then the connections that are worth least make room for others, local roots never', t => {
	const HOUR_MS = 3_600_000;
	const worths = new Map([
		['root', -99],
		['a', 5],
		['b', 1],
		['c', 3],
	]);
	const quiet = {isSyncing: false, worthOf: ({host}: Address) => worths.get(host) ?? 0};
	let governor = createGovernor(topologyOf(['root'], 1, ['a', 'b', 'c', 'd', 'e']), targetsOf(9, 4));
	for (const host of ['root', 'a', 'b', 'c'])
		governor = observe(governor, {kind: 'connected', address: at(host)}, 0);
	const first = churn(governor, 0, quiet);
	t.deepEqual(first.leave, []);
	t.deepEqual(churn(first.governor, 3_299_999, quiet).leave, []);
	const second = churn(first.governor, HOUR_MS, quiet);
	t.deepEqual(second.leave, [at('b')]);
	t.deepEqual(churn(second.governor, HOUR_MS + 1, quiet).leave, [], 'not again at once');
	t.deepEqual(
		churn(first.governor, 900_000, {...quiet, isSyncing: true}).leave,
		[at('b')],
		'sooner while syncing',
	);
	const short = {...first.governor, targets: targetsOf(9, 5)};
	t.deepEqual(churn(short, HOUR_MS, quiet).leave, [], 'there is room anyway');
	const alone = createGovernor(topologyOf(['root'], 1, ['a']), targetsOf(9, 2));
	const connected = ['root', 'a'].reduce(
		(known, host) => observe(known, {kind: 'connected', address: at(host)}, 0),
		alone,
	);
	const begun = churn(connected, 0, quiet).governor;
	t.deepEqual(churn(begun, HOUR_MS, quiet).leave, [], 'nobody would take the place');
});
