/** Leader values, VRF inputs, nonce contributions and the arithmetic behind them. */
import {compareExponential} from '#consensus/leader/compare-exponential';
import {floorDivide} from '#consensus/leader/fixed-point';
import {leaderThreshold} from '#consensus/leader/leader-threshold';
import {isSlotLeader} from '#consensus/leader/slot-leader';
import {tpraosNonceContribution, tpraosVrfInput} from '#consensus/leader/tpraos-vrf-values';
import {leaderValue, nonceContribution, vrfInput} from '#consensus/leader/vrf-values';
import type {Hasher} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {parseRatio, type Ratio} from '#kernel/ratio';
import {difference, hexField, parsedField, textField, verdictOf} from '../fields.ts';
import type {JsonObject} from '../json-file.ts';
import {type Verdict, verdict} from '../kind.ts';
import {bigCountField} from './count-field.ts';

const ratioField = (entry: JsonObject, name: string): Ratio =>
	parsedField(entry, name, 'a fraction', text => {
		const ratio = parseRatio(text);
		return ratio !== undefined && ratio.numerator > 0n ? ratio : undefined;
	});

/** A whole number of any sign, as far as fixed point needs it. */
const integerField = (entry: JsonObject, name: string): bigint =>
	parsedField(entry, name, 'a whole number', text => (/^-?\d{1,60}$/.test(text) ? BigInt(text) : undefined));

const same = (what: string, actual: unknown, wanted: unknown): string | undefined =>
	actual === wanted ? undefined : `${what} is ${String(actual)}, not ${String(wanted)}`;

/** What the other reading would give must not be what ours gives, or the vector tells nothing. */
const distinct = (what: string, ours: Uint8Array, other: Uint8Array): string | undefined =>
	equalBytes(ours, other) ? `${what} is the same by the other reading` : undefined;

export const checkLeaderValueRange = (hasher: Hasher, entry: JsonObject): Verdict => {
	const [output, stake, f] = [
		hexField(entry, 'vrfOutput', 64),
		ratioField(entry, 'stake'),
		ratioField(entry, 'f'),
	];
	const value = leaderValue(hasher, output);
	return verdictOf([
		difference('the leader value', value, hexField(entry, 'leaderValue', 32)),
		same('leading in Praos', isSlotLeader(f, stake, value), entry['praosLeads']),
		same('leading in Transitional Praos', isSlotLeader(f, stake, output), entry['tpraosLeads']),
	]);
};

export const checkVrfInput = (hasher: Hasher, entry: JsonObject): Verdict => {
	const slot = bigCountField(entry, 'slot');
	const nonce =
		textField(entry, 'epochNonce') === 'neutral' ? 'neutral' : Hash32(hexField(entry, 'epochNonce', 32));
	const praos = vrfInput(hasher, slot, nonce);
	const [forNonce, forLeader] = (['nonce', 'leader'] as const).map(purpose =>
		tpraosVrfInput(hasher, purpose, slot, nonce),
	);
	return verdictOf([
		difference('the input', praos, hexField(entry, 'praos', 32)),
		difference('the nonce input', forNonce, hexField(entry, 'tpraosNonce', 32)),
		difference('the leader input', forLeader, hexField(entry, 'tpraosLeader', 32)),
		distinct('the input', praos, hexField(entry, 'tpraosLeader', 32)),
	]);
};

export const checkNonceContribution = (hasher: Hasher, entry: JsonObject): Verdict => {
	const output = hexField(entry, 'vrfOutput', 64);
	const eta = nonceContribution(hasher, output);
	return verdictOf([
		difference('eta', eta, hexField(entry, 'praos', 32)),
		difference('eta before Babbage', tpraosNonceContribution(hasher, output), hexField(entry, 'tpraos', 32)),
		distinct('eta', eta, hexField(entry, 'hashedOnce', 32)),
	]);
};

const leaderVerdict = (entry: JsonObject): Verdict => {
	const leads = isSlotLeader(
		ratioField(entry, 'f'),
		ratioField(entry, 'stake'),
		hexField(entry, 'leaderValue', 32),
	);
	return verdictOf([same('leading', leads, entry['leads'])]);
};

export const checkMaxReached = (_: Hasher, entry: JsonObject): Verdict => {
	if ('leads' in entry) return leaderVerdict(entry);
	const {order, iterations} = compareExponential(3n, integerField(entry, 'value'), integerField(entry, 'x'));
	return verdictOf([
		same('the order', order, textField(entry, 'order')),
		same('the number of terms', BigInt(iterations), bigCountField(entry, 'iterations')),
	]);
};

export const checkDivision = (_: Hasher, entry: JsonObject): Verdict => {
	if ('a' in entry) {
		const [a, b] = [integerField(entry, 'a'), integerField(entry, 'b')];
		return verdictOf([
			b === 0n ? 'b is 0' : same('the quotient', floorDivide(a, b), integerField(entry, 'floor')),
		]);
	}
	const threshold = leaderThreshold(ratioField(entry, 'stake'), ratioField(entry, 'f'));
	if (threshold === 'always') return verdict(false, 'every value leads');
	return verdictOf([
		difference('the threshold', threshold, hexField(entry, 'threshold', 32)),
		toHex(threshold) === textField(entry, 'truncating')
			? 'the threshold is the same by truncation'
			: undefined,
	]);
};
