/** Headers with a context and the verdict of another implementation (Haskell generator, amaru's form). */
import {decodeWireHeader, type WireHeader} from '#consensus/header/header';
import {checkCounter} from '#consensus/header/rules/check-counter';
import {checkKesPeriod} from '#consensus/header/rules/check-kes-period';
import {checkKesSignature} from '#consensus/header/rules/check-kes-signature';
import {checkLeader} from '#consensus/header/rules/check-leader';
import {checkOperationalCertificate} from '#consensus/header/rules/check-operational-certificate';
import {checkPool} from '#consensus/header/rules/check-pool';
import {checkVrfKey} from '#consensus/header/rules/check-vrf-key';
import {checkVrfProof} from '#consensus/header/rules/check-vrf-proof';
import type {LedgerView} from '#consensus/ledger-view';
import type {Crypto} from '#crypto/crypto';
import {Hash32} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import type {Failure, Result} from '#kernel/result';
import {hexField, judged, objectField, parsedField, textField} from '../fields.ts';
import {parseCount, parseExactJson, parsePositive, parseProbability} from '../json-exact.ts';
import {isJsonObject, type JsonObject} from '../json-file.ts';
import {type ConformanceCase, type ConformanceKind, fails, holds, type Verdict, verdict} from '../kind.ts';

/** The names of other implementations' errors, by how they begin, and what we call the same. */
const codesByName: ReadonlyMap<string, readonly string[]> = new Map([
	['InvalidKesSignature', ['KES_SIGNATURE_INVALID']],
	['OpCertKesPeriodTooOld', ['OPCERT_EXPIRED']],
	['OpCertKesPeriodTooLarge', ['OPCERT_NOT_YET_VALID']],
	['SequenceNumberTooFarAhead', ['OPCERT_COUNTER_TOO_LARGE']],
	['SequenceNumberTooSmall', ['OPCERT_COUNTER_TOO_SMALL']],
	['InvalidSignature', ['OPCERT_SIGNATURE_INVALID']],
	['MalformedSignature', ['OPCERT_SIGNATURE_INVALID', 'UNDECODABLE']],
	['InvalidEd25519PublicKey', ['OPCERT_SIGNATURE_INVALID']],
	['UnknownPool', ['HEADER_POOL_UNKNOWN']],
	['PoolError', ['LEDGER_VIEW_UNAVAILABLE']],
	['KnownLeaderVrf', ['VRF_KEY_WRONG']],
	['VrfProof(MalformedProof', ['VRF_PROOF_INVALID']],
	['VrfProof(InvalidProof', ['VRF_PROOF_INVALID']],
	['VrfProof(ProofMismatch', ['VRF_OUTPUT_WRONG']],
	['VrfProof(TryFromSliceError', ['UNDECODABLE']],
	['TryFromSliceError', ['UNDECODABLE']],
	['InsufficientLeaderStake', ['HEADER_NOT_SLOT_LEADER']],
]);

/** Stands for any failure to decode. */
const UNDECODABLE = 'UNDECODABLE';

const countersOf = (context: JsonObject): ReadonlyMap<string, bigint> => {
	const given = objectField(context, 'ocertCounters');
	return new Map(
		Object.keys(given).map(poolId => [
			poolId.toLowerCase(),
			parsedField(given, poolId, 'a counter', parseCount),
		]),
	);
};

/** The whole stake is the issuer's, whoever that is; `missingPool` has no pool, `failing` no snapshot. */
const ledgerViewOf = (entry: JsonObject, context: JsonObject): LedgerView | undefined => {
	if (entry['ledgerState'] === 'failing') return undefined;
	if (entry['ledgerState'] === 'missingPool') return {pool: () => undefined};
	const vrfKeyHash = Hash32(hexField(context, 'vrfVKeyHash', 32));
	return {pool: () => ({stake: Ratio(1n, 1n), vrfKeyHash})};
};

/** The codes of all rules that the header breaks; not only of the first, because others check in another order. */
const brokenRules = (crypto: Crypto, entry: JsonObject, header: WireHeader): readonly string[] => {
	const context = objectField(entry, 'context');
	const params = {
		f: parsedField(context, 'activeSlotCoeff', 'in (0, 1]', parseProbability),
		slotsPerKesPeriod: parsedField(context, 'praosSlotsPerKESPeriod', 'a count', parsePositive),
		maxKesEvolutions: parsedField(context, 'praosMaxKESEvo', 'a count', parsePositive),
	};
	const counters = countersOf(context);
	const epochNonce = Hash32(hexField(context, 'nonce', 32));
	const ledgerView = ledgerViewOf(entry, context);
	if (ledgerView === undefined) return ['LEDGER_VIEW_UNAVAILABLE'];
	const poolId = crypto.blake2b224(header.issuerVk);
	const period = checkKesPeriod(params, header);
	const pool = checkPool(ledgerView, poolId);
	const outcomes: readonly Result<unknown, Failure>[] = [
		period,
		...(period.ok ? [checkKesSignature(crypto, params, header)] : []),
		checkOperationalCertificate(crypto, header),
		checkCounter({counters}, ledgerView, poolId, header),
		pool,
		...(pool.ok ? [checkVrfKey(crypto, pool.value, header)] : []),
		checkVrfProof(crypto, epochNonce, header),
		...(pool.ok ? [checkLeader(crypto, params, pool.value, header)] : []),
	];
	return outcomes.flatMap(outcome => (outcome.ok ? [] : [outcome.error.code]));
};

const compare = (expected: unknown, broken: readonly string[]): Verdict => {
	const found = broken.join(', ');
	if (expected === 'pass') return verdict(broken.length === 0, `must pass, but: ${found}`);
	if (!isJsonObject(expected)) return fails('the expected verdict is neither "pass" nor an error');
	if (broken.length === 0) return fails(`must be refused (${JSON.stringify(expected)}), but passes`);
	if ('decodeError' in expected)
		return verdict(broken.includes(UNDECODABLE), `must not decode, but does: ${found}`);
	const name = textField(expected, 'error');
	const known = [...codesByName].find(([start]) => name.startsWith(start));
	// An error that we have no word for: the refusal itself is what can be compared.
	if (known === undefined) return holds;
	return verdict(
		known[1].some(code => broken.includes(code)),
		`must be refused for ${name}, but is for ${found}`,
	);
};

const check = (crypto: Crypto, entry: JsonObject): Verdict => {
	const header = decodeWireHeader(crypto, hexField(entry, 'header'), {canonical: false});
	return compare(entry['expected'], header.ok ? brokenRules(crypto, entry, header.value) : [UNDECODABLE]);
};

const isCase = (value: unknown): value is JsonObject =>
	isJsonObject(value) && 'context' in value && 'header' in value && 'expected' in value;

export const headerCases: ConformanceKind = {
	name: 'header cases',
	recognise: (crypto, files) => {
		const found = files.flatMap(file => {
			const entries = parseExactJson(file);
			return Array.isArray(entries) && entries.some(isCase) ? [{file, entries: entries as unknown[]}] : [];
		});
		const cases = found.flatMap(({file, entries}) =>
			entries.map(
				(entry, index): ConformanceCase => ({
					name: `${file.name}: ${isJsonObject(entry) ? String(entry['title'] ?? index) : index}`,
					check: () => judged(() => (isCase(entry) ? check(crypto, entry) : fails('not a header case'))),
				}),
			),
		);
		return {used: found.map(({file}) => file), cases};
	},
};
