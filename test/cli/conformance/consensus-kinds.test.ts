import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {parseDecimal, parseExactJson} from '#cli/conformance/json-exact';
import type {ConformanceFile, ConformanceKind} from '#cli/conformance/kind';
import {blockChunk} from '#cli/conformance/kinds/block-chunk';
import {capturedChains} from '#cli/conformance/kinds/captured-chains';
import {cardanoBlocks} from '#cli/conformance/kinds/cardano-blocks';
import {headerCases} from '#cli/conformance/kinds/header-cases';
import {leaderArithmetic} from '#cli/conformance/kinds/leader-arithmetic';
import {praosHeaders} from '#cli/conformance/kinds/praos-headers';
import {tpraosHeaders} from '#cli/conformance/kinds/tpraos-headers';
import {assert} from '#kernel/assert';
import {Ratio} from '#kernel/ratio';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';
import {crypto} from '../../support/crypto.ts';
import {flipped} from '../../support/praos.ts';

const folder = new URL('../../../../test/vectors/consensus/', import.meta.url);
const fileOf = (name: string): ConformanceFile => ({
	name,
	bytes: new Uint8Array(readFileSync(new URL(name, folder))),
});
const files = readdirSync(folder, {recursive: true, encoding: 'utf8'})
	.filter(name => /\.(json|txt|cbor|chunk)$/.test(name))
	.sort()
	.map(fileOf);

type Outcome = {used: string[]; passed: number; failures: string[]};

const run = (kind: ConformanceKind, given: readonly ConformanceFile[]): Outcome => {
	const {used, cases} = kind.recognise(crypto, given);
	const verdicts = cases.map(({name, check}) => ({name, verdict: check()}));
	return {
		used: used.map(({name}) => name).sort(),
		passed: verdicts.filter(({verdict}) => verdict.ok).length,
		failures: verdicts.flatMap(({name, verdict}) => (verdict.ok ? [] : [`${name}: ${verdict.why}`])),
	};
};

/** The file with its text changed; the change must hit. */
const edited = (name: string, from: string | RegExp, to: string): ConformanceFile => {
	const text = decodeUtf8(fileOf(name).bytes) as string;
	const changed = text.replace(from, to);
	assert(changed !== text, `nothing to change in ${name}`);
	return {name, bytes: encodeUtf8(changed)};
};
const without = (name: string): ConformanceFile[] => files.filter(file => file.name !== name);

const expectations: readonly [ConformanceKind, string[], number][] = [
	[headerCases, ['header-test-cases.json'], 53],
	[leaderArithmetic, ['leader-nonintegral.txt'], 400],
	[
		praosHeaders,
		['preprod-nonces.json', 'preprod_69638382.cbor', 'preprod_70070331.cbor', 'preprod_70070379.cbor'],
		5,
	],
	[tpraosHeaders, ['tpraos-headers.json'], 6],
	[cardanoBlocks, ['mainnet-blocks.json'], 2],
	[blockChunk, ['preprod-01285-first-48.chunk'], 48],
	[
		capturedChains,
		[
			'captured/intersect_origin_one_rollforward.json',
			'captured/slot_battle_v1.json',
			'captured/within_k_fork_v1.json',
		],
		3,
	],
];

for (const [kind, used, passed] of expectations)
	test(`${kind.name}: picks its own files out of all and agrees with each case`, t => {
		t.deepEqual(run(kind, files), {used, passed, failures: []});
	});

test('a header case fails when another verdict is expected', t => {
	const wrong = edited('header-test-cases.json', '"OpCertKesPeriodTooOld"', '"SequenceNumberTooSmall"');
	const {passed, failures} = run(headerCases, [wrong]);
	t.is(passed, 52);
	t.regex(failures[0] ?? '', /must be refused for SequenceNumberTooSmall, but is for OPCERT_EXPIRED/);
	const pass = run(headerCases, [edited('header-test-cases.json', /"pass"/g, '{"error": "UnknownPool"}')]);
	t.is(pass.failures.length, 21);
	const names = run(headerCases, [edited('header-test-cases.json', /\{\s*"error":[^}]*\}/g, '"pass"')]);
	t.is(names.failures.length, 32);
});

test('a header case counts with the exact decimal and the exact u64 of its text', t => {
	// 73 is the counter of the headers that pass; 5259665417499814145 is no double.
	t.is(
		run(headerCases, [
			edited('header-test-cases.json', /"activeSlotCoeff": 0\.02/g, '"activeSlotCoeff": 1e-30'),
		]).failures.length > 20,
		true,
	);
	const exact = parseExactJson({
		name: '',
		bytes: encodeUtf8('{"a": 18446744073709551615, "b": "1", "c": -2.5e-3}'),
	});
	t.deepEqual(exact, {a: '18446744073709551615', b: '1', c: '-2.5e-3'});
	t.deepEqual(parseDecimal('2.5e-3'), Ratio(1n, 400n));
	t.deepEqual(parseDecimal('5e1'), Ratio(50n, 1n));
	t.is(parseDecimal('5e'), undefined);
});

test('a header case that is not whole is a failure, not a crash', t => {
	const wrong = edited(
		'header-test-cases.json',
		'"praosSlotsPerKESPeriod": 1755',
		'"praosSlotsPerKESPeriod": 0',
	);
	t.deepEqual(run(headerCases, [wrong]).failures.length, 1);
	t.is(run(headerCases, [edited('header-test-cases.json', '"nonce"', '"once"')]).failures.length, 1);
});

test('a line of leader arithmetic fails for each figure that is changed', t => {
	const [line] = (decodeUtf8(fileOf('leader-nonintegral.txt').bytes) as string).split('\n') as [string];
	const words = line.split(' ');
	for (const at of [4, 5, 6, 7, 8, 9]) {
		const changed = words.map((word, index) => {
			if (index !== at) return word;
			return word === 'GT' ? 'LT' : word.replace(/\d$/, digit => String((Number(digit) + 1) % 10));
		});
		const outcome = run(leaderArithmetic, [{name: 'lines', bytes: encodeUtf8(changed.join(' '))}]);
		t.is(outcome.failures.length, 1, `field ${at}`);
	}
});

test('a nonce that is not the header’s is found, and so is a header that is not there', t => {
	const others = without('preprod-nonces.json');
	const wrong = (name: string): ConformanceFile =>
		edited('preprod-nonces.json', new RegExp(`("70070379":[^}]*"${name}": ")..`), '$100');
	for (const name of ['active', 'candidate', 'evolving', 'tail'])
		t.is(run(praosHeaders, [...others, wrong(name)]).failures.length, 1, name);
	t.regex(
		run(praosHeaders, without('preprod_70070379.cbor')).failures[0] ?? '',
		/no header of slot 70070379/,
	);
});

test('a header file with one bit turned fails', t => {
	const {bytes} = fileOf('preprod_70070379.cbor');
	for (const at of [5, 100, 300, bytes.length - 1])
		t.is(run(praosHeaders, [{name: 'header', bytes: flipped(bytes, at)}]).failures.length, 1);
});

test('a header before Babbage fails with another nonce, stake, hash or key, and so do its nonces', t => {
	const change = (from: RegExp, to: string): readonly string[] =>
		run(tpraosHeaders, [edited('tpraos-headers.json', from, to)]).failures;
	t.regex(change(/("epochNonce": ")../, '$100')[0] ?? '', /4490511.*VRF_PROOF_INVALID/);
	t.regex(change(/"stake": "75284250207839/, '"stake": "1')[0] ?? '', /4556956.*HEADER_NOT_SLOT_LEADER/);
	t.regex(change(/("hash": ")../, '$100')[0] ?? '', /the hash is/);
	// The last bytes of a header are those of its KES signature.
	t.regex(change(/("tpraosHeader": "[0-9a-f]*)[0-9a-f]{2}"/, '$100"')[0] ?? '', /KES_SIGNATURE_INVALID/);
	for (const name of ['active', 'candidate', 'evolving', 'lab', 'lastEpochBlock'])
		t.regex(
			change(
				new RegExp(`("after": \\{[^}]*"${name}": ")(neutral|[0-9a-f]{64})`),
				`$1${'12'.repeat(32)}`,
			)[0] ?? '',
			new RegExp(`${name} is`),
		);
	t.regex(change(/("after": \{\s*"epoch": )208/, '$1209')[0] ?? '', /the epoch is 208/);
	t.regex(change(/"tpraosHeader": "828f/, '"tpraosHeader": "828e')[0] ?? '', /CBOR_WRONG_LENGTH/);
});

test('a Cardano block with a wrong nonce, period or body fails', t => {
	const change = (from: RegExp, to: string): string[] =>
		run(cardanoBlocks, [edited('mainnet-blocks.json', from, to)]).failures;
	t.regex(change(/("Eta0": ")../, '$100')[0] ?? '', /VRF_PROOF_INVALID/);
	t.regex(change(/("Spk":\s*"?)129600/, '$164800')[0] ?? '', /OPCERT_EXPIRED|KES_SIGNATURE_INVALID/);
	// A digit within the first transaction's hexadecimal.
	t.regex(change(/("BlockBodyCbor": ".{60})(?!30)../, '$130')[0] ?? '', /BODY_HASH_WRONG/);
	t.is(change(/"Spk":\s*"?129600"?/g, '"Spk": "0"').length, 2);
});

test('a block that must be refused passes only when it is', t => {
	const must = edited(
		'mainnet-blocks.json',
		/"Spk":\s*"?129600"?/g,
		'"Spk": "129600", "expectedValid": false',
	);
	t.is(run(cardanoBlocks, [must]).failures.length, 2);
	const nonce = decodeUtf8(must.bytes)?.replace(/("Eta0": ")../g, '$100') ?? '';
	t.deepEqual(run(cardanoBlocks, [{name: '', bytes: encodeUtf8(nonce)}]).failures, []);
});

test('a chunk with a turned bit, a missing block or a cut end fails where it is wrong', t => {
	const {name, bytes} = fileOf('preprod-01285-first-48.chunk');
	const fails = (changed: Uint8Array): string[] => run(blockChunk, [{name, bytes: changed}]).failures;
	t.regex(fails(bytes.subarray(0, bytes.length - 1))[0] ?? '', /block 48: CBOR_TRUNCATED/);
	// Within the first block's body: its transactions are 3 kB behind the header.
	t.regex(fails(flipped(bytes, 2000))[0] ?? '', /block 1, slot \d+: (BODY_HASH_WRONG|CBOR)|block 1: CBOR/);
	const first = 4069;
	const second = bytes.subarray(first, first + 863);
	t.regex(
		fails(new Uint8Array([...bytes.subarray(0, first), ...bytes.subarray(first + second.length)]))[0] ?? '',
		/block 2, slot \d+: HEADER_BLOCK_NUMBER_WRONG/,
	);
});

const eras = ['shelley', 'allegra', 'mary', 'alonzo'].map(era => {
	const url = new URL(`../../../../test/vectors/cardano/eras/${era}.block`, import.meta.url);
	return {name: era, bytes: new Uint8Array(readFileSync(url))};
});

test('blocks of every era are taken apart, and their signatures, certificates and bodies checked', t => {
	t.deepEqual(run(blockChunk, eras), {
		used: ['allegra', 'alonzo', 'mary', 'shelley'],
		passed: 4,
		failures: [],
	});
	for (const {name, bytes} of eras) {
		const fails = (at: number): string =>
			run(blockChunk, [{name, bytes: flipped(bytes, at)}]).failures[0] ?? '';
		// Within the KES signature, and within the last segment.
		t.regex(fails(900), /KES_SIGNATURE_INVALID/);
		t.regex(fails(1020 + Math.floor((bytes.length - 1020) / 2)), /BODY_HASH_WRONG|CBOR/);
	}
});

test('a captured choice fails when the other chain is expected, or another way back', t => {
	const name = 'captured/slot_battle_v1.json';
	const loser = '71c95d47affbf921c326e6aa9e2822c6ec9acb8f2de3515c522f979c06beff9b';
	const other = edited(name, /("final_tip":\s*\{\s*"slot": )21(,\s*"hash": ")[0-9a-f]{64}/, `$124$2${loser}`);
	t.regex(run(capturedChains, [other]).failures[0] ?? '', /the final tip is block 7 in slot 21/);
	const back = edited(name, /("expected_rollback":\s*\{\s*"point":\s*\{\s*"slot": )11/, '$110');
	t.regex(run(capturedChains, [back]).failures[0] ?? '', /the rollback point is/);
});

test('a fork deeper than the security parameter is not taken', t => {
	const limited = edited('captured/within_k_fork_v1.json', /"security_param":\s*\d+/, '"security_param": 0');
	t.deepEqual(run(capturedChains, [limited]).failures, []);
	const name = 'captured/slot_battle_v1.json';
	const shallow = edited(name, /"security_param":\s*\d+/, '"security_param": 1');
	t.regex(
		run(capturedChains, [shallow]).failures[0] ?? '',
		/in slot 24, .*; the chain was never rolled back/,
	);
});

test('any file is recognised or left alone, without a crash', t => {
	const kinds = expectations.map(([kind]) => kind);
	const small = ['preprod_70070331.cbor', 'preprod-nonces.json'].map(fileOf);
	const mutated = fc
		.tuple(fc.constantFrom(...small), fc.nat(800), fc.nat(255))
		.map(([{bytes}, at, byte]) => bytes.map((old, index) => (index === at ? byte : old)));
	fc.assert(
		fc.property(fc.oneof(mutated, fc.uint8Array({maxLength: 400}), fc.json().map(encodeUtf8)), bytes => {
			for (const kind of kinds)
				for (const {check} of kind.recognise(crypto, [{name: 'any', bytes}]).cases) check();
		}),
		{numRuns: 300},
	);
	t.pass();
});
