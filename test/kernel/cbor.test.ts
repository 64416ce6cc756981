import {Buffer} from 'node:buffer';
import test from 'ava';
import fc from 'fast-check';
import {concat, fromHex, toHex} from '#kernel/bytes';
import {
	bool,
	bytesBetween,
	type Codec,
	decode,
	decodeWith,
	encode,
	list,
	nullable,
	ratio,
	record,
	text,
	u64,
	uint,
	variant,
} from '#kernel/cbor/codec';
import {CborReader} from '#kernel/cbor/reader';
import {CborWriter} from '#kernel/cbor/writer';
import {Ratio} from '#kernel/ratio';
import {ok} from '#kernel/result';

const sample = record({
	count: uint(),
	amount: u64,
	name: text(40),
	key: bytesBetween(0, 300),
	flag: bool,
	maybe: nullable(uint(9)),
	share: ratio,
	shape: variant({point: [0, {}], circle: [1, {radius: uint()}], line: [7, {from: uint(), to: uint()}]}),
	items: list(uint(), 100),
});
type Sample = typeof sample extends Codec<infer T> ? T : never;

const shapes: fc.Arbitrary<Sample['shape']> = fc.oneof(
	fc.constant({kind: 'point'} as const),
	fc.maxSafeNat().map(radius => ({kind: 'circle', radius}) as const),
	fc.tuple(fc.maxSafeNat(), fc.maxSafeNat()).map(([from, to]) => ({kind: 'line', from, to}) as const),
);
const samples: fc.Arbitrary<Sample> = fc.record({
	count: fc.maxSafeNat(),
	amount: fc.bigInt({min: 0n, max: 2n ** 64n - 1n}),
	name: fc.string({unit: 'binary', maxLength: 10}).filter(name => !/[\ud800-\udfff]/u.test(name)),
	key: fc.uint8Array({maxLength: 300}),
	flag: fc.boolean(),
	maybe: fc.option(fc.nat(9)),
	share: fc
		.tuple(fc.bigInt({min: 0n, max: 2n ** 60n}), fc.bigInt({min: 1n, max: 2n ** 60n}))
		.map(([a, b]) => Ratio(a, b)),
	shape: shapes,
	items: fc.array(fc.maxSafeNat(), {maxLength: 100}),
});

test('what a codec writes it reads back', t => {
	fc.assert(
		fc.property(samples, value => void t.deepEqual(decode(sample, encode(sample, value)), ok(value))),
	);
	t.pass();
});

test('bytes that decode encode to the same bytes: there is one form of each value', t => {
	fc.assert(
		fc.property(samples, fc.nat(), fc.nat(255), (value, place, byte) => {
			const bytes = encode(sample, value);
			bytes[place % bytes.length] = byte;
			const decoded = decode(sample, bytes);
			if (decoded.ok) t.deepEqual(encode(sample, decoded.value), bytes);
		}),
	);
	t.pass();
});

test('no bytes make a decoder throw or read past their end', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), fc.boolean(), (bytes, canonical) => {
			const all = decodeWith(bytes, reader => reader.skip(), {canonical});
			t.is(typeof decode(sample, bytes).ok, 'boolean');
			if (all.ok) t.deepEqual(all.value, bytes);
		}),
		{numRuns: 2000},
	);
});

const rejections: readonly [string, string, string][] = [
	['an integer in a longer form than it needs', '1817', 'CBOR_NOT_CANONICAL'],
	['an integer below 256 in two bytes', '1900ff', 'CBOR_NOT_CANONICAL'],
	['an integer below 2^16 in four bytes', '1a0000ffff', 'CBOR_NOT_CANONICAL'],
	['an integer below 2^32 in eight bytes', '1b00000000ffffffff', 'CBOR_NOT_CANONICAL'],
	['an array that claims more than is there', '9b00ffffffffffffff', 'CBOR_TRUNCATED'],
	['a byte string that claims 4 GiB', '5affffffff00', 'CBOR_TRUNCATED'],
	['a byte string that claims 2^64 - 1 bytes', '5bffffffffffffffff', 'CBOR_TRUNCATED'],
	['an indefinite array', '9f01ff', 'CBOR_RESERVED'],
	['a float', 'fb7e37e43c8800759c', 'CBOR_RESERVED'],
	['bytes after the item', '0000', 'CBOR_TRAILING_BYTES'],
	['nothing', '', 'CBOR_TRUNCATED'],
];
for (const [what, hex, code] of rejections)
	test(`refuses ${what}`, t => {
		const decoded = decodeWith(fromHex(hex), reader => reader.skip());
		t.is(decoded.ok ? '' : decoded.error.code, code);
	});

test('refuses nesting beyond the limit without recursing', t => {
	const deep = decodeWith(new Uint8Array(1_000_000).fill(0x81), reader => reader.skip());
	t.is(deep.ok ? '' : deep.error.code, 'CBOR_TOO_DEEP');
});

test('refuses a variant, a length, a type, a range, a text and a ratio that do not fit', t => {
	const codeOf = (codec: Codec<never> | Codec<unknown>, hex: string): string => {
		const decoded = decode(codec as Codec<unknown>, fromHex(hex));
		return decoded.ok ? 'accepted' : decoded.error.code;
	};
	t.is(codeOf(variant({a: [0, {}]}), '8101'), 'CBOR_UNKNOWN_VARIANT');
	t.is(codeOf(variant({a: [0, {}]}), '820001'), 'CBOR_WRONG_LENGTH');
	t.is(codeOf(variant({a: [0, {}]}), '80'), 'CBOR_WRONG_LENGTH');
	t.is(codeOf(record({a: uint()}), '820001'), 'CBOR_WRONG_LENGTH');
	t.is(codeOf(uint(), '40'), 'CBOR_WRONG_TYPE');
	t.is(codeOf(uint(4), '05'), 'CBOR_OUT_OF_RANGE');
	t.is(codeOf(list(uint(), 1), '820001'), 'CBOR_TOO_LONG');
	t.is(codeOf(text(4), '62c328'), 'CBOR_BAD_TEXT');
	t.is(codeOf(ratio, '820204'), 'CBOR_NOT_CANONICAL');
	t.is(codeOf(ratio, '820200'), 'CBOR_OUT_OF_RANGE');
});

test('Cardano bytes in any well-formed form are passed over and kept as they came', t => {
	const forms = [
		'9f018202039f0405ffff',
		'bf61610161629f0203ffff',
		'5f42010243030405ff',
		'd81845820018ff02',
		'f93c00',
	];
	for (const hex of forms) {
		const bytes = fromHex(hex);
		const decoded = decodeWith(bytes, reader => reader.skip(), {canonical: false});
		t.deepEqual(decoded, ok(bytes), hex);
	}
});

test('the writer uses the shortest head for every length', t => {
	for (const [value, hex] of [
		[23n, '17'],
		[24n, '1818'],
		[255n, '18ff'],
		[256n, '190100'],
		[65_535n, '19ffff'],
		[65_536n, '1a00010000'],
		[2n ** 32n - 1n, '1affffffff'],
		[2n ** 32n, '1b0000000100000000'],
		[2n ** 64n - 1n, '1bffffffffffffffff'],
	] as const)
		t.is(toHex(new CborWriter().uint(value).finish()), hex);
	t.is(toHex(new CborWriter().int(-500).finish()), '3901f3');
	t.is(new CborReader(fromHex('3901f3')).int(), -500);
});

test('long strings survive the growth of the writer', t => {
	const long = new Uint8Array(100_000).fill(7);
	t.deepEqual(new CborWriter().bytes(long).finish(), concat(fromHex('5a000186a0'), long));
});

test('writers that are at work at once do not write into one another, and what one has written stays', t => {
	const first = new CborWriter().array(2).bytes(new Uint8Array(2_000).fill(1));
	const second = new CborWriter().bytes(new Uint8Array(3_000).fill(2)).finish();
	const written = first.uint(7).finish();
	const third = new CborWriter().bytes(new Uint8Array(3_000).fill(3)).finish();
	t.deepEqual(second.slice(3), new Uint8Array(3_000).fill(2));
	t.deepEqual(written.slice(4, 2_004), new Uint8Array(2_000).fill(1));
	t.deepEqual(third.slice(3), new Uint8Array(3_000).fill(3));
	t.throws(() => first.uint(8), {message: /has finished/});
	t.throws(() => first.finish(), {message: /finishes once/});
});

test('keeps a copy of a field, also when the message is a Buffer', t => {
	const message = Buffer.from([0x42, 1, 2]);
	const decoded = decode(bytesBetween(2, 2), message);
	message.fill(9);
	t.deepEqual(decoded, {ok: true, value: Uint8Array.of(1, 2)});
});
