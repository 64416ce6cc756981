import test from 'ava';
import fc from 'fast-check';
import {Ratio} from '#kernel/ratio';
import {
	anyOf,
	anyOfMany,
	CERTAIN,
	numberUp,
	overDown,
	overUp,
	powerDown,
	powerUp,
	probability,
	textOf,
	timesDown,
	timesUp,
} from './probability.ts';

const chances = fc.bigInt({min: 0n, max: CERTAIN});

test('rounds a product up or down, by less than one place', t => {
	fc.assert(
		fc.property(chances, chances, (a, b) => {
			const exact = a * b;
			t.true(timesUp(a, b) * CERTAIN >= exact && timesDown(a, b) * CERTAIN <= exact);
			t.true(timesUp(a, b) - timesDown(a, b) <= 1n);
		}),
	);
});

test('rounds a quotient up or down, by less than one place', t => {
	fc.assert(
		fc.property(chances, fc.bigInt({min: 1n, max: CERTAIN}), (a, b) => {
			t.true(overUp(a, b) * b >= a * CERTAIN && overDown(a, b) * b <= a * CERTAIN);
			t.true(overUp(a, b) - overDown(a, b) <= 1n);
		}),
	);
});

test('powers of a half are exact', t => {
	const half = probability(Ratio(1n, 2n));
	t.is(powerUp(half, 10), CERTAIN / 1024n);
	t.is(powerDown(half, 10), CERTAIN / 1024n);
	t.is(powerUp(half, 0), CERTAIN);
});

test('a power is never rounded to the wrong side', t => {
	const third = {up: overUp(CERTAIN, 3n * CERTAIN), down: overDown(CERTAIN, 3n * CERTAIN)};
	for (const exponent of [1, 2, 7, 50]) {
		const divisor = 3n ** BigInt(exponent);
		t.true(powerUp(third.up, exponent) * divisor >= CERTAIN);
		t.true(powerDown(third.down, exponent) * divisor <= CERTAIN);
	}
});

test('adds chances up to certainty', t => {
	const half = CERTAIN / 2n;
	t.is(anyOf(half / 2n, half), (half * 3n) / 2n);
	t.is(anyOf(half, half, half), CERTAIN);
	t.is(anyOfMany(3, half), CERTAIN);
});

test('says a chance with two digits, rounded up', t => {
	t.is(textOf(CERTAIN), '1.0');
	t.is(textOf(0n), '0');
	t.is(textOf(CERTAIN / 1000n), '1.0e-3');
	t.is(textOf(CERTAIN / 1000n + 1n), '1.1e-3');
	t.is(textOf(CERTAIN / 1024n), '9.8e-4');
	t.is(textOf((CERTAIN * 999n) / 100_000n), '1.0e-2');
});

test('a double is never below the chance', t => {
	fc.assert(
		fc.property(fc.bigInt({min: 1n, max: CERTAIN}), chance => {
			const double = numberUp(chance);
			const exact = BigInt(Math.round(double * 2 ** 52)) << 204n;
			t.true(double > 0 && double <= 1);
			// A double that is too small to be compared like that is compared by its magnitude.
			if (double > 2 ** -40) t.true(exact + (1n << 204n) >= chance);
		}),
	);
	t.is(numberUp(CERTAIN / 4n), 0.25);
	t.is(numberUp(1n), 2 ** -256);
});
