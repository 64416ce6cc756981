/** `[{name, pub_key, message, signature, libsodium…}]` in hexadecimal, with libsodium's verdict as true or false. */
import {hexField} from '../fields.ts';
import type {JsonObject} from '../json-file.ts';
import {type ConformanceKind, fails, verdict} from '../kind.ts';
import {jsonCases} from './json-cases.ts';

const expectedVerdict = (entry: JsonObject): unknown =>
	Object.entries(entry).find(([name]) => name.startsWith('libsodium'))?.[1];

export const ed25519Edges: ConformanceKind = jsonCases(
	'Ed25519 verdicts',
	entry =>
		['pub_key', 'message', 'signature'].every(field => field in entry) &&
		expectedVerdict(entry) !== undefined,
	(crypto, entry) => {
		const expected = expectedVerdict(entry);
		if (typeof expected !== 'boolean') return fails("libsodium's verdict is not true or false");
		const valid = crypto.verifyEd25519(
			hexField(entry, 'signature'),
			hexField(entry, 'message'),
			hexField(entry, 'pub_key'),
		);
		return verdict(
			valid === expected,
			`is ${valid ? 'accepted' : 'refused'}, but libsodium ${expected ? 'accepts' : 'refuses'} it`,
		);
	},
);
