import {decodeHeader} from '#consensus/header/header';
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
import {crypto} from '../support/crypto.ts';
import {forgeTestHeader, nextSlotOf, type TestPool, testLedgerView, testPool} from '../support/praos.ts';
import {type Bench, moreIsBetter} from './bench.ts';
import {ratePerSecond} from './measure.ts';
import {nobleCrypto} from './noble-crypto.ts';

const HEADERS = 200;
const POOLS = 20;
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
		return [moreIsBetter('header-validation', 'headers/s', native, {name: '@noble only', value: noble})];
	},
};
