import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {type Candidate, placePieces} from '#pieces/placement';
import {hasher, must, named} from '../storage-proofs/worlds.ts';

const candidate = (index: number, weight = 1n, operator = `operator ${index}`): Candidate => ({
	providerId: named(`provider ${index}`),
	operator,
	weight,
});
const ten = Array.from({length: 10}, (_, index) => candidate(index));
const names = (ids: readonly Uint8Array[]): string[] => ids.map(toHex);

test('the same seed draws the same providers in whatever order they are listed', t => {
	const seed = named('seed');
	const chosen = must(placePieces(hasher, {seed, candidates: ten, pieces: 7}));
	fc.assert(
		fc.property(fc.shuffledSubarray(ten, {minLength: 10}), candidates => {
			t.deepEqual(names(must(placePieces(hasher, {seed, candidates, pieces: 7}))), names(chosen));
		}),
		{numRuns: 20},
	);
	t.notDeepEqual(
		names(must(placePieces(hasher, {seed: named('other'), candidates: ten, pieces: 7}))),
		names(chosen),
	);
});

test('no operator gets two pieces of a segment', t => {
	const list = fc.array(fc.tuple(fc.nat(6), fc.bigInt({min: 0n, max: 5n})), {maxLength: 30});
	fc.assert(
		fc.property(list, fc.nat(1000), fc.nat(7), (parts, seed, pieces) => {
			const candidates = parts.map(([operator, weight], index) =>
				candidate(index, weight, `operator ${operator}`),
			);
			const able = new Set(candidates.filter(({weight}) => weight > 0n).map(({operator}) => operator)).size;
			const placed = placePieces(hasher, {seed: named(`seed ${seed}`), candidates, pieces});
			if (able < pieces)
				return t.deepEqual(placed, {
					ok: false,
					error: {code: 'PLACEMENT_TOO_FEW_OPERATORS', operators: able, needed: pieces},
				});
			const chosen = names(must(placed)).map(id =>
				candidates.find(({providerId}) => toHex(providerId) === id),
			);
			t.is(new Set(chosen.map(one => one?.operator)).size, pieces);
			return t.true(chosen.every(one => (one?.weight ?? 0n) > 0n));
		}),
		{numRuns: 60},
	);
});

test('an operator that holds a piece already gets no other', t => {
	const taken = ten.slice(0, 9).map(({operator}) => operator);
	const [last] = must(placePieces(hasher, {seed: named('seed'), candidates: ten, pieces: 1, taken}));
	t.deepEqual(last, ten[9]?.providerId);
	t.deepEqual(placePieces(hasher, {seed: named('seed'), candidates: ten, pieces: 2, taken}), {
		ok: false,
		error: {code: 'PLACEMENT_TOO_FEW_OPERATORS', operators: 1, needed: 2},
	});
});

test('a provider of three times the weight is drawn about three times as often', t => {
	const candidates = [candidate(0, 3n), candidate(1, 1n)];
	const heavy = toHex(named('provider 0'));
	let first = 0;
	for (let draw = 0; draw < 2000; draw++) {
		const [id] = must(placePieces(hasher, {seed: named(`draw ${draw}`), candidates, pieces: 1}));
		if (id !== undefined && toHex(id) === heavy) first++;
	}
	// Fixed seeds: 1,500 expected, standard deviation 19.
	t.true(first > 1400 && first < 1600, `${first} of 2000`);
});
