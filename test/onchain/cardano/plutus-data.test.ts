import {dataFromCbor, dataToCbor} from '@harmoniclabs/plu-ts';
import test from 'ava';
import fc from 'fast-check';
import {fromHex, toHex} from '#kernel/bytes';
import {
	dataBytes,
	dataConstructor,
	dataInteger,
	dataList,
	decodePlutusData,
	encodePlutusData,
	type PlutusData,
} from '#onchain/cardano/plutus-data';

const {data} = fc.letrec<{data: PlutusData}>(tie => ({
	data: fc.oneof(
		{maxDepth: 3},
		fc.bigInt({min: -(2n ** 80n), max: 2n ** 80n}).map(value => dataInteger(value)),
		fc.uint8Array({maxLength: 200}).map(dataBytes),
		fc.array(tie('data'), {maxLength: 4}).map(dataList),
		fc
			.tuple(fc.constantFrom(0, 1, 6, 7, 127, 128, 5_000), fc.array(tie('data'), {maxLength: 4}))
			.map(([tag, fields]) => dataConstructor(tag, ...fields)),
		fc
			.array(fc.tuple(tie('data'), tie('data')), {maxLength: 3})
			.map((pairs): PlutusData => ({kind: 'map', pairs})),
	),
}));

test('data comes back as it was written', t => {
	fc.assert(
		fc.property(data, value => {
			t.deepEqual(decodePlutusData(encodePlutusData(value)), {ok: true, value});
		}),
	);
});

test('data is written as the ledger writes it', t => {
	const written = (value: PlutusData) => toHex(encodePlutusData(value));
	t.is(written(dataConstructor(0)), 'd87980');
	t.is(written(dataConstructor(1, dataInteger(7))), 'd87a9f07ff');
	t.is(written(dataConstructor(7, dataBytes(Uint8Array.of(1)))), 'd905009f4101ff');
	t.is(written(dataInteger(-1)), '20');
	t.is(written(dataInteger(2n ** 64n)), 'c249010000000000000000');
	t.is(written(dataInteger(-(2n ** 64n) - 1n)), 'c349010000000000000000');
	t.is(written(dataBytes(new Uint8Array(65))), `5f5840${'00'.repeat(64)}4100ff`);
});

test('plu-ts reads the same value from it', t => {
	const value = dataConstructor(2, dataInteger(300), dataList([dataBytes(Uint8Array.of(9))]));
	const again = dataToCbor(dataFromCbor(toHex(encodePlutusData(value)))).toString();
	t.deepEqual(decodePlutusData(fromHex(again)), {ok: true, value});
});

test('indefinite and definite forms are the same data', t => {
	const definite = decodePlutusData(fromHex('d8798201a10203'));
	t.deepEqual(definite, decodePlutusData(fromHex('d8799f01bf0203ffff')));
	t.true(definite.ok);
});

test('refuses what is no data: text, floats, unknown tags, nesting without end, bytes after the end', t => {
	for (const hex of ['6161', 'f93c00', 'd81e8201', 'c1', '', '81', '8001', `${'81'.repeat(40)}00`, 'd87a'])
		t.false(decodePlutusData(fromHex(hex)).ok, hex);
});

test('any bytes decode or fail with a code', t => {
	const mutated = fc.tuple(data, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
		const bytes = encodePlutusData(value);
		bytes[at % bytes.length] = byte;
		return bytes;
	});
	fc.assert(
		fc.property(fc.oneof(fc.uint8Array({maxLength: 120}), mutated), bytes => {
			const decoded = decodePlutusData(bytes);
			t.true(decoded.ok || decoded.error.code.startsWith('CBOR_'));
		}),
	);
});
