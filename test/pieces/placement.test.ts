import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {Ratio} from '#kernel/ratio';
import {
	type Candidate,
	limitsBroken,
	type PlacementLimits,
	placementLimits,
	placePieces,
	type Traits,
} from '#pieces/placement';
import {hasher, must, named} from '../storage-proofs/worlds.ts';

const UNLIMITED: PlacementLimits = {unvetted: 99, perRegion: 99, perAsn: 99, perSubnet: 99};

/** Alone in everything unless said otherwise. */
const candidate = (index: number, change: Partial<Candidate> = {}): Candidate => ({
	providerId: named(`provider ${index}`),
	operator: `operator ${index}`,
	subnet: `subnet ${index}`,
	asn: `asn ${index}`,
	region: `region ${index}`,
	vetted: true,
	weight: 1n,
	...change,
});
const ten = Array.from({length: 10}, (_, index) => candidate(index));
const names = (ids: readonly Uint8Array[]): string[] => ids.map(toHex);
const limits = placementLimits({k: 4, stored: 6}, Ratio(1n, 20n));

/** Few groups of everything, so that limits meet. */
const crowd = fc
	.array(fc.tuple(fc.nat(9), fc.nat(4), fc.nat(3), fc.nat(2), fc.boolean(), fc.bigInt({min: 0n, max: 5n})), {
		maxLength: 30,
	})
	.map(parts =>
		parts.map(([operator, subnet, asn, region, vetted, weight], index) =>
			candidate(index, {
				operator: `operator ${operator}`,
				subnet: subnet === 0 ? null : `subnet ${subnet}`,
				asn: asn === 0 ? null : `asn ${asn}`,
				region: region === 0 ? null : `region ${region}`,
				vetted,
				weight,
			}),
		),
	);

const chosenOf = (candidates: readonly Candidate[], ids: readonly Uint8Array[]): readonly Candidate[] =>
	names(ids).map(id => candidates.find(({providerId}) => toHex(providerId) === id) as Candidate);

/** The most that lie together in one respect. */
const most = (holders: readonly Traits[], groupOf: (traits: Traits) => string | null): number =>
	Math.max(0, ...holders.map(each => holders.filter(other => groupOf(other) === groupOf(each)).length));

test('the same seed draws the same providers in whatever order they are listed', t => {
	const input = {seed: named('seed'), pieces: 7, limits};
	const chosen = must(placePieces(hasher, {...input, candidates: ten}));
	fc.assert(
		fc.property(fc.shuffledSubarray(ten, {minLength: 10}), candidates => {
			t.deepEqual(must(placePieces(hasher, {...input, candidates})), chosen);
		}),
		{numRuns: 20},
	);
	const other = must(placePieces(hasher, {...input, seed: named('other'), candidates: ten}));
	t.notDeepEqual(names(other.providers), names(chosen.providers));
});

test('no operator gets two pieces of a segment, and what is said to hold holds', t => {
	fc.assert(
		fc.property(crowd, fc.nat(1000), fc.nat(7), (candidates, seed, pieces) => {
			const able = new Set(candidates.filter(({weight}) => weight > 0n).map(({operator}) => operator)).size;
			const placed = placePieces(hasher, {seed: named(`seed ${seed}`), candidates, pieces, limits});
			if (able < pieces)
				return t.deepEqual(placed, {
					ok: false,
					error: {code: 'PLACEMENT_TOO_FEW_OPERATORS', operators: able, needed: pieces},
				});
			const {providers, limits: held} = must(placed);
			const chosen = chosenOf(candidates, providers);
			t.is(chosen.length, pieces);
			t.is(new Set(chosen.map(({operator}) => operator)).size, pieces);
			t.true(chosen.every(({weight}) => weight > 0n));
			t.true(chosen.filter(({vetted}) => !vetted).length <= held.unvetted);
			t.true(most(chosen, ({region}) => region) <= held.perRegion);
			t.true(most(chosen, ({asn}) => asn) <= held.perAsn);
			return t.true(most(chosen, ({subnet}) => subnet) <= held.perSubnet);
		}),
		{numRuns: 150},
	);
});

test('no limit gives way where providers have nothing in common', t => {
	fc.assert(
		fc.property(fc.nat(1000), fc.integer({min: 1, max: 10}), (seed, pieces) => {
			const placed = must(
				placePieces(hasher, {seed: named(`seed ${seed}`), candidates: ten, pieces, limits}),
			);
			t.deepEqual(placed.limits, limits);
		}),
		{numRuns: 20},
	);
});

test('a segment survives the loss of any region, or of any two autonomous systems', t => {
	// 5 regions of 6 systems of 3 providers: enough for twenty pieces of which ten are needed.
	const world = Array.from({length: 90}, (_, index) =>
		candidate(index, {region: `region ${index % 5}`, asn: `asn ${index % 30}`}),
	);
	const spread = placementLimits({k: 10, stored: 20}, Ratio(1n, 20n));
	for (let seed = 0; seed < 10; seed++) {
		const placed = must(
			placePieces(hasher, {seed: named(`seed ${seed}`), candidates: world, pieces: 20, limits: spread}),
		);
		t.deepEqual(placed.limits, spread);
		const chosen = chosenOf(world, placed.providers);
		t.true(20 - most(chosen, ({region}) => region) >= 10);
		t.true(20 - 2 * most(chosen, ({asn}) => asn) >= 10);
	}
});

test('limits give way no further than they must', t => {
	// Two regions for six pieces: three in each, where two were allowed.
	const halves = ten.map((each, index) => ({...each, region: `region ${index % 2}`}));
	const placed = must(placePieces(hasher, {seed: named('seed'), candidates: halves, pieces: 6, limits}));
	t.deepEqual(placed.limits, {...limits, perRegion: 3});
	// Whoever does not say where it is has that in common with all who do not.
	const silent = ten.map(each => ({...each, asn: null}));
	const hidden = must(placePieces(hasher, {seed: named('seed'), candidates: silent, pieces: 6, limits}));
	t.deepEqual(hidden.limits, {...limits, perAsn: 6});
});

test('providers that are not vetted get their share, more only where the others are too few', t => {
	const mixed = ten.map((each, index) => ({...each, vetted: index < 7, weight: index < 7 ? 1n : 1000n}));
	const newcomers = (candidates: readonly Candidate[], pieces: number): number => {
		const placed = must(placePieces(hasher, {seed: named('seed'), candidates, pieces, limits}));
		return chosenOf(candidates, placed.providers).filter(({vetted}) => !vetted).length;
	};
	t.is(newcomers(mixed, 6), 1);
	t.is(newcomers(mixed, 10), 3);
	t.is(
		newcomers(
			ten.map(each => ({...each, vetted: false})),
			6,
		),
		6,
	);
	t.deepEqual(placementLimits({k: 20, stored: 48}, Ratio(1n, 20n)).unvetted, 3);
});

test('what is held already counts', t => {
	const taken = ten.slice(0, 9);
	const input = {seed: named('seed'), candidates: ten, taken, limits: UNLIMITED};
	t.deepEqual(must(placePieces(hasher, {...input, pieces: 1})).providers, [named('provider 9')]);
	t.deepEqual(placePieces(hasher, {...input, pieces: 2}), {
		ok: false,
		error: {code: 'PLACEMENT_TOO_FEW_OPERATORS', operators: 1, needed: 2},
	});
	const neighbour = {...candidate(10), region: 'region 0', subnet: 'subnet 0'};
	t.deepEqual(limitsBroken({...limits, perRegion: 1}, taken, neighbour), ['perRegion', 'perSubnet']);
	const far = candidate(11);
	const placed = must(
		placePieces(hasher, {
			...input,
			candidates: [neighbour, far],
			pieces: 1,
			limits: {...limits, perRegion: 1},
		}),
	);
	t.deepEqual(placed.providers, [far.providerId]);
});

test('a provider of three times the weight is drawn about three times as often', t => {
	const candidates = [candidate(0, {weight: 3n}), candidate(1)];
	const heavy = toHex(named('provider 0'));
	let first = 0;
	for (let draw = 0; draw < 2000; draw++) {
		const placed = must(placePieces(hasher, {seed: named(`draw ${draw}`), candidates, pieces: 1, limits}));
		if (names(placed.providers)[0] === heavy) first++;
	}
	// Fixed seeds: 1,500 expected, standard deviation 19.
	t.true(first > 1400 && first < 1600, `${first} of 2000`);
});
