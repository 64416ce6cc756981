import {Buffer} from 'node:buffer';
import test from 'ava';
import fc from 'fast-check';
import {AssertionError} from '#kernel/assert';
import {bigFromBytes, compareBytes, equalBytes, parseHex, toHex, u32be, u64be} from '#kernel/bytes';
import {Lovelace, shareOf, subtractLovelace} from '#kernel/lovelace';
import {compareRatios, divideCeiling, parseRatio, Ratio} from '#kernel/ratio';
import {Slot} from '#kernel/slot';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';

test('hexadecimal, UTF-8 and byte order agree with the platform', t => {
	fc.assert(
		fc.property(fc.uint8Array(), fc.uint8Array(), fc.string({unit: 'binary'}), (a, b, text) => {
			t.is(toHex(a), Buffer.from(a).toString('hex'));
			t.deepEqual(parseHex(toHex(a).toUpperCase()), a);
			t.is(compareBytes(a, b), Buffer.compare(a, b));
			t.is(equalBytes(a, b), Buffer.compare(a, b) === 0);
			if (!/[\ud800-\udfff]/u.test(text)) {
				t.deepEqual(encodeUtf8(text), new Uint8Array(Buffer.from(text)));
				t.is(decodeUtf8(encodeUtf8(text)), text);
			}
		}),
	);
});

test('hexadecimal of any length is what the platform makes of it', t => {
	for (const length of [0, 1, 4095, 4096, 4097, 20_000]) {
		const bytes = Uint8Array.from({length}, (_, index) => (index * index) & 255);
		t.is(toHex(bytes), Buffer.from(bytes).toString('hex'));
		t.deepEqual(parseHex(toHex(bytes)), bytes);
	}
});

test('texts that are not hexadecimal are undefined', t => {
	fc.assert(
		fc.property(fc.string({unit: 'binary', maxLength: 6}), text => {
			const isHex = text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text);
			t.is(parseHex(text) !== undefined, isHex);
		}),
	);
	for (const text of ['a', 'g0', '0G', '@0', '`0', '/0', ':0', '0\u0130', '\uff10\uff10'])
		t.is(parseHex(text), undefined);
});

test('bytes that are not UTF-8 are undefined, as TextDecoder says', t => {
	const strict = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
	const platform = (bytes: Uint8Array): string | undefined => {
		try {
			return strict.decode(bytes);
		} catch {
			return undefined;
		}
	};
	fc.assert(
		fc.property(
			fc.array(fc.constantFrom(0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0xed, 0xf0, 0x90, 0xf4, 0x8f, 0xff)),
			values => {
				const bytes = Uint8Array.from(values);
				t.is(decodeUtf8(bytes), platform(bytes));
			},
		),
		{numRuns: 2000},
	);
});

test('big-endian numbers are those of the platform', t => {
	const platform = (value: bigint): Uint8Array => {
		const bytes = Buffer.alloc(8);
		bytes.writeBigUInt64BE(value);
		return new Uint8Array(bytes);
	};
	fc.assert(
		fc.property(fc.bigInt({min: 0n, max: 2n ** 64n - 1n}), fc.maxSafeNat(), (big, number) => {
			t.deepEqual(u64be(big), platform(big));
			t.deepEqual(u64be(number), platform(BigInt(number)));
		}),
	);
	for (const number of [0, 255, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])
		t.deepEqual(u64be(number), platform(BigInt(number)));
	t.throws(() => u64be(1.5));
});

test('hexadecimal of odd length or with other characters is not parsed', t => {
	t.is(parseHex('abc'), undefined);
	t.is(parseHex('zz'), undefined);
});

test('integers to bytes and back', t => {
	t.is(toHex(u64be(2n ** 63n + 1n)), '8000000000000001');
	t.is(toHex(u32be(4_294_967_295)), 'ffffffff');
	t.is(bigFromBytes(u64be(123_456_789n)), 123_456_789n);
	t.is(bigFromBytes(new Uint8Array()), 0n);
});

test('ratios are exact, in lowest terms, and read from fractions and decimals', t => {
	t.deepEqual(Ratio(10n, 200n), Ratio(1n, 20n));
	t.deepEqual(parseRatio('0.05'), Ratio(1n, 20n));
	t.deepEqual(parseRatio('3/6'), Ratio(1n, 2n));
	t.is(parseRatio('1/0'), undefined);
	t.is(parseRatio('-1'), undefined);
	t.is(parseRatio('1e3'), undefined);
	t.is(compareRatios(Ratio(1n, 3n), Ratio(333n, 1000n)), 1);
	t.is(divideCeiling(3 * 2160, Ratio(1n, 20n)), 129_600);
	t.is(divideCeiling(1, Ratio(2n, 3n)), 2);
});

test('money neither goes below nothing nor above 64 bits', t => {
	t.is(subtractLovelace(Lovelace(1n), Lovelace(2n)), undefined);
	t.is(subtractLovelace(Lovelace(2n), Lovelace(2n)), Lovelace(0n));
	t.is(shareOf(Lovelace(99n), Ratio(1n, 20n)), Lovelace(4n));
	t.throws(() => Lovelace(-1n), {instanceOf: AssertionError});
	t.throws(() => Lovelace(2n ** 64n), {instanceOf: AssertionError});
	t.throws(() => Slot(1.5), {instanceOf: AssertionError});
});
