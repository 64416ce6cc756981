import test from 'ava';
import fc from 'fast-check';
import {AssertionError} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {createErasureKernel} from '#node/adapters/erasure-kernel';
import {DEVNET_CODE, isCodeProfile, SMALL_CODE, WIDE_CODE} from '#pieces/erasure/code-profile';
import {encodePieces, recoverPieces} from '#pieces/erasure/erasure-code';
import {invert, multiply} from '#pieces/erasure/galois-field';
import {encodingRow, invertMatrix, recoveryMatrix} from '#pieces/erasure/matrix';
import {referenceKernel} from '#pieces/erasure/reference-kernel';
import {bytesOf} from '../storage-proofs/worlds.ts';

const kernel = await createErasureKernel();
const kernels = [kernel, await createErasureKernel({relaxedSimd: false})];

/** Carry-less multiplication and reduction, bit by bit. */
const slowProduct = (a: number, b: number): number => {
	let product = 0;
	for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) product ^= a << bit;
	for (let bit = 15; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11d << (bit - 8);
	return product;
};

test('the field multiplies as polynomials do, and every byte but zero has an inverse', t => {
	let wrong = 0;
	for (let a = 0; a < 256; a++)
		for (let b = 0; b < 256; b++) if (multiply(a, b) !== slowProduct(a, b)) wrong++;
	for (let a = 1; a < 256; a++) if (multiply(a, invert(a)) !== 1) wrong++;
	t.is(wrong, 0);
	t.throws(() => invert(0), {instanceOf: AssertionError});
});

test('a singular matrix has no inverse', t => {
	t.is(invertMatrix([Uint8Array.of(1, 2), Uint8Array.of(1, 2)]), undefined);
	t.is(invertMatrix([Uint8Array.of(0)]), undefined);
});

test('a matrix times its inverse changes nothing', t => {
	const have = [1, 5, 6, 9];
	const rows = recoveryMatrix(4, have, have);
	t.deepEqual(
		rows.map(row => [...row]),
		[0, 1, 2, 3].map(one => [0, 1, 2, 3].map(column => Number(column === one))),
	);
});

test('the profiles of the design are codes', t => {
	for (const code of [WIDE_CODE, SMALL_CODE, DEVNET_CODE]) t.true(isCodeProfile(code));
	t.false(isCodeProfile({...DEVNET_CODE, k: 8}));
	t.false(isCodeProfile({...DEVNET_CODE, total: 257}));
	t.false(isCodeProfile({...DEVNET_CODE, k: 0}));
});

test('with and without relaxed SIMD, the vector kernel equals the definition for every shape and length', t => {
	const shape = fc.record({
		rows: fc.integer({min: 1, max: 9}),
		columns: fc.integer({min: 1, max: 9}),
		length: fc.oneof(fc.integer({min: 0, max: 300}), fc.integer({min: 4000, max: 4200})),
		seed: fc.nat(),
	});
	fc.assert(
		fc.property(shape, ({rows, columns, length, seed}) => {
			const matrix = Array.from({length: rows}, (_, row) => bytesOf(`matrix ${seed} ${row}`, columns));
			const inputs = Array.from({length: columns}, (_, column) => bytesOf(`input ${seed} ${column}`, length));
			const expected = matrix.map(() => new Uint8Array(length));
			referenceKernel.multiply(matrix, inputs, expected);
			for (const one of kernels) {
				const outputs = matrix.map(() => new Uint8Array(length).fill(0xaa));
				one.multiply(matrix, inputs, outputs);
				t.deepEqual(outputs.map(toHex), expected.map(toHex));
			}
		}),
		{numRuns: 40},
	);
});

test('with and without relaxed SIMD, the vector kernel multiplies every byte by every byte', t => {
	const bytes = Uint8Array.from({length: 256}, (_, index) => index);
	const matrix = Array.from({length: 256}, (_, factor) => Uint8Array.of(factor));
	for (const one of kernels) {
		const outputs = matrix.map(() => new Uint8Array(256));
		one.multiply(matrix, [bytes], outputs);
		let wrong = 0;
		for (const [factor, output] of outputs.entries())
			for (const [byte, product] of output.entries()) if (product !== slowProduct(factor, byte)) wrong++;
		t.is(wrong, 0);
	}
});

test('pieces longer than the kernel holds at once are done whole', t => {
	const [a, b] = [bytesOf('long a', 300_001), bytesOf('long b', 300_001)];
	const output = new Uint8Array(300_001);
	kernel.multiply([Uint8Array.of(3, 7)], [a, b], [output]);
	const expected = output.map((_, at) => slowProduct(3, a[at] ?? 0) ^ slowProduct(7, b[at] ?? 0));
	t.deepEqual(output, expected);
});

test('shapes that do not fit are a mistake of the caller', t => {
	const byte = new Uint8Array(1);
	t.throws(() => kernel.multiply([byte], [byte], []), {instanceOf: AssertionError});
	t.throws(() => kernel.multiply([byte], [byte, byte], [byte]), {instanceOf: AssertionError});
	t.throws(() => kernel.multiply([byte], [byte], [new Uint8Array(2)]), {instanceOf: AssertionError});
	t.throws(() => recoverPieces(kernel, 2, [{index: 0, bytes: byte}], [1]), {instanceOf: AssertionError});
});

test('data pieces are the data, and parity rows are those of the Cauchy matrix', t => {
	t.deepEqual([...encodingRow(4, 2)], [0, 0, 1, 0]);
	t.deepEqual([...encodingRow(4, 5)], [5, 4, 7, 6].map(invert));
	t.deepEqual(encodePieces(kernel, [Uint8Array.of(1)], []), []);
});

for (const {k, total} of [DEVNET_CODE, SMALL_CODE, WIDE_CODE])
	test(`any ${k} of ${total} pieces give back all the others`, t => {
		const data = Array.from({length: k}, (_, index) => bytesOf(`data ${index}`, 130));
		const parity = encodePieces(
			kernel,
			data,
			Array.from({length: total - k}, (_, index) => k + index),
		);
		const all = [...data, ...parity];
		fc.assert(
			fc.property(fc.shuffledSubarray([...all.keys()], {minLength: k, maxLength: k}), have => {
				const recovered = recoverPieces(
					kernel,
					k,
					have.map(index => ({index, bytes: all[index] as Uint8Array})),
					[...all.keys()],
				);
				t.deepEqual(recovered.map(toHex), all.map(toHex));
			}),
			{numRuns: 60},
		);
	});

test('every choice of four among the seven pieces of a devnet gives back the data', t => {
	const data = Array.from({length: 4}, (_, index) => bytesOf(`data ${index}`, 64));
	const all = [...data, ...encodePieces(kernel, data, [4, 5, 6])];
	let choices = 0;
	for (let mask = 0; mask < 128; mask++) {
		const have = [...all.keys()].filter(index => (mask >> index) & 1);
		if (have.length !== 4) continue;
		choices++;
		const pieces = have.map(index => ({index, bytes: all[index] as Uint8Array}));
		t.deepEqual(recoverPieces(kernel, 4, pieces, [0, 1, 2, 3]).map(toHex), data.map(toHex));
	}
	t.is(choices, 35);
});
