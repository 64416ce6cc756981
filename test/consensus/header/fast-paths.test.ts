/** Nothing that makes validation fast changes a verdict. */
import {isDeepStrictEqual} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import type {HeaderError} from '#consensus/header/header-error';
import {verifyHeaderWork} from '#consensus/header/header-work';
import {planHeader, settleHeader} from '#consensus/header/plan-header';
import {accepted} from '#consensus/header/rules/accepted';
import {checkLeader} from '#consensus/header/rules/check-leader';
import {validateHeader} from '#consensus/header/validate-header';
import {ThresholdCache} from '#consensus/leader/threshold-cache';
import {CertificateCache} from '#consensus/opcert/certificate-cache';
import type {PraosState} from '#consensus/praos-state';
import {defined} from '#kernel/assert';
import {Ratio} from '#kernel/ratio';
import type {Result} from '#kernel/result';
import {WorkerHeaderVerifier} from '#node/adapters/worker-header-verifier/worker-header-verifier';
import {crypto} from '../../support/crypto.ts';
import {generatedHeaders, realHeaders} from '../../support/fixture-headers.ts';
import {type HeaderCase, headerCase, MUTATIONS} from '../../support/header-mutations.ts';
import {silentLog} from '../../support/silent-log.ts';
import {proofsVerifiedSlowly, slowCrypto, validateHeaderSlowly} from '../../support/slow-header.ts';

type Verdict = Result<PraosState, HeaderError>;
type Case = HeaderCase & {readonly name: string};

const CASES = 10_000;
/** Every verdict that there is. */
const CODES: readonly HeaderError['code'][] = [
	'HEADER_BLOCK_NUMBER_WRONG',
	'HEADER_SLOT_NOT_AFTER_PARENT',
	'HEADER_PREVIOUS_HASH_WRONG',
	'HEADER_CHECKPOINT_MISMATCH',
	'HEADER_PROTOCOL_VERSION_UNKNOWN',
	'HEADER_TOO_LARGE',
	'HEADER_BODY_TOO_LARGE',
	'LEDGER_VIEW_UNAVAILABLE',
	'OPCERT_NOT_YET_VALID',
	'OPCERT_EXPIRED',
	'OPCERT_SIGNATURE_INVALID',
	'KES_SIGNATURE_INVALID',
	'OPCERT_COUNTER_TOO_SMALL',
	'OPCERT_COUNTER_TOO_LARGE',
	'OPCERT_COUNTER_UNKNOWN',
	'HEADER_POOL_UNKNOWN',
	'VRF_KEY_WRONG',
	'VRF_PROOF_INVALID',
	'VRF_OUTPUT_WRONG',
	'HEADER_NOT_SLOT_LEADER',
];

const thresholds = new ThresholdCache();

const withCaches = (cases: readonly HeaderCase[]): readonly Verdict[] => {
	const certificates = new CertificateCache();
	return cases.map(({header, context}) =>
		validateHeader({...context, crypto, thresholds, certificates}, header),
	);
};

/** Everything planned first, then all the work spread over threads. */
const withThreads = async (cases: readonly HeaderCase[]): Promise<readonly Verdict[]> => {
	const verifier = new WorkerHeaderVerifier({crypto, log: silentLog}, {threads: 2});
	const plans = cases.map(({header, context}) => planHeader({...context, thresholds}, header));
	const works = plans.flatMap(({work}) => work ?? []);
	const done = (await verifier.verify(works, {signal: new AbortController().signal})).values();
	await verifier.close();
	return plans.map(plan =>
		settleHeader(plan, plan.work ? defined(done.next().value, 'each has its answer') : accepted),
	);
};

/** Planned in order, verified from the last to the first. */
const backwards = (cases: readonly HeaderCase[]): readonly Verdict[] =>
	cases
		.map(({header, context}) => planHeader({...context, thresholds}, header))
		.reverse()
		.map(plan => settleHeader(plan, plan.work ? verifyHeaderWork(crypto, plan.work) : accepted))
		.reverse();

const codeOf = (verdict: Verdict | undefined): string =>
	verdict === undefined || verdict.ok ? 'accepted' : verdict.error.code;

/** How many cases had which verdict, once every path has said the same as the slow one. */
const compared = async (
	t: ExecutionContext,
	cases: readonly HeaderCase[],
	nameOf: (index: number) => string,
): Promise<ReadonlyMap<string, number>> => {
	const expected = cases.map(({header, context}) => validateHeaderSlowly(context, header));
	const paths = {
		withCaches: withCaches(cases),
		withThreads: await withThreads(cases),
		backwards: backwards(cases),
	};
	for (const [path, verdicts] of Object.entries(paths)) {
		const different = cases.flatMap((_, index) =>
			isDeepStrictEqual(verdicts[index], expected[index])
				? []
				: [{path, name: nameOf(index), expected: codeOf(expected[index]), actual: codeOf(verdicts[index])}],
		);
		t.deepEqual(different.slice(0, 5), []);
	}
	const counts = new Map<string, number>();
	for (const verdict of expected) counts.set(codeOf(verdict), (counts.get(codeOf(verdict)) ?? 0) + 1);
	return counts;
};

test('headers of real chains get the verdict of the slow exact path', async t => {
	const counts = await compared(t, realHeaders(), index => `header ${index}`);
	// Those whose epoch nonce the fixtures give; the others must fail at their proof and not before it.
	t.deepEqual(Object.fromEntries(counts), {accepted: 4, VRF_PROOF_INVALID: 49});
});

test('headers of Haskell’s generator get the verdict of the slow exact path', async t => {
	const headers = generatedHeaders();
	const works = headers.map(({work}) => work);
	const slow = works.map(work => verifyHeaderWork(slowCrypto, work));
	const verifier = new WorkerHeaderVerifier({crypto, log: silentLog}, {threads: 1});
	t.deepEqual(await verifier.verify(works, {signal: new AbortController().signal}), slow);
	await verifier.close();
	const certificates = new CertificateCache();
	for (let round = 0; round < 2; round++)
		t.deepEqual(
			works.map(work => verifyHeaderWork(crypto, work, certificates)),
			slow,
		);
	const verdicts = new Set(slow.map(result => (result.ok ? 'accepted' : result.error.code)));
	t.true(verdicts.has('accepted') && verdicts.size >= 3, [...verdicts].join(' '));
	for (const {vrfOutput, f} of headers) {
		const pool = {stake: Ratio(1n, 1n)};
		t.deepEqual(
			checkLeader(crypto, {f}, pool, {vrfOutput}, thresholds),
			checkLeader(slowCrypto, {f}, pool, {vrfOutput}),
		);
	}
});

test(`${CASES} headers get the verdict of the slow exact path from caches, threads and in any order`, async t => {
	// Seconds on a quiet machine; the slow path is slow.
	t.timeout(10 * 60_000);
	const cases: Case[] = [];
	for (let number = 0; cases.length < CASES; number++) {
		const made = headerCase(number);
		if (made !== undefined) cases.push(made);
	}
	const counts = await compared(t, cases, index => cases[index]?.name ?? '');
	for (const code of ['accepted', ...CODES]) t.true((counts.get(code) ?? 0) >= 10, `few cases of ${code}`);
	t.true((counts.get('accepted') ?? 0) > CASES / 20);
	t.log(
		`${MUTATIONS} kinds of change, ${proofsVerifiedSlowly()} different VRF proofs`,
		Object.fromEntries(counts),
	);
});
