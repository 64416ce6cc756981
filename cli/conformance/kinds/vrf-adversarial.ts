/** `[{name, pk, pi, alpha, beta}]` in hexadecimal: ECVRF draft-03 claims; `beta` null is a proof to refuse. */
import {equalBytes, toHex} from '#kernel/bytes';
import {hexField} from '../fields.ts';
import {type ConformanceKind, verdict} from '../kind.ts';
import {jsonCases} from './json-cases.ts';

export const vrfAdversarial: ConformanceKind = jsonCases(
	'VRF claims',
	entry => ['pk', 'pi', 'alpha', 'beta'].every(field => field in entry),
	(crypto, entry) => {
		// Keys and proofs of any length: refusing them is the code's task, not the reader's.
		const output = crypto.verifyVrf(hexField(entry, 'pk'), hexField(entry, 'pi'), hexField(entry, 'alpha'));
		if (entry['beta'] === null)
			return verdict(
				output === undefined,
				`must be refused, but gives ${toHex(output ?? new Uint8Array(0))}`,
			);
		const expected = hexField(entry, 'beta', 64);
		if (output === undefined) return verdict(false, `must give ${toHex(expected)}, but is refused`);
		return verdict(equalBytes(output, expected), `gives ${toHex(output)}, not ${toHex(expected)}`);
	},
);
