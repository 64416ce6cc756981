import test from 'ava';
import fc from 'fast-check';
import {decimalText, parseDecimal} from '#income/decimal';

test('a decimal text is a whole number of its smallest unit, exactly', t => {
	t.is(parseDecimal('12.5', 6), 12_500_000n);
	t.is(parseDecimal(' 0.000000000001 ', 12), 1n);
	t.is(parseDecimal('7.', 2), 700n);
	t.is(parseDecimal('1.2300', 2), 123n);
});

test('refuses what is finer than the unit, negative, in thousands, exponents or nothing', t => {
	for (const text of ['1.234', '-1', '1,000', '1e3', '', '.', '0x10', '1'.repeat(19)])
		t.is(parseDecimal(text, 2), undefined, text);
});

test('every amount survives being written and read', t => {
	fc.assert(
		fc.property(fc.bigInt({min: 0n, max: 10n ** 18n}), fc.nat(12), fc.nat(3), (value, decimals, shown) => {
			t.is(parseDecimal(decimalText(value, decimals, Math.min(shown, decimals)), decimals), value);
		}),
	);
	t.is(decimalText(-1_050_000n, 6, 2), '-1.05');
	t.is(decimalText(2n, 0), '2');
});
