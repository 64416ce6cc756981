import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {parseForkVector} from '#cli/conformance/fork-choice/parse-fork-vector';
import {forkChoiceVectors} from '#cli/conformance/kinds/fork-choice-vectors';
import {assert} from '#kernel/assert';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';
import {crypto} from '../../support/crypto.ts';

const folder = new URL('../../../../test/vectors/fork-choice/', import.meta.url);
const files = readdirSync(folder)
	.filter(name => name.endsWith('.yaml'))
	.sort((a, b) => (a < b ? -1 : 1))
	.map(name => ({name, bytes: new Uint8Array(readFileSync(new URL(name, folder)))}));

const {used, cases} = forkChoiceVectors.recognise(crypto, files);

test('every file of the folder is recognised', t => {
	t.is(used.length, files.length);
	t.true(files.length >= 25);
});

for (const {name, check} of cases) test(name, t => t.deepEqual(check(), {ok: true}));

const small = `format: dcloud-fork-choice/1
title: one block
k: 5
blocks:
  a: {slot: 1}
steps:
  - {tick: 1000}
  - {header: a}
  - {body: a, tip: a, immutable: origin}
`;

const parse = (text: string) => parseForkVector(encodeUtf8(text));
const changed = (from: string | RegExp, to: string): string => {
	const text = small.replace(from, to);
	assert(text !== small, `nothing to change: ${from}`);
	return text;
};
const outcome = (text: string): unknown =>
	forkChoiceVectors.recognise(crypto, [{name: 'small', bytes: encodeUtf8(text)}]).cases[0]?.check();

test('a story fails for each expectation that is not met, and says at which step', t => {
	t.deepEqual(outcome(small), {ok: true});
	const why = (from: string | RegExp, to: string): unknown => outcome(changed(from, to));
	t.deepEqual(why('tip: a', 'tip: origin'), {ok: false, why: 'step 2 (body): the tip is a, not origin'});
	t.deepEqual(why('immutable: origin', 'immutable: a'), {
		ok: false,
		why: 'step 2 (body): the immutable tip is origin, not a',
	});
	t.deepEqual(why('{header: a}', '{header: a, result: known}'), {
		ok: false,
		why: 'step 1 (header): the result is ok, not known',
	});
	t.deepEqual(why('immutable: origin', 'immutable: origin, rollback: 1'), {
		ok: false,
		why: 'step 2 (body): 0 blocks were rolled back, not 1',
	});
});

const malformed = (place: string, wanted: string) => ({
	ok: false,
	error: {code: 'FORK_VECTOR_MALFORMED', place, wanted},
});

test('a file that is not of the form is refused with a code and the place', t => {
	const refused: readonly [string | RegExp, string, string, string][] = [
		['k: 5', 'k: -1', 'file.k', 'a whole number from 0 to 100000'],
		['k: 5', 'k: 0.5', 'file.k', 'a whole number from 0 to 100000'],
		['k: 5', 'depth: 5', 'file', 'no other keys than format, title, about, k, slotLengthMs, blocks, steps'],
		['title: one block', 'title: 7', 'file.title', 'a text'],
		['{slot: 1}', '{slot: 99999999999}', 'blocks.a.slot', 'a whole number from 0 to 4294967296'],
		['{slot: 1}', '{}', 'blocks.a.slot', 'a whole number from 0 to 4294967296'],
		['{slot: 1}', '[1]', 'blocks.a', 'a mapping'],
		['  a: {slot: 1}', '  origin: {slot: 1}', 'blocks.origin', 'another name'],
		['  a: {slot: 1}', '  "a b": {slot: 1}', 'file.blocks', 'a mapping of 1 to 1000 names'],
		[
			'{tick: 1000}',
			'{tick: 1000, header: a}',
			'steps[0]',
			'one of tick, header, body, invalidate, checkpoint',
		],
		['{tick: 1000}', '{}', 'steps[0]', 'one of tick, header, body, invalidate, checkpoint'],
		[', immutable: origin', '', 'steps[2]', 'tip and immutable'],
	];
	for (const [from, to, place, wanted] of refused)
		t.deepEqual(parse(changed(from, to)), malformed(place, wanted), to);
	t.deepEqual(parse(changed('/1', '/2')), malformed('file.format', 'dcloud-fork-choice/1'));
	t.deepEqual(parse('[]'), malformed('file', 'a mapping'));
});

test('a step about a block that is not told of is refused', t => {
	t.deepEqual(parse(changed('{header: a}', '{header: b}')), {
		ok: false,
		error: {code: 'FORK_VECTOR_BLOCK_UNKNOWN', place: 'steps[1].header', block: 'b'},
	});
	// A parent comes before its child, so that no block is its own ancestor.
	t.deepEqual(parse(changed('{slot: 1}', '{slot: 1, parent: a}')), {
		ok: false,
		error: {code: 'FORK_VECTOR_BLOCK_UNKNOWN', place: 'blocks.a.parent', block: 'a'},
	});
});

test('what is not YAML, or YAML that grows, or nests without end, is refused', t => {
	const codeOf = (text: string): string | undefined => {
		const parsed = parse(text);
		return parsed.ok ? undefined : parsed.error.code;
	};
	t.is(codeOf('a: [1'), 'FORK_VECTOR_NOT_YAML');
	t.is(codeOf(`${small}k: 6\n`), 'FORK_VECTOR_NOT_YAML', 'a key twice');
	t.is(codeOf('a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n'), 'FORK_VECTOR_NOT_YAML');
	t.is(codeOf('['.repeat(60_000)), 'FORK_VECTOR_NOT_YAML');
	t.deepEqual(parseForkVector(Uint8Array.of(0xff, 0xfe)), {
		ok: false,
		error: {code: 'FORK_VECTOR_NOT_YAML', problem: 'it is not UTF-8'},
	});
	t.deepEqual(parse(`${small}#${'x'.repeat(65_536)}`), {
		ok: false,
		error: {code: 'FORK_VECTOR_TOO_LARGE', bytes: small.length + 65_537, bytesMax: 65_536},
	});
});

test('a malformed file of the kind is a case that fails', t => {
	t.deepEqual(outcome(changed('k: 5', 'k: x')), {
		ok: false,
		why: '{"code":"FORK_VECTOR_MALFORMED","place":"file.k","wanted":"a whole number from 0 to 100000"}',
	});
	t.is(outcome('other: file'), undefined);
});

test('any file of the kind is judged without a crash', t => {
	const texts = files.map(({bytes}) => decodeUtf8(bytes) as string);
	const words = fc.constantFrom(
		'a',
		'g',
		't0',
		'f0',
		'origin',
		'0',
		'1',
		'99',
		'header',
		'body',
		'invalidate',
	);
	const mutated = fc
		.tuple(fc.constantFrom(...texts), fc.array(fc.tuple(fc.nat(), words), {minLength: 1, maxLength: 6}))
		.map(([text, changes]) => {
			const parts = text.split(/\b/);
			for (const [at, word] of changes) parts[at % parts.length] = word;
			return parts.join('');
		});
	fc.assert(
		fc.property(fc.oneof(mutated, fc.string()), text => {
			outcome(text);
			parse(text);
		}),
		{numRuns: 500},
	);
	t.pass();
});
