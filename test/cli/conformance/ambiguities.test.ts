import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {ambiguities} from '#cli/conformance/kinds/ambiguities';
import {encodeUtf8} from '#kernel/utf8';
import {crypto} from '../../support/crypto.ts';

const folder = new URL('../../../../test/vectors/ambiguities/', import.meta.url);
type Entry = Readonly<Record<string, unknown>> & {readonly ambiguity: string; readonly name: string};
const entries = readdirSync(folder)
	.filter(name => name.endsWith('.json'))
	.flatMap(name => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Entry[]);

const verdictOn = (entry: unknown) => {
	const bytes = encodeUtf8(JSON.stringify([entry]));
	return ambiguities.recognise(crypto, [{name: 'one', bytes}]).cases[0]?.check();
};

for (const entry of entries)
	test(`${entry.ambiguity}: ${entry.name}`, t => t.deepEqual(verdictOn(entry), {ok: true}));

/** What a vector of each place claims; the claim spoilt must fail. */
const claims: Readonly<Record<string, readonly string[]>> = {
	'leader-value-range': ['leaderValue', 'praosLeads', 'tpraosLeads'],
	'vrf-input': ['praos', 'tpraosNonce', 'tpraosLeader'],
	'nonce-contribution': ['praos', 'tpraos'],
	'header-shape': ['kind', 'hash', 'ownChain'],
	'tie-break': ['preferred'],
	'lower-slot': ['preferred'],
	'first-counter': ['expected'],
	ed25519: ['valid'],
	'vrf-mixed-order': ['output'],
	'wire-bytes': ['hash', 'reencodedHash', 'ownChain'],
};

/** Another value of the same form. */
const spoilt = (value: unknown): unknown => {
	if (typeof value === 'boolean') return !value;
	const text = String(value);
	const last = text.at(-1) === '0' ? '1' : '0';
	return `${text.slice(0, -1)}${last}`;
};

for (const [ambiguity, fields] of Object.entries(claims))
	test(`${ambiguity}: a vector with another claim fails`, t => {
		for (const entry of entries.filter(each => each.ambiguity === ambiguity))
			for (const field of fields)
				t.like(verdictOn({...entry, [field]: spoilt(entry[field])}), {ok: false}, `${entry.name}: ${field}`);
	});

for (const ambiguity of ['last-block-nonce', 'nonce-freeze', 'empty-epoch'])
	test(`${ambiguity}: what the other reading gives fails`, t => {
		for (const entry of entries.filter(each => each.ambiguity === ambiguity)) {
			const {expected, otherReading} = entry as unknown as Record<
				'expected' | 'otherReading',
				Readonly<Record<string, string>>
			>;
			t.like(verdictOn({...entry, expected: otherReading}), {ok: false});
			for (const [name, value] of Object.entries(expected))
				t.like(verdictOn({...entry, expected: {...expected, [name]: spoilt(value)}}), {ok: false}, name);
		}
	});

test('division and max-reached: another number fails', t => {
	for (const entry of entries.filter(
		({ambiguity}) => ambiguity === 'division' || ambiguity === 'max-reached',
	)) {
		const field = ['floor', 'threshold', 'iterations', 'leads'].find(name => name in entry) as string;
		t.like(verdictOn({...entry, [field]: spoilt(entry[field])}), {ok: false}, entry.name);
	}
	const byTruncation = entries.filter(entry => 'threshold' in entry);
	for (const entry of byTruncation)
		t.like(verdictOn({...entry, threshold: entry['truncating'], truncating: entry['threshold']}), {
			ok: false,
		});
});

test('a place that is not known, and fields that are missing or of another form, fail without a crash', t => {
	t.like(verdictOn({ambiguity: 'weather'}), {ok: false, why: 'no place that this program knows'});
	const values = fc.oneof(fc.constantFrom('', '-1', '0', 'zz', '1/0', 'neutral', 'none'), fc.jsonValue());
	const fields = entries.flatMap(entry => Object.keys(entry).map(field => [entry, field] as const));
	fc.assert(
		fc.property(fc.constantFrom(...fields), values, ([entry, field], value) => {
			const verdict = verdictOn({...entry, [field]: value});
			const {[field]: _, ...rest} = entry;
			return (verdict === undefined || 'ok' in verdict) && (verdictOn(rest) ?? {ok: false}).ok !== undefined;
		}),
		{numRuns: 400},
	);
	t.pass();
});
