/** Any k pieces of a segment, as a systematic code over GF(2^8) makes them. Masks are none of its business. */
import {assert, defined} from '#kernel/assert';
import type {ErasureKernel} from './erasure-kernel.ts';
import {encodingRow, recoveryMatrix} from './matrix.ts';

export type IndexedPiece = {readonly index: number; readonly bytes: Uint8Array};

/** Parity pieces `indexes` (each at least k) over the k data pieces. Rows that nobody asks for cost nothing. */
export const encodePieces = (
	kernel: ErasureKernel,
	data: readonly Uint8Array[],
	indexes: readonly number[],
): readonly Uint8Array[] => {
	const outputs = indexes.map(() => new Uint8Array(data[0]?.length ?? 0));
	if (indexes.length > 0)
		kernel.multiply(
			indexes.map(index => encodingRow(data.length, index)),
			data,
			outputs,
		);
	return outputs;
};

/** Makes pieces `want` from exactly k distinct pieces of one length; those at hand are returned as they are. */
export const recoverPieces = (
	kernel: ErasureKernel,
	k: number,
	have: readonly IndexedPiece[],
	want: readonly number[],
): readonly Uint8Array[] => {
	assert(have.length === k, 'k pieces are needed');
	const atHand = new Map(have.map(({index, bytes}) => [index, bytes]));
	const missing = want.filter(index => !atHand.has(index));
	if (missing.length > 0) {
		const outputs = missing.map(() => new Uint8Array(have[0]?.bytes.length ?? 0));
		kernel.multiply(
			recoveryMatrix(
				k,
				have.map(({index}) => index),
				missing,
			),
			have.map(({bytes}) => bytes),
			outputs,
		);
		for (const [at, index] of missing.entries())
			atHand.set(index, defined(outputs[at], 'one output for each'));
	}
	return want.map(index => defined(atHand.get(index), 'the piece is at hand now'));
};
