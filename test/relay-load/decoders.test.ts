import {readdirSync} from 'node:fs';
import test from 'ava';
import {Random} from '../simulation/random.ts';
import {damaged} from './damage.ts';
import {relayDecoders} from './decoders.ts';
import {inputDecoders} from './input-decoders.ts';

const SEED = 7;
const CASES = 200;

test('every decoder reads its valid bytes, and gives a code for damaged ones', t => {
	const random = new Random(SEED);
	for (const {name, corpus, read} of [...relayDecoders(SEED), ...inputDecoders()]) {
		const codes = corpus.map(bytes => read(bytes, random)).filter(code => code !== undefined);
		// A multiplexer gets messages of all protocols on any channel.
		if (name !== 'multiplexer') t.deepEqual(codes, [], name);
		const bad = Array.from({length: CASES}, () => read(damaged(corpus, random), random));
		t.true(
			bad.some(code => code !== undefined),
			name,
		);
		for (const code of bad) t.regex(code ?? 'CBOR_', /^[A-Z]+_/, name);
	}
});

test('every mini-protocol that the relay speaks is among them', t => {
	const names = relayDecoders(SEED).map(({name}) => name);
	const spoken = readdirSync('relay/protocols', {withFileTypes: true})
		.filter(entry => entry.isDirectory())
		.map(({name}) => name);
	t.true(spoken.length > 8);
	t.deepEqual(
		spoken.filter(name => !names.includes(name)),
		[],
	);
});

test('the same seed damages the same bytes in the same way', t => {
	const corpus = [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)];
	const inputsOf = (seed: number): readonly Uint8Array[] => {
		const random = new Random(seed);
		return Array.from({length: CASES}, () => damaged(corpus, random));
	};
	t.deepEqual(inputsOf(SEED), inputsOf(SEED));
	t.notDeepEqual(inputsOf(SEED), inputsOf(SEED + 1));
	t.true(inputsOf(SEED).every(({length}) => length > 0));
});
