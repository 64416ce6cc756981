import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {derivedSeed} from '#crypto/recovery/key-tree';
import {parsePhrase, phraseOf, phraseSeed} from '#crypto/recovery/recovery-phrase';
import {fromHex, toHex} from '#kernel/bytes';

type Vector = {entropy: string; phrase: string; passphrase: string; seed: string};

const vectors = JSON.parse(readFileSync('test/vectors/bip39/vectors.json', 'utf8')) as Vector[];
const entropies = fc
	.constantFrom(16, 20, 24, 28, 32)
	.chain(length => fc.uint8Array({minLength: length, maxLength: length}));

for (const {entropy, phrase, passphrase, seed} of vectors)
	test(`the published vector of entropy ${entropy} comes out`, t => {
		const made = phraseOf(fromHex(entropy));
		t.is(made.words, phrase);
		t.is(toHex(phraseSeed(made, passphrase)), seed);
		const parsed = parsePhrase(phrase);
		t.true(parsed.ok && toHex(parsed.value.entropy) === entropy);
	});

test('every phrase is read back, however it was spaced and capitalised', t => {
	fc.assert(
		fc.property(entropies, fc.constantFrom(' ', '\n', '\t  '), (entropy, space) => {
			const {words} = phraseOf(entropy);
			const parsed = parsePhrase(`  ${words.toUpperCase().replaceAll(' ', space)}\n`);
			t.deepEqual(parsed, {ok: true, value: {words, entropy}});
		}),
		{numRuns: 50},
	);
});

test('a phrase of a wrong length is refused', t => {
	t.deepEqual(parsePhrase('abandon about'), {ok: false, error: {code: 'PHRASE_LENGTH_WRONG', words: 2}});
	t.deepEqual(parsePhrase(''), {ok: false, error: {code: 'PHRASE_LENGTH_WRONG', words: 0}});
});

test('a word that is none is named by its place, not repeated', t => {
	const words = phraseOf(new Uint8Array(16)).words.split(' ').with(4, 'satellite');
	t.deepEqual(parsePhrase(words.join(' ')), {ok: false, error: {code: 'PHRASE_WORD_UNKNOWN', position: 5}});
});

test('words in another order do not pass the checksum', t => {
	const words = phraseOf(fromHex('000102030405060708090a0b0c0d0e0f')).words.split(' ');
	const [first = '', second = ''] = words;
	const swapped = parsePhrase([second, first, ...words.slice(2)].join(' '));
	t.deepEqual(swapped, {ok: false, error: {code: 'PHRASE_CHECKSUM_WRONG'}});
});

test('no text makes the parser throw', t => {
	fc.assert(
		fc.property(fc.string({maxLength: 3000, unit: 'binary'}), text => {
			parsePhrase(text);
		}),
	);
	t.pass();
});

test('keys of different purposes, numbers and passphrases have nothing in common', t => {
	const phrase = phraseOf(new Uint8Array(32));
	const seeds = ['', 'second secret'].flatMap(passphrase => {
		const seed = phraseSeed(phrase, passphrase);
		return [
			derivedSeed(seed, 'account'),
			derivedSeed(seed, 'account', 1),
			derivedSeed(seed, 'repairer'),
			derivedSeed(seed, 'repairer', 1),
		].map(key => toHex(key));
	});
	t.is(new Set(seeds).size, 8);
	t.deepEqual(seeds.slice(0, 1), [toHex(derivedSeed(phraseSeed(phrase), 'account', 0))]);
});

test('the account of a phrase never changes', t => {
	const seed = phraseSeed(phraseOf(new Uint8Array(32)));
	t.is(
		toHex(derivedSeed(seed, 'account')),
		'e127371e080ea48020f07ef92b81a281745fccf384d3d0d972478f05b5965752',
	);
});
