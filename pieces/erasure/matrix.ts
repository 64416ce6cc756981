/** The matrices of a systematic k-of-n code: identity over Cauchy. Any k of its rows can be inverted. */
import {assert, defined} from '#kernel/assert';
import {invert, multiply} from './galois-field.ts';

/** Rows of bytes. */
export type Matrix = readonly Uint8Array[];

/** Rows are told apart by a byte. */
export const PIECES_MAX = 256;

/**
 * What makes piece `index` from the k data pieces: one of them as it is, or a row of the Cauchy matrix
 * 1 / (index XOR column), whose square submatrices are all regular.
 */
export const encodingRow = (k: number, index: number): Uint8Array => {
	assert(k >= 1 && index >= 0 && index < PIECES_MAX && k <= PIECES_MAX, 'no such row');
	return Uint8Array.from({length: k}, (_, column) =>
		index < k ? Number(index === column) : invert(index ^ column),
	);
};

const subtractMultiple = (row: Uint8Array, factor: number, from: Uint8Array): void => {
	for (let column = 0; column < row.length; column++)
		row[column] = (row[column] as number) ^ multiply(factor, from[column] as number);
};

/** Gauss-Jordan; undefined when the matrix is singular. O(n^3) on at most 256 rows. */
export const invertMatrix = (matrix: Matrix): Matrix | undefined => {
	const size = matrix.length;
	const rows = matrix.map((row, index) => {
		const wide = new Uint8Array(2 * size);
		wide.set(row);
		wide[size + index] = 1;
		return wide;
	});
	for (let column = 0; column < size; column++) {
		const found = rows.findIndex((row, index) => index >= column && row[column] !== 0);
		if (found < 0) return undefined;
		const pivot = defined(rows[found], 'the pivot row was found');
		rows[found] = defined(rows[column], 'the matrix is square');
		rows[column] = pivot;
		const scale = invert(pivot[column] as number);
		for (let at = 0; at < pivot.length; at++) pivot[at] = multiply(scale, pivot[at] as number);
		for (const row of rows)
			if (row !== pivot && row[column] !== 0) subtractMultiple(row, row[column] as number, pivot);
	}
	return rows.map(row => row.slice(size));
};

const productRow = (row: Uint8Array, matrix: Matrix): Uint8Array => {
	const product = new Uint8Array(row.length);
	for (const [at, factor] of row.entries())
		if (factor !== 0) subtractMultiple(product, factor, defined(matrix[at], 'the shapes fit'));
	return product;
};

/** What makes the pieces `want` from the k distinct pieces `have`. */
export const recoveryMatrix = (k: number, have: readonly number[], want: readonly number[]): Matrix => {
	assert(have.length === k && new Set(have).size === k, 'k distinct pieces are needed');
	const inverse = defined(
		invertMatrix(have.map(index => encodingRow(k, index))),
		'k rows of a Cauchy code can be inverted',
	);
	return want.map(index => productRow(encodingRow(k, index), inverse));
};
