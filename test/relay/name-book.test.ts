import test from 'ava';
import fc from 'fast-check';
import type {Address} from '#relay/bearer/bearer';
import {
	addNames,
	addressesBehind,
	type NameBook,
	nameBookOf,
	namesToResolve,
	resolved,
	withoutNames,
} from '#relay/name-book';
import {createNameResolver} from '#relay/resolve-name';
import {localRootOf, NO_PEERS, type Topology} from '#relay/topology';

const at = (host: string, port = 3_001): Address => ({host, port});
const topologyOf = (...hosts: readonly string[]): Topology => ({
	...NO_PEERS,
	localRoots: [
		localRootOf(
			hosts.map(host => at(host)),
			{advertise: false},
		),
	],
});
/** The names asked for, and the book after. */
const asked = (book: NameBook, nowMs: number): {book: NameBook; names: readonly string[]} =>
	namesToResolve(book, nowMs);

test('a name is looked up at once, no other answer is waited for, and again after five minutes', t => {
	const first = asked(nameBookOf(topologyOf('a.example', '192.0.2.1')), 0);
	t.deepEqual(first.names, ['a.example']);
	t.deepEqual(asked(first.book, 1_000_000).names, [], 'it is under way');
	const known = resolved(first.book, 'a.example', ['192.0.2.9', '2001:db8::9', '192.0.2.9'], 1_000);
	t.deepEqual(withoutNames(topologyOf('a.example', '192.0.2.1'), known).localRoots[0]?.accessPoints, [
		at('192.0.2.9'),
		at('2001:db8::9'),
		at('192.0.2.1'),
	]);
	t.deepEqual(asked(known, 300_999).names, []);
	t.deepEqual(asked(known, 301_000).names, ['a.example']);
});

test('a name that is not found is tried ever later, and what was known of it stays', t => {
	let book = resolved(asked(nameBookOf(topologyOf('a.example')), 0).book, 'a.example', ['192.0.2.9'], 0);
	let nowMs = 300_000;
	const waits: number[] = [];
	for (let times = 0; times < 8; times++) {
		const {book: under, names} = asked(book, nowMs);
		t.deepEqual(names, ['a.example']);
		book = resolved(under, 'a.example', undefined, nowMs);
		t.deepEqual(addressesBehind(book, [at('a.example')]), [at('192.0.2.9')]);
		let waitMs = 0;
		while (asked(book, nowMs + waitMs).names.length === 0) waitMs += 5_000;
		waits.push(waitMs / 1_000);
		nowMs += waitMs;
	}
	t.deepEqual(waits, [5, 10, 20, 40, 80, 160, 300, 300]);
	const back = resolved(asked(book, nowMs).book, 'a.example', ['192.0.2.7'], nowMs);
	t.deepEqual(addressesBehind(back, [at('a.example')]), [at('192.0.2.7')]);
});

test('an answer that names no IP address, or too many, is no harm', t => {
	const {book} = asked(nameBookOf(topologyOf('a.example')), 0);
	t.deepEqual(addressesBehind(resolved(book, 'a.example', ['b.example'], 0), [at('a.example')]), []);
	const many = Array.from({length: 200}, (_, index) => `192.0.2.${index}`);
	t.is(addressesBehind(resolved(book, 'a.example', many, 0), [at('a.example')]).length, 32);
	t.deepEqual(resolved(book, 'other.example', ['192.0.2.1'], 0), book);
});

test('relays of pools are looked up after roots, and once', t => {
	const {names, book} = asked(
		addNames(nameBookOf(topologyOf('r.example')), [at('p.example'), at('q.example')]),
		0,
	);
	t.deepEqual(names, ['r.example', 'p.example']);
	const known = resolved(book, 'p.example', ['192.0.2.3'], 0);
	t.deepEqual(asked(known, 0).names, ['q.example']);
	t.false(asked(known, 10_000_000).names.includes('p.example'));
});

test('a reload keeps what is known of names that stay, and forgets others', t => {
	const book = resolved(asked(nameBookOf(topologyOf('a.example')), 0).book, 'a.example', ['192.0.2.9'], 0);
	const both = nameBookOf(topologyOf('b.example', 'a.example'), book);
	t.deepEqual(addressesBehind(both, [at('a.example'), at('b.example')]), [at('192.0.2.9')]);
	t.deepEqual([...nameBookOf(topologyOf('b.example'), both).entries.keys()], ['b.example']);
});

test('whatever resolvers say, no more than two look-ups are under way, and none is asked for again within seconds', t => {
	const names = ['a.example', 'b.example', 'c.example', 'd.example'];
	const answer = fc.record({
		name: fc.constantFrom(...names),
		hosts: fc.constantFrom(undefined, [], ['192.0.2.1'], ['x.example']),
		waitMs: fc.nat({max: 2_000}),
	});
	fc.assert(
		fc.property(fc.array(answer, {maxLength: 80}), answers => {
			let book = nameBookOf(topologyOf(...names));
			let nowMs = 0;
			const underWay = new Set<string>();
			const doneMs = new Map<string, number>();
			for (const {name, hosts, waitMs} of answers) {
				const {book: after, names: now} = asked(book, nowMs);
				book = after;
				for (const one of now) {
					t.false(underWay.has(one));
					t.true(nowMs - (doneMs.get(one) ?? -5_000) >= 5_000);
					underWay.add(one);
				}
				t.true(underWay.size <= 2);
				nowMs += waitMs;
				if (!underWay.delete(name)) continue;
				doneMs.set(name, nowMs);
				book = resolved(book, name, hosts, nowMs);
			}
		}),
		{numRuns: 200},
	);
});

test('a look-up that fails or hangs ends with a code, and hanging ones keep no others from files', async t => {
	const {signal} = new AbortController();
	const failing = createNameResolver(() => Promise.reject(new TypeError('nobody')));
	await t.throwsAsync(failing('a.example', {signal}), {code: 'RELAY_NAME_UNKNOWN'});
	t.deepEqual(await createNameResolver(async () => [{address: '192.0.2.1'}])('a.example', {signal}), [
		'192.0.2.1',
	]);
	let asks = 0;
	const hanging = createNameResolver(() => {
		asks++;
		return new Promise(() => undefined);
	}, 1);
	for (let times = 0; times < 4; times++)
		await t.throwsAsync(hanging('a.example', {signal}), {code: 'RELAY_NAME_LATE'});
	t.is(asks, 2);
});
