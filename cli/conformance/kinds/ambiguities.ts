/**
 * Our own vectors for the places where implementations of Praos differ (docs/ambiguities.md): a JSON array of objects
 * whose `ambiguity` names the place, with inputs, what we hold to be right, and what another reading gives.
 */
import type {Crypto} from '#crypto/crypto';
import {
	checkEd25519,
	checkFirstCounter,
	checkHeaderShape,
	checkPreference,
	checkVrfMixedOrder,
	checkWireBytes,
} from '../ambiguities/headers-and-keys.ts';
import {
	checkDivision,
	checkLeaderValueRange,
	checkMaxReached,
	checkNonceContribution,
	checkVrfInput,
} from '../ambiguities/leadership.ts';
import {checkNonceStory} from '../ambiguities/nonce-story.ts';
import type {JsonObject} from '../json-file.ts';
import {type ConformanceKind, fails, type Verdict} from '../kind.ts';
import {jsonCases} from './json-cases.ts';

type Check = (crypto: Crypto, entry: JsonObject) => Verdict;

/** By the name that a vector's `ambiguity` gives, which is its heading in docs/ambiguities.md, too. */
export const ambiguityChecks: ReadonlyMap<string, Check> = new Map<string, Check>([
	['leader-value-range', checkLeaderValueRange],
	['vrf-input', checkVrfInput],
	['nonce-contribution', checkNonceContribution],
	['last-block-nonce', checkNonceStory],
	['nonce-freeze', checkNonceStory],
	['header-shape', checkHeaderShape],
	['max-reached', checkMaxReached],
	['tie-break', checkPreference],
	['lower-slot', checkPreference],
	['first-counter', checkFirstCounter],
	['empty-epoch', checkNonceStory],
	['ed25519', checkEd25519],
	['division', checkDivision],
	['vrf-mixed-order', checkVrfMixedOrder],
	['wire-bytes', checkWireBytes],
]);

export const ambiguities: ConformanceKind = jsonCases(
	'places where implementations differ',
	entry => typeof entry['ambiguity'] === 'string',
	(crypto, entry) => {
		const check = ambiguityChecks.get(String(entry['ambiguity']));
		return check === undefined ? fails('no place that this program knows') : check(crypto, entry);
	},
);
