import test from 'ava';
import fc from 'fast-check';
import type {ConformanceFile, ConformanceKind} from '#cli/conformance/kind';
import {ed25519Edges} from '#cli/conformance/kinds/ed25519-edges';
import {kesFiles} from '#cli/conformance/kinds/kes-files';
import {vrfAdversarial} from '#cli/conformance/kinds/vrf-adversarial';
import {vrfVectors} from '#cli/conformance/kinds/vrf-vectors';
import {generateKesKey, signKes} from '#crypto/kes/kes-key';
import {assert} from '#kernel/assert';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';
import {crypto} from '../../support/crypto.ts';
import {cryptoVector, cryptoVectorNames} from '../../support/vectors.ts';

const fileOf = (name: string): ConformanceFile => ({name, bytes: cryptoVector(name)});
const files = cryptoVectorNames('').map(fileOf);
const kinds = [vrfVectors, vrfAdversarial, ed25519Edges, kesFiles];

type Outcome = {used: string[]; passed: number; failures: string[]};

const run = (kind: ConformanceKind, given: readonly ConformanceFile[]): Outcome => {
	const {used, cases} = kind.recognise(crypto, given);
	const verdicts = cases.map(({name, check}) => ({name, verdict: check()}));
	return {
		used: used.map(({name}) => name),
		passed: verdicts.filter(({verdict}) => verdict.ok).length,
		failures: verdicts.flatMap(({name, verdict}) => (verdict.ok ? [] : [`${name}: ${verdict.why}`])),
	};
};

const edited = (name: string, from: string | RegExp, to: string): ConformanceFile => {
	const text = decodeUtf8(cryptoVector(name)) ?? '';
	const changed = text.replace(from, to);
	assert(changed !== text, `nothing to change in ${name}`);
	return {name, bytes: encodeUtf8(changed)};
};

const flippedFile = (name: string, at: number): ConformanceFile => {
	const bytes = cryptoVector(name);
	bytes[at] = (bytes[at] as number) ^ 1;
	return {name, bytes};
};

const compareText = (a: string, b: string): number => (a < b ? -1 : 1);

const expectations: readonly [ConformanceKind, (name: string) => boolean, number][] = [
	[vrfVectors, name => name.startsWith('vrf_ver03_'), 7],
	[vrfAdversarial, name => name === 'vrf03-adversarial.json', 68],
	[ed25519Edges, name => name === 'ed25519-edge.json', 138],
	[kesFiles, name => name.endsWith('.bin'), 7],
];

for (const [kind, isOwn, passed] of expectations)
	test(`${kind.name}: picks its own files out of all and agrees with each case`, t => {
		const outcome = run(kind, files);
		t.deepEqual(outcome.failures, []);
		t.is(outcome.passed, passed);
		const names = files.map(({name}) => name).filter(isOwn);
		t.deepEqual([...outcome.used].sort(compareText), names.sort(compareText));
	});

test('each file is known when given alone and under another name', t => {
	for (const file of files.filter(({name}) => name !== 'SOURCE.md')) {
		const outcomes = kinds.map(kind => run(kind, [{name: 'x', bytes: file.bytes}]));
		t.deepEqual(
			outcomes.flatMap(({used}) => used),
			['x'],
			file.name,
		);
		t.deepEqual(
			outcomes.flatMap(({failures}) => failures),
			[],
			file.name,
		);
	}
});

test('a VRF vector fails for each field that is changed', t => {
	for (const field of ['sk', 'pk', 'pi', 'beta']) {
		const file = edited('vrf_ver03_standard_11', new RegExp(`^(${field}: )..`, 'm'), '$100');
		t.is(run(vrfVectors, [file]).failures.length, 1, field);
	}
	t.regex(
		run(vrfVectors, [edited('vrf_ver03_standard_11', /^pi: .*$/m, 'pi: xyz')]).failures[0] ?? '',
		/pi is not hexadecimal/,
	);
});

test('VRF vectors may stand in one file, with Windows line ends, without seeds', t => {
	const text = cryptoVectorNames('vrf_ver03_')
		.map(name => decodeUtf8(cryptoVector(name)) ?? '')
		.join('\n')
		.replaceAll(/^sk: .*$/gm, '')
		.replaceAll('\n', '\r\n');
	t.deepEqual(run(vrfVectors, [{name: 'all', bytes: encodeUtf8(text)}]), {
		used: ['all'],
		passed: 7,
		failures: [],
	});
});

test('VRF vectors of another draft are not taken for ours', t => {
	t.deepEqual(run(vrfVectors, [edited('vrf_ver03_standard_11', 'ietfdraft03', 'ietfdraft13')]).used, []);
});

test('a VRF claim or an Ed25519 verdict fails when the other verdict is expected', t => {
	const beta = `"beta": "${'00'.repeat(64)}"`;
	const claims = run(vrfAdversarial, [edited('vrf03-adversarial.json', '"beta": null', beta)]);
	t.is(claims.passed, 67);
	t.regex(claims.failures[0] ?? '', /but is refused/);
	t.true(
		run(vrfAdversarial, [edited('vrf03-adversarial.json', /"beta": ".*"/g, '"beta": null')]).passed < 68,
	);
	const verdicts = run(ed25519Edges, [
		edited('ed25519-edge.json', '"libsodium_1_0_18": true', '"libsodium_1_0_18": false'),
	]);
	t.deepEqual(verdicts.failures, ['ed25519-edge.json: speccheck3: is accepted, but libsodium refuses it']);
});

test('a case that lacks a field or has it in the wrong form fails and is named', t => {
	t.deepEqual(run(vrfAdversarial, [edited('vrf03-adversarial.json', '"pi"', '"pie"')]).failures, [
		'vrf03-adversarial.json: gamma+T1: a field is missing',
	]);
	t.deepEqual(run(vrfAdversarial, [edited('vrf03-adversarial.json', /"pk": "/, '"pk": "g')]).failures, [
		'vrf03-adversarial.json: gamma+T1: pk is not hexadecimal',
	]);
});

test('KES files with any part changed fail', t => {
	const others = (name: string): ConformanceFile[] =>
		files.filter(file => file.name.endsWith('.bin') && file.name !== name);
	for (const [name, size] of [
		['key6.bin', 608],
		['key6update5.bin', 608],
		['key6Sig.bin', 448],
		['key6Sig5.bin', 448],
	] as const)
		for (let at = 0; at < size; at += 31)
			t.true(run(kesFiles, [...others(name), flippedFile(name, at)]).failures.length > 0, `${name} ${at}`);
});

test('KES files of another pool and message are paired by what they hold', t => {
	const key = generateKesKey(crypto, crypto.blake2b256(Uint8Array.of(1)));
	const message = encodeUtf8('a header body');
	const own = [
		{name: 'c', bytes: signKes(crypto, key, message)},
		{name: 'a', bytes: key.bytes},
	];
	t.deepEqual(run(kesFiles, [...files, ...own, {name: 'b', bytes: message}]).failures, []);
	t.regex(run(kesFiles, own).failures[0] ?? '', /c: holds in no period/);
	const stranger = {name: 'd', bytes: signKes(crypto, key, encodeUtf8('test message'))};
	t.regex(run(kesFiles, [fileOf('key6.bin'), stranger]).failures[0] ?? '', /key of none of the given files/);
});

test('files of any bytes are judged and never throw', t => {
	const bytes = fc.oneof(
		fc.uint8Array({maxLength: 700}),
		...[32, 128, 608, 448, 192].map(length => fc.uint8Array({minLength: length, maxLength: length})),
		fc.json().map(encodeUtf8),
		fc
			.array(fc.record({pk: fc.string(), pi: fc.string(), alpha: fc.string(), beta: fc.string()}))
			.map(cases => encodeUtf8(JSON.stringify(cases))),
		fc
			.array(fc.constantFrom('pk: 00', 'alpha: empty', 'pi: 0', 'beta:', 'sk: 11', 'x'))
			.map(lines => encodeUtf8(lines.join('\n'))),
	);
	fc.assert(
		fc.property(fc.array(bytes, {maxLength: 3}), given => {
			for (const kind of kinds)
				run(
					kind,
					given.map((bytes, index) => ({name: String(index), bytes})),
				);
		}),
	);
	t.pass();
});
