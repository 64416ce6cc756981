/**
 * GF(2^8) matrix times pieces, in AssemblyScript with 128-bit vectors. A product by a constant is two table look-ups, one
 * for each half of a byte (`swizzle` looks up sixteen at once). The functions work on blocks of output rows and columns
 * whose sums stay in registers: each input vector is split once for all rows of the block, each table is loaded once
 * for all its columns. The caller lays out memory (`node/adapters/erasure-kernel`):
 *   inputs   `count` rows of bytes, `inputStride` apart
 *   tables   for each input, for each row of the block: 16 products by the low half, 16 by the high half
 *   outputs  the rows of the block, `outputStride` apart; overwritten
 *   length   bytes of a row to do; a multiple of 64
 */

/** With relaxed SIMD the look-up needs no care for indexes above 15, which never come. */
function lookUp(table: v128, index: v128): v128 {
	if (isDefined(RELAXED)) return i8x16.relaxed_swizzle(table, index);
	return i8x16.swizzle(table, index);
}

function addProduct(sum: v128, table: usize, low: v128, high: v128): v128 {
	return v128.xor(sum, v128.xor(lookUp(v128.load(table), low), lookUp(v128.load(table, 16), high)));
}

function highHalf(bytes: v128): v128 {
	return v128.and(i16x8.shr_u(bytes, 4), i8x16.splat(15));
}

function lowHalf(bytes: v128): v128 {
	return v128.and(bytes, i8x16.splat(15));
}

/** One output row, four vectors at a time. */
export function multiply1(
	inputs: usize,
	inputStride: usize,
	count: i32,
	outputs: usize,
	_outputStride: usize,
	tables: usize,
	length: usize,
): void {
	for (let at: usize = 0; at < length; at += 64) {
		let a0 = i64x2.splat(0);
		let a1 = a0;
		let a2 = a0;
		let a3 = a0;
		let input = inputs + at;
		let table = tables;
		for (let left = count; left > 0; left--) {
			const v0 = v128.load(input);
			const v1 = v128.load(input, 16);
			const v2 = v128.load(input, 32);
			const v3 = v128.load(input, 48);
			a0 = addProduct(a0, table, lowHalf(v0), highHalf(v0));
			a1 = addProduct(a1, table, lowHalf(v1), highHalf(v1));
			a2 = addProduct(a2, table, lowHalf(v2), highHalf(v2));
			a3 = addProduct(a3, table, lowHalf(v3), highHalf(v3));
			input += inputStride;
			table += 32;
		}
		const output = outputs + at;
		v128.store(output, a0);
		v128.store(output, a1, 16);
		v128.store(output, a2, 32);
		v128.store(output, a3, 48);
	}
}

/** Two output rows, four vectors at a time. */
export function multiply2(
	inputs: usize,
	inputStride: usize,
	count: i32,
	outputs: usize,
	outputStride: usize,
	tables: usize,
	length: usize,
): void {
	for (let at: usize = 0; at < length; at += 64) {
		let a0 = i64x2.splat(0);
		let a1 = a0;
		let a2 = a0;
		let a3 = a0;
		let b0 = a0;
		let b1 = a0;
		let b2 = a0;
		let b3 = a0;
		let input = inputs + at;
		let table = tables;
		for (let left = count; left > 0; left--) {
			const v0 = v128.load(input);
			const v1 = v128.load(input, 16);
			const v2 = v128.load(input, 32);
			const v3 = v128.load(input, 48);
			const l0 = lowHalf(v0);
			const h0 = highHalf(v0);
			const l1 = lowHalf(v1);
			const h1 = highHalf(v1);
			const l2 = lowHalf(v2);
			const h2 = highHalf(v2);
			const l3 = lowHalf(v3);
			const h3 = highHalf(v3);
			a0 = addProduct(a0, table, l0, h0);
			a1 = addProduct(a1, table, l1, h1);
			a2 = addProduct(a2, table, l2, h2);
			a3 = addProduct(a3, table, l3, h3);
			b0 = addProduct(b0, table + 32, l0, h0);
			b1 = addProduct(b1, table + 32, l1, h1);
			b2 = addProduct(b2, table + 32, l2, h2);
			b3 = addProduct(b3, table + 32, l3, h3);
			input += inputStride;
			table += 64;
		}
		let output = outputs + at;
		v128.store(output, a0);
		v128.store(output, a1, 16);
		v128.store(output, a2, 32);
		v128.store(output, a3, 48);
		output += outputStride;
		v128.store(output, b0);
		v128.store(output, b1, 16);
		v128.store(output, b2, 32);
		v128.store(output, b3, 48);
	}
}

/** Three output rows, two vectors at a time. */
export function multiply3(
	inputs: usize,
	inputStride: usize,
	count: i32,
	outputs: usize,
	outputStride: usize,
	tables: usize,
	length: usize,
): void {
	for (let at: usize = 0; at < length; at += 32) {
		let a0 = i64x2.splat(0);
		let a1 = a0;
		let b0 = a0;
		let b1 = a0;
		let c0 = a0;
		let c1 = a0;
		let input = inputs + at;
		let table = tables;
		for (let left = count; left > 0; left--) {
			const v0 = v128.load(input);
			const v1 = v128.load(input, 16);
			const l0 = lowHalf(v0);
			const h0 = highHalf(v0);
			const l1 = lowHalf(v1);
			const h1 = highHalf(v1);
			a0 = addProduct(a0, table, l0, h0);
			a1 = addProduct(a1, table, l1, h1);
			b0 = addProduct(b0, table + 32, l0, h0);
			b1 = addProduct(b1, table + 32, l1, h1);
			c0 = addProduct(c0, table + 64, l0, h0);
			c1 = addProduct(c1, table + 64, l1, h1);
			input += inputStride;
			table += 96;
		}
		let output = outputs + at;
		v128.store(output, a0);
		v128.store(output, a1, 16);
		output += outputStride;
		v128.store(output, b0);
		v128.store(output, b1, 16);
		output += outputStride;
		v128.store(output, c0);
		v128.store(output, c1, 16);
	}
}

/** Four output rows, two vectors at a time. */
export function multiply4(
	inputs: usize,
	inputStride: usize,
	count: i32,
	outputs: usize,
	outputStride: usize,
	tables: usize,
	length: usize,
): void {
	for (let at: usize = 0; at < length; at += 32) {
		let a0 = i64x2.splat(0);
		let a1 = a0;
		let b0 = a0;
		let b1 = a0;
		let c0 = a0;
		let c1 = a0;
		let d0 = a0;
		let d1 = a0;
		let input = inputs + at;
		let table = tables;
		for (let left = count; left > 0; left--) {
			const v0 = v128.load(input);
			const v1 = v128.load(input, 16);
			const l0 = lowHalf(v0);
			const h0 = highHalf(v0);
			const l1 = lowHalf(v1);
			const h1 = highHalf(v1);
			a0 = addProduct(a0, table, l0, h0);
			a1 = addProduct(a1, table, l1, h1);
			b0 = addProduct(b0, table + 32, l0, h0);
			b1 = addProduct(b1, table + 32, l1, h1);
			c0 = addProduct(c0, table + 64, l0, h0);
			c1 = addProduct(c1, table + 64, l1, h1);
			d0 = addProduct(d0, table + 96, l0, h0);
			d1 = addProduct(d1, table + 96, l1, h1);
			input += inputStride;
			table += 128;
		}
		let output = outputs + at;
		v128.store(output, a0);
		v128.store(output, a1, 16);
		output += outputStride;
		v128.store(output, b0);
		v128.store(output, b1, 16);
		output += outputStride;
		v128.store(output, c0);
		v128.store(output, c1, 16);
		output += outputStride;
		v128.store(output, d0);
		v128.store(output, d1, 16);
	}
}
