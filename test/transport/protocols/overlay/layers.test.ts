import test from 'ava';
import fc from 'fast-check';
import {CYCLON_VIEW, Cyclon, SHUFFLE_LENGTH} from '#transport/protocols/overlay/cyclon';
import {ENTRIES_MAX, LAYERS} from '#transport/protocols/overlay/messages';
import {Overlay} from '#transport/protocols/overlay/overlay';
import {AGE_MAX, clockwise, type Neighbour, type Peer, RING} from '#transport/protocols/overlay/peer';
import {besides, RING_DEPTH, RINGS_LENGTH, Rings} from '#transport/protocols/overlay/rings';
import {SeenMessages} from '#transport/protocols/overlay/seen-messages';
import {COSTS, FAULTS, Standings} from '#transport/protocols/overlay/standing';
import {VICINITY_VIEW, Vicinity} from '#transport/protocols/overlay/vicinity';
import {Random} from '../../../simulation/random.ts';

const peer = (number: number, change: Partial<Peer> = {}): Peer => {
	const luck = new Random(`peer ${number}`);
	return {
		id: String(number),
		position: number * 1000,
		lot: luck.word(),
		networkLot: luck.word(),
		topics: [3],
		sequence: 1n,
		signed: new Uint8Array(0),
		routes: [],
		...change,
	};
};
const of = (...numbers: readonly number[]): readonly Neighbour[] =>
	numbers.map(number => ({peer: peer(number), age: 0}));
const idsOf = (entries: readonly Neighbour[]): readonly string[] => entries.map(({peer: {id}}) => id);
const range = (count: number, from = 1): readonly number[] =>
	Array.from({length: count}, (_, index) => from + index);

test('a ring has the two before and the two behind, the way round past zero too', t => {
	const rings = new Rings(peer(5));
	rings.offer(of(1, 9, 3, 7, 8, 2));
	t.deepEqual(idsOf(rings.sides(3).successors), ['7', '8']);
	t.deepEqual(idsOf(rings.sides(3).predecessors), ['3', '2']);
	const last = new Rings(peer(9));
	last.offer(of(1, 2, 3, 8));
	t.deepEqual(idsOf(last.sides(3).successors), ['1', '2']);
	// Who goes is replaced by one that was remembered.
	last.drop('1');
	t.deepEqual(idsOf(last.sides(3).successors), ['2', '3']);
});

test('whatever is told, in whatever order, the nearest stand on the ring', t => {
	fc.assert(
		fc.property(fc.uniqueArray(fc.integer({min: 1, max: 60}), {minLength: 1}), numbers => {
			const self = peer(30);
			const rings = new Rings(self);
			for (const number of numbers) rings.offer(of(number));
			const others = numbers.filter(number => number !== 30).map(number => peer(number));
			const byDistance = (distance: (each: Peer) => number): readonly string[] =>
				others
					.toSorted((a, b) => distance(a) - distance(b))
					.slice(0, RING_DEPTH)
					.map(({id}) => id);
			const {successors, predecessors} = rings.sides(3);
			t.deepEqual(
				idsOf(successors),
				byDistance(({position}) => clockwise(self.position, position)),
			);
			t.deepEqual(
				idsOf(predecessors),
				byDistance(({position}) => clockwise(position, self.position)),
			);
		}),
	);
});

test('a peer is told of who stands next to it', t => {
	const told = besides(peer(10), [3], of(...range(50), 10));
	t.deepEqual(idsOf(told), ['11', '9', '12', '8', '13', '7', '14', '6', '15', '5', '16', '4']);
	const many = range(8).map(topic => topic);
	const entries = range(60).map(number => ({peer: peer(number, {topics: [many[number % 8] ?? 1]}), age: 0}));
	t.is(besides(peer(10, {topics: many}), many, entries).length, RINGS_LENGTH);
});

test('whatever is exchanged, a peer is told of who stands next to it, within the limit', t => {
	const overlay = new Overlay(peer(50), new Random('beside'));
	for (const entry of of(...range(99))) overlay.meet(entry.peer);
	for (const layer of LAYERS) {
		const told = idsOf(overlay.answer(peer(52), {layer, entries: of(52)}));
		t.true(
			['51', '53'].every(id => told.includes(id)),
			layer,
		);
		t.true(told.length <= ENTRIES_MAX);
	}
});

test('a sample is bounded, and telling of a peer again and again helps it no more than once', t => {
	const once = new Cyclon(new Random('sample'));
	for (const entry of of(...range(100))) once.offer(entry);
	const often = new Cyclon(new Random('sample'));
	for (const entry of of(...range(100))) often.offer(entry);
	for (let turn = 0; turn < 1000; turn++) for (const entry of of(1, 2, 3)) often.offer(entry);
	t.deepEqual(idsOf(often.view), idsOf(once.view));
	t.true(once.view.length <= CYCLON_VIEW && once.view.length > CYCLON_VIEW / 2);
	t.true(once.sample(peer(1)).length === SHUFFLE_LENGTH - 1);
	t.false(idsOf(once.sample(peer(1))).includes('1'));
});

test('a thousand keys of one network are to a sample as one', t => {
	const sample = new Cyclon(new Random('networks'));
	for (const entry of of(...range(99))) sample.offer(entry);
	for (const number of range(1000, 1000)) sample.offer({peer: peer(number, {networkLot: 77}), age: 0});
	const crowd = sample.view.filter(({peer: {networkLot}}) => networkLot === 77);
	t.true(crowd.length <= 2);
});

test('what nobody has heard of for long goes', t => {
	const sample = new Cyclon(new Random('old'));
	const vicinity = new Vicinity([3], 1);
	const rings = new Rings(peer(5));
	for (const entry of of(6)) sample.offer(entry);
	vicinity.offer(of(6));
	rings.offer(of(6));
	for (let round = 0; round <= AGE_MAX; round++) {
		t.is(sample.view.length, 1);
		sample.grow();
		vicinity.grow();
		rings.grow();
	}
	t.deepEqual([sample.view, vicinity.view, rings.view], [[], [], []]);
});

test('the vicinity has some of every topic, then those that share most, and never somebody else', t => {
	const vicinity = new Vicinity([1, 2, 3], 7);
	const with3 = range(100).map(number => ({peer: peer(number, {topics: [1, 3]}), age: 0}));
	const with2 = range(3, 200).map(number => ({peer: peer(number, {topics: [2]}), age: 9}));
	const strangers = range(50, 300).map(number => ({peer: peer(number, {topics: [4]}), age: 0}));
	vicinity.offer([...strangers, ...with3, ...with2]);
	t.is(vicinity.view.length, VICINITY_VIEW);
	t.is(vicinity.view.filter(({peer: {topics}}) => topics.includes(2)).length, 3);
	t.is(vicinity.view.filter(({peer: {topics}}) => topics.includes(4)).length, 0);
});

const onRing = (fanout: number): Overlay => {
	const overlay = new Overlay(peer(50), new Random('ring'), {fanout, seenMax: 8});
	for (const {peer: each} of of(...range(99))) overlay.meet(each);
	return overlay;
};

test('a message from the successor goes to the predecessor, the other way round, and from elsewhere to both', t => {
	for (const fanout of [2, 3, 5]) {
		const overlay = onRing(fanout);
		const targets = (from?: string): readonly string[] => overlay.targets(3, from).map(({id}) => id);
		t.is(targets('51')[0], '49');
		t.false(targets('51').includes('51'));
		t.is(targets('49')[0], '51');
		t.deepEqual(targets('7').slice(0, 2), ['51', '49']);
		for (const from of ['51', '49', '7', undefined]) {
			t.is(new Set(targets(from)).size, fanout);
			t.false(targets(from).includes(from ?? '50'));
		}
	}
});

test('nobody is told of a topic that it does not want to hear', t => {
	const overlay = onRing(3);
	t.deepEqual(overlay.targets(2), []);
	t.is(overlay.replacement(2, []), undefined);
});

test('who does not answer goes, its place on the ring too, and only its own newer word brings it back', t => {
	const overlay = onRing(2);
	overlay.failed(peer(51));
	t.deepEqual(
		overlay.targets(3).map(({id}) => id),
		['52', '49'],
	);
	t.is(overlay.replacement(3, ['49'])?.id, '52');
	overlay.learn([
		{peer: peer(7), age: 0},
		{peer: peer(51), age: 0},
	]);
	t.is(overlay.targets(3)[0]?.id, '52');
	overlay.learn([
		{peer: peer(7), age: 0},
		{peer: peer(51, {sequence: 2n}), age: 0},
	]);
	t.is(overlay.targets(3)[0]?.id, '51');
	overlay.failed(peer(51, {sequence: 2n}));
	overlay.answer(peer(51), {layer: 'rings', entries: [{peer: peer(51), age: 0}]});
	t.is(overlay.targets(3)[0]?.id, '51');
});

test('nobody is its own neighbour', t => {
	const overlay = new Overlay(peer(50), new Random('self'));
	overlay.meet(peer(50));
	overlay.learn([
		{peer: peer(7), age: 0},
		{peer: peer(50), age: 0},
	]);
	t.deepEqual(idsOf(overlay.known), ['7']);
});

test('an exchange begins with ourselves and takes the layers in turn', t => {
	const overlay = onRing(2);
	const turns = range(6).map(() => overlay.tick());
	t.deepEqual(
		turns.map(turn => turn?.exchange.layer),
		['cyclon', 'vicinity', 'rings', 'cyclon', 'vicinity', 'rings'],
	);
	for (const turn of turns) {
		t.is(turn?.exchange.entries[0]?.peer.id, '50');
		t.true((turn?.exchange.entries.length ?? 99) <= 16);
	}
	t.is(new Overlay(peer(50), new Random('alone')).tick(), undefined);
});

test('messages are new once, and what is remembered is bounded', t => {
	const seen = new SeenMessages(3);
	t.deepEqual(
		['a', 'a', 'b', 'c', 'd', 'b', 'a'].map(id => seen.add(id)),
		[true, false, true, true, true, false, true],
	);
	t.is(seen.count, 3);
});

test('a peer may ask for so much in a round, and is shut out for what it does wrong until it is forgotten', t => {
	const standings = new Standings();
	let asked = 0;
	while (standings.spend('a', COSTS.exchange)) asked++;
	t.is(asked, 12);
	standings.grow();
	t.true(standings.spend('a', COSTS.exchange));
	t.false(standings.blame('b', FAULTS.malformed));
	t.false(standings.blame('b', FAULTS.forged));
	t.true(standings.blame('b', FAULTS.malformed));
	t.false(standings.spend('b', COSTS.push));
	t.true(standings.isOut('b'));
	standings.grow();
	t.true(standings.spend('b', COSTS.push));
	for (const number of range(5000)) standings.spend(`other ${number}`, COSTS.push);
	t.true(standings.count <= 1024);
});

test('places on the ring are whole numbers that doubles hold', t => {
	t.true(Number.isSafeInteger(RING));
	t.is(clockwise(RING - 1, 0), 1);
	t.is(clockwise(5, 5), RING);
});
