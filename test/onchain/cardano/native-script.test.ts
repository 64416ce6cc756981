import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {
	encodeNativeScript,
	isSatisfied,
	type NativeScript,
	nativeScriptHash,
	nativeScriptJson,
	parseNativeScript,
	signerHashes,
} from '#onchain/cardano/native-script';
import {crypto} from '../../support/crypto.ts';

const key = (byte: string): string => byte.repeat(28);
const sig = (byte: string): object => ({type: 'sig', keyHash: key(byte)});

/** Bytes and hashes as the SDK's library (Emurgo's cardano-multiplatform-lib, in Rust) makes them. */
const KNOWN: readonly (readonly [object, string, string])[] = [
	[sig('01'), `8200581c${key('01')}`, '8a6b7dbb090f52c25427b22429c53a37123c0d5040a49feab992ae7b'],
	[
		{type: 'atLeast', required: 2, scripts: [sig('01'), sig('02'), sig('03')]},
		`830302838200581c${key('01')}8200581c${key('02')}8200581c${key('03')}`,
		'4a227dfb5f2db51bfd369af3f8945194190e0f743bcd8c573d51db5c',
	],
	[
		{type: 'all', scripts: [sig('01'), {type: 'any', scripts: [sig('02'), sig('03')]}]},
		`8201828200581c${key('01')}8202828200581c${key('02')}8200581c${key('03')}`,
		'fe1ec3e0cbcb4837b785bc112d2ffb689918d9c6559505380f131495',
	],
];

test('native scripts have the bytes and the hashes that other tools give them', t => {
	for (const [json, bytes, hash] of KNOWN) {
		const parsed = parseNativeScript(json);
		if (!parsed.ok) return t.fail(parsed.error.code);
		t.is(toHex(encodeNativeScript(parsed.value)), bytes);
		t.is(toHex(nativeScriptHash(crypto, parsed.value)), hash);
		t.deepEqual(nativeScriptJson(parsed.value), json);
	}
	return undefined;
});

const nested = (depth: number): object =>
	depth === 0 ? sig('01') : {type: 'all', scripts: [nested(depth - 1)]};

const BAD: readonly (readonly [string, unknown, object])[] = [
	['no object', 7, {code: 'NATIVE_SCRIPT_MALFORMED', place: 'script'}],
	['an unknown type', {type: 'most'}, {code: 'NATIVE_SCRIPT_MALFORMED', place: 'script.type'}],
	[
		'a short key hash',
		{type: 'sig', keyHash: '01'},
		{code: 'NATIVE_SCRIPT_MALFORMED', place: 'script.keyHash'},
	],
	['no parts', {type: 'any', scripts: []}, {code: 'NATIVE_SCRIPT_MALFORMED', place: 'script.scripts'}],
	[
		'a bad part',
		{type: 'all', scripts: [sig('01'), null]},
		{code: 'NATIVE_SCRIPT_MALFORMED', place: 'script.scripts[1]'},
	],
	[
		'more signatures than keys',
		{type: 'atLeast', required: 2, scripts: [sig('01')]},
		{code: 'NATIVE_SCRIPT_MALFORMED', place: 'script.required'},
	],
	[
		'no signatures at all',
		{type: 'atLeast', required: 0, scripts: [sig('01')]},
		{code: 'NATIVE_SCRIPT_MALFORMED', place: 'script.required'},
	],
	[
		'a key twice',
		{type: 'atLeast', required: 2, scripts: [sig('01'), sig('01')]},
		{code: 'NATIVE_SCRIPT_KEY_TWICE', keyHash: key('01')},
	],
	[
		'a time limit',
		{type: 'all', scripts: [{type: 'before', slot: 5}]},
		{code: 'NATIVE_SCRIPT_TIMED', place: 'script.scripts[0]'},
	],
	['too deep nesting', nested(9), {code: 'NATIVE_SCRIPT_TOO_LARGE'}],
];

for (const [what, json, failure] of BAD)
	test(`refuses a policy with ${what}`, t => {
		t.deepEqual(parseNativeScript(json), {ok: false, error: failure} as never);
	});

test('whatever a policy file holds, it is parsed or refused', t => {
	fc.assert(
		fc.property(fc.jsonValue(), json => {
			const parsed = parseNativeScript(json);
			if (parsed.ok) t.true(signerHashes(parsed.value).length > 0);
			else t.regex(parsed.error.code, /^NATIVE_SCRIPT_/);
		}),
	);
});

test('k of n keys are enough when and only when k of them sign', t => {
	const keys = Array.from({length: 5}, (_, index) => key(`0${index + 1}`));
	fc.assert(
		fc.property(fc.subarray(keys), fc.integer({min: 1, max: 5}), (signed, required) => {
			const scripts = keys.map(keyHash => ({type: 'sig', keyHash}));
			const parsed = parseNativeScript({type: 'atLeast', required, scripts});
			t.true(parsed.ok);
			const script = (parsed as {readonly value: NativeScript}).value;
			t.is(isSatisfied(script, new Set(signed)), signed.length >= required);
		}),
	);
});
