/**
 * Whether pools lead as often as 1-(1-f)^sigma says: exact binomial bounds that a right node breaks with a chance below
 * ERROR for each case. The draws are fixed, so that the test says the same each time.
 */
import test from 'ava';
import {leaderProof} from '#consensus/forge/leader-proof';
import {leaderThreshold} from '#consensus/leader/leader-threshold';
import {isSlotLeader} from '#consensus/leader/slot-leader';
import {leaderValue, vrfInput} from '#consensus/leader/vrf-values';
import type {Hasher, SecretCrypto} from '#crypto/crypto';
import {u32be} from '#kernel/bytes';
import {Ratio} from '#kernel/ratio';
import {encodeUtf8} from '#kernel/utf8';
import {crypto} from '../../support/crypto.ts';
import {plausibleCounts} from './binomial.ts';
import {CERTAIN, textOf} from './probability.ts';
import {leaderOdds} from './slot-odds.ts';

/** One in a thousand million, half of it on each side. */
const ERROR = CERTAIN / 1_000_000_000n;

type VrfSecrets = Hasher & Pick<SecretCrypto, 'proveVrf' | 'vrfOutput'>;

/** A VRF whose outputs are hashes: uniform if BLAKE2b is. */
const idealVrf: VrfSecrets = {
	...crypto,
	proveVrf: (seed, alpha) => crypto.blake2b256(encodeUtf8('ideal proof'), seed, alpha),
	vrfOutput: proof => crypto.blake2b256(encodeUtf8('ideal output'), proof),
};

const nonce = crypto.blake2b256(encodeUtf8('nonce of the frequency test'));

const timesLed = (vrf: VrfSecrets, sigma: Ratio, f: Ratio, slots: number): number => {
	const vrfSeed = crypto.blake2b256(encodeUtf8('frequency'), u32be(Number(sigma.denominator)));
	const threshold = leaderThreshold(sigma, f);
	let led = 0;
	for (let slot = 0; slot < slots; slot++)
		if (leaderProof(vrf, {vrfSeed, slot, epochNonce: nonce, threshold}) !== undefined) led++;
	return led;
};

const cases: readonly (readonly [sigma: Ratio, f: Ratio])[] = [
	[Ratio(1n, 1n), Ratio(1n, 20n)],
	[Ratio(1n, 3n), Ratio(1n, 20n)],
	[Ratio(1n, 10n), Ratio(1n, 4n)],
	[Ratio(1n, 2n), Ratio(1n, 2n)],
	[Ratio(1n, 100n), Ratio(1n, 2n)],
];

for (const [kind, vrf, slots] of [
	['ideal', idealVrf, 20_000],
	['real', crypto, 2_000],
] as const)
	for (const [sigma, f] of cases)
		test(`a pool with ${sigma.numerator}/${sigma.denominator} leads as often as 1-(1-1/${f.denominator})^sigma with ${kind} VRF outputs`, t => {
			const odds = leaderOdds(sigma, f);
			const {least, most} = plausibleCounts(slots, odds, ERROR / 2n);
			const led = timesLed(vrf, sigma, f, slots);
			t.log(`${led} of ${slots} slots, ${least} to ${most} are plausible; error below ${textOf(ERROR)}`);
			t.true(led >= least && led <= most);
		});

test('a pool that led as if a slot were divided by stake linearly would be found out', t => {
	// f·sigma instead of 1-(1-f)^sigma, at f = 1/2 and sigma = 1/2: 0.25 instead of 0.293.
	const {least} = plausibleCounts(20_000, leaderOdds(Ratio(1n, 2n), Ratio(1n, 2n)), ERROR / 2n);
	t.true(20_000 / 4 < least);
});

test('the threshold and the exact rule agree on every real output', t => {
	const [sigma, f] = [Ratio(1n, 3n), Ratio(1n, 4n)];
	const vrfSeed = crypto.blake2b256(encodeUtf8('exact'));
	const threshold = leaderThreshold(sigma, f);
	for (let slot = 0; slot < 300; slot++) {
		const output = crypto.vrfOutput(crypto.proveVrf(vrfSeed, vrfInput(crypto, slot, nonce)));
		const leads = leaderProof(crypto, {vrfSeed, slot, epochNonce: nonce, threshold}) !== undefined;
		t.is(isSlotLeader(f, sigma, leaderValue(crypto, output)), leads);
	}
});
