import {decodeHeader} from '#consensus/header/header';
import {type PlanContext, planHeader, settleHeader} from '#consensus/header/plan-header';
import {accepted} from '#consensus/header/rules/accepted';
import {validateHeader} from '#consensus/header/validate-header';
import {ThresholdCache} from '#consensus/leader/threshold-cache';
import {CertificateCache} from '#consensus/opcert/certificate-cache';
import {genesisPraosState, type PraosState, updatePraos} from '#consensus/praos-state';
import {devnetParams} from '#consensus/profiles';
import type {Crypto} from '#crypto/crypto';
import {assert} from '#kernel/assert';
import {Hash32} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import {Ratio} from '#kernel/ratio';
import {WorkerHeaderVerifier} from '#node/adapters/worker-header-verifier/worker-header-verifier';
import type {HeaderVerifier} from '#node/ports/header-verifier';
import {crypto} from '../support/crypto.ts';
import {forgeTestHeader, nextSlotOf, type TestPool, testLedgerView, testPool} from '../support/praos.ts';
import {silentLog} from '../support/silent-log.ts';
import {type Bench, moreIsBetter} from './bench.ts';
import {asyncRatePerSecond, ratePerSecond} from './measure.ts';
import {nobleCrypto} from './noble-crypto.ts';

const HEADERS = 200;
const POOLS = 20;
/** As a peer's headers are taken: a call of the verifier for so many, so many calls ahead. */
const CALL_HEADERS = 100;
const CALLS_AHEAD = 2;
/** Chains that are validated beside each other, so that threads never wait for a chain's end. */
const ROUNDS_AHEAD = 3;
/** One epoch, so that the chain needs no second snapshot. */
const params = {...devnetParams, epochLength: 100_000};
const genesis = genesisPraosState(Hash32(new Uint8Array(32)));

/** A chain as it comes from a peer: header bytes, by pools in turn, each with nearly all the stake. */
const forgeHeaders = (
	pools: readonly TestPool[],
	share: (pool: TestPool) => Ratio,
): readonly Uint8Array[] => {
	const ledgerView = testLedgerView(pools, share);
	const headers: Uint8Array[] = [];
	let state: PraosState = genesis;
	let parent: Tip = 'origin';
	for (let index = 0; index < HEADERS; index++) {
		const pool = pools[index % pools.length] as TestPool;
		const slot = nextSlotOf({
			params,
			state,
			pool,
			ledgerView,
			from: parent === 'origin' ? 0 : parent.slot + 1,
		});
		const header = forgeTestHeader({params, state, parent, slot, pool});
		state = updatePraos(crypto, params, state, header);
		parent = header;
		headers.push(header.bytes);
	}
	return headers;
};

/** Decodes and validates a whole chain from its bytes, as a node that syncs. */
const validateAll = (
	backend: Crypto,
	headers: readonly Uint8Array[],
	context: Pick<Parameters<typeof validateHeader>[0], 'ledgerView' | 'thresholds' | 'certificates'>,
): number => {
	let state: PraosState = genesis;
	let parent: Tip = 'origin';
	for (const bytes of headers) {
		const header = decodeHeader(backend, bytes);
		assert(header.ok, 'a header of the bench does not decode');
		const outcome = validateHeader({...context, crypto: backend, params, state, parent}, header.value);
		assert(outcome.ok, 'a header of the bench is refused');
		state = outcome.value;
		parent = header.value;
	}
	return headers.length;
};

type PlanCaches = Pick<PlanContext, 'ledgerView' | 'thresholds'>;

/** The same with its cryptography in threads: one call after the other is planned while those before it are verified. */
const validateInThreads = async (
	verifier: HeaderVerifier,
	headers: readonly Uint8Array[],
	context: PlanCaches,
): Promise<number> => {
	const {signal} = new AbortController();
	let state: PraosState = genesis;
	let parent: Tip = 'origin';
	const underWay: Promise<void>[] = [];
	for (let from = 0; from < headers.length; from += CALL_HEADERS) {
		const plans = headers.slice(from, from + CALL_HEADERS).map(bytes => {
			const header = decodeHeader(crypto, bytes);
			assert(header.ok, 'a header of the bench does not decode');
			const plan = planHeader({...context, crypto, params, state, parent}, header.value);
			assert(plan.next !== undefined, 'a header of the bench is refused');
			state = plan.next;
			parent = header.value;
			return plan;
		});
		underWay.push(
			verifier
				.verify(
					plans.map(({work}) => work),
					{signal},
				)
				.then(done => {
					const settled = plans.map((plan, index) => settleHeader(plan, done[index] ?? accepted));
					assert(
						done.length === plans.length && settled.every(({ok}) => ok),
						'a header of the bench is refused',
					);
				}),
		);
		if (underWay.length >= CALLS_AHEAD) await underWay[underWay.length - CALLS_AHEAD];
	}
	await Promise.all(underWay);
	return headers.length;
};

const threadsRate = async (
	headers: readonly Uint8Array[],
	context: PlanCaches,
	threads: number,
): Promise<number> => {
	const verifier = new WorkerHeaderVerifier({crypto, log: silentLog}, {threads});
	const many = Array.from({length: ROUNDS_AHEAD}, () => headers);
	const rate = await asyncRatePerSecond(async () => {
		const rounds = await Promise.all(many.map(chain => validateInThreads(verifier, chain, context)));
		return rounds.reduce((sum, count) => sum + count, 0);
	});
	assert(verifier.threads === threads, 'a thread was lost');
	await verifier.close();
	return rate;
};

/** Full validation: envelope, KES, operational certificate, VRF, threshold, nonces. */
export const headerValidation: Bench = {
	name: 'header-validation',
	run: async () => {
		const pools = Array.from({length: POOLS}, (_, number) => testPool(number));
		const share = (pool: TestPool): Ratio => Ratio(BigInt(1000 - pools.indexOf(pool)), 1000n);
		const headers = forgeHeaders(pools, share);
		const ledgerView = testLedgerView(pools, share);
		const caches = () => ({
			ledgerView,
			thresholds: new ThresholdCache(),
			certificates: new CertificateCache(),
		});
		const [ours, theirs] = [caches(), caches()];
		const native = ratePerSecond(() => validateAll(crypto, headers, ours));
		const few = headers.slice(0, 10);
		const noble = ratePerSecond(() => validateAll(nobleCrypto, few, theirs), {rounds: 1});
		const threads = await threadsRate(headers, ours, 2);
		return [
			moreIsBetter('header-validation', 'headers/s', native, {name: '@noble only', value: noble}),
			moreIsBetter('header-validation/2-threads', 'headers/s', threads, {name: 'one core', value: native}),
		];
	},
};
