import test from 'ava';
import fc from 'fast-check';
import {exponential} from '#consensus/leader/exponential';
import {floorDivide, ONE} from '#consensus/leader/fixed-point';
import {isBelowThreshold, leaderThreshold} from '#consensus/leader/leader-threshold';
import {logarithm} from '#consensus/leader/logarithm';
import {activeSlotLogarithm, isLeaderNumber, isSlotLeader} from '#consensus/leader/slot-leader';
import {ThresholdCache} from '#consensus/leader/threshold-cache';
import {leaderValue, nonceContribution, vrfInput} from '#consensus/leader/vrf-values';
import {bigFromBytes, concat, u64be} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import {crypto} from '../../support/crypto.ts';

const half = Ratio(1n, 2n);
const twentieth = Ratio(1n, 20n);
const values = fc.uint8Array({minLength: 32, maxLength: 32});
const ratios = fc
	.tuple(fc.bigInt({min: 0n, max: 10n ** 15n}), fc.bigInt({min: 1n, max: 10n ** 15n}))
	.map(([a, b]) => (a <= b ? Ratio(a, b) : Ratio(b, a)));

test('divides towards minus infinity, unlike BigInt', t => {
	t.is(floorDivide(-7n, 2n), -4n);
	t.is(floorDivide(7n, -2n), -4n);
	t.is(floorDivide(-8n, 2n), -4n);
	t.is(floorDivide(7n, 2n), 3n);
});

test('a pool with all the stake leads with probability f', t => {
	const threshold = leaderThreshold(Ratio(1n, 1n), half);
	t.true(threshold !== 'always');
	// 1 - (1 - 1/2)^1 of all values; series stop at 10^-24, which is 2^176 of 2^256.
	const middle = 1n << 255n;
	const off = threshold === 'always' ? middle : bigFromBytes(threshold) - middle;
	t.true(off < 1n << 178n && off > -(1n << 178n));
});

test('a pool without stake never leads, and with f = 1 every pool always does', t => {
	t.false(isSlotLeader(half, Ratio(0n, 1n), new Uint8Array(32)));
	t.deepEqual(leaderThreshold(Ratio(0n, 1n), half), new Uint8Array(32));
	t.true(isSlotLeader(Ratio(1n, 1n), Ratio(0n, 1n), new Uint8Array(32).fill(255)));
	t.is(leaderThreshold(Ratio(0n, 1n), Ratio(1n, 1n)), 'always');
});

test('the threshold decides exactly as the arithmetic does, at its edge above all', t => {
	const logarithmOfInactive = activeSlotLogarithm(twentieth) as bigint;
	fc.assert(
		fc.property(ratios, values, (sigma, value) => {
			const threshold = leaderThreshold(sigma, twentieth);
			if (threshold === 'always') return false;
			const edge = bigFromBytes(threshold);
			const isEdge =
				!isLeaderNumber(edge, sigma, logarithmOfInactive) &&
				(edge === 0n || isLeaderNumber(edge - 1n, sigma, logarithmOfInactive));
			return isEdge && isBelowThreshold(value, threshold) === isSlotLeader(twentieth, sigma, value);
		}),
		{numRuns: 12},
	);
	t.pass();
});

test('more stake never means fewer slots', t => {
	fc.assert(
		fc.property(ratios, ratios, values, (a, b, value) => {
			const [less, more] = a.numerator * b.denominator <= b.numerator * a.denominator ? [a, b] : [b, a];
			return !isSlotLeader(twentieth, less, value) || isSlotLeader(twentieth, more, value);
		}),
		{numRuns: 200},
	);
	t.pass();
});

test('splitting stake neither wins nor loses: (1 - f)^a (1 - f)^b = (1 - f)^(a + b)', t => {
	const share = (sigma: Ratio): number => {
		const threshold = leaderThreshold(sigma, half);
		return threshold === 'always' ? 1 : Number(bigFromBytes(threshold) >> 203n) / 2 ** 53;
	};
	const parts = [Ratio(2n, 5n), Ratio(2n, 5n), Ratio(1n, 5n)].map(share);
	const none = parts.reduce((product, part) => product * (1 - part), 1);
	t.true(Math.abs(none - (1 - share(Ratio(1n, 1n)))) < 1e-12);
});

test('e^(ln x) is x, but for the last places', t => {
	fc.assert(
		fc.property(fc.bigInt({min: ONE / 1000n, max: 50n * ONE}), x => {
			const error = exponential(logarithm(x)) - x;
			return (error < 0n ? -error : error) < 10n ** 14n;
		}),
		{numRuns: 100},
	);
	t.pass();
});

test('a cache gives what was computed and tells shares and coefficients apart', t => {
	const cache = new ThresholdCache();
	for (const [sigma, f] of [
		[half, half],
		[half, twentieth],
		[twentieth, half],
	] as const) {
		const threshold = cache.threshold(sigma, f);
		t.deepEqual(threshold, leaderThreshold(sigma, f));
		t.is(cache.threshold(sigma, f), threshold);
	}
});

test('a full cache forgets its oldest threshold, grows no further and computes the same again', t => {
	const cache = new ThresholdCache(3);
	const shares = [1n, 2n, 3n, 4n, 5n].map(share => Ratio(share, 7n));
	const first = shares.map(share => cache.threshold(share, half));
	t.is(cache.size, 3);
	const again = [4, 3, 2, 1, 0].map(index => cache.threshold(shares[index] as Ratio, half));
	t.is(cache.size, 3);
	t.deepEqual(again.reverse(), first);
	t.deepEqual(
		again.map((threshold, index) => threshold === first[index]),
		[false, false, true, true, true],
	);
});

test('draws input, leader value and nonce contribution from the bytes that Cardano hashes', t => {
	const nonce = Hash32(new Uint8Array(32).fill(3));
	const output = new Uint8Array(64).fill(9);
	t.deepEqual(vrfInput(crypto, 258, nonce), crypto.blake2b256(concat(u64be(258), nonce)));
	t.deepEqual(vrfInput(crypto, 258, 'neutral'), crypto.blake2b256(u64be(258)));
	t.deepEqual(leaderValue(crypto, output), crypto.blake2b256(concat(Uint8Array.of(0x4c), output)));
	t.deepEqual(
		nonceContribution(crypto, output),
		crypto.blake2b256(crypto.blake2b256(concat(Uint8Array.of(0x4e), output))),
	);
});
