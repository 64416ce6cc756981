/** Bytes of data that become pieces, or come back from the worst choice of pieces, each second on one core. */
import {createErasureKernel} from '#node/adapters/erasure-kernel';
import type {ErasureKernel} from '#pieces/erasure/erasure-kernel';
import {multiply} from '#pieces/erasure/galois-field';
import {encodingRow, type Matrix, recoveryMatrix} from '#pieces/erasure/matrix';
import {type Bench, type Figure, moreIsBetter} from './bench.ts';
import {ratePerSecond} from './measure.ts';

const GIGA = 1e9;
/** A segment of the devnet. */
const DATA_BYTES = 8 * 2 ** 20;
/** The peer is slow: it gets less to do. */
const PEER_DATA_BYTES = 2 ** 18;

const PRODUCTS = Array.from({length: 256}, (_, factor) =>
	Uint8Array.from({length: 256}, (__, byte) => multiply(factor, byte)),
);

/** How erasure coding is done without vectors: one look-up for each byte of each product. */
const tableLoops: ErasureKernel = {
	multiply: (matrix, inputs, outputs) => {
		for (const [r, output] of outputs.entries()) {
			output.fill(0);
			for (const [c, input] of inputs.entries()) {
				const products = PRODUCTS[matrix[r]?.[c] as number] as Uint8Array;
				for (let at = 0; at < input.length; at++)
					output[at] = (output[at] as number) ^ (products[input[at] as number] as number);
			}
		}
	},
};

const dataPieces = (k: number, bytes: number): Uint8Array[] =>
	Array.from({length: k}, (_, index) =>
		new Uint8Array(Math.ceil(bytes / k / 64) * 64).map((__, at) => (at * 7 + index) & 255),
	);

const countFrom = (first: number, count: number): number[] =>
	Array.from({length: count}, (_, at) => first + at);

/** Into pieces that are allocated already: what is measured is the kernel, copies into and out of its memory included. */
const multiplyRate = (kernel: ErasureKernel, matrix: Matrix, inputs: readonly Uint8Array[]): number => {
	const outputs = matrix.map(() => new Uint8Array(inputs[0]?.length ?? 0));
	const bytes = inputs.reduce((sum, input) => sum + input.length, 0);
	return ratePerSecond(() => {
		kernel.multiply(matrix, inputs, outputs);
		return bytes / GIGA;
	});
};

const encodeRate = (kernel: ErasureKernel, k: number, total: number, bytes: number): number =>
	multiplyRate(
		kernel,
		countFrom(k, total - k).map(index => encodingRow(k, index)),
		dataPieces(k, bytes),
	);

/** As many data pieces as possible are lost. */
const recoverRate = (kernel: ErasureKernel, k: number, total: number, bytes: number): number => {
	const lost = Math.min(k, total - k);
	return multiplyRate(
		kernel,
		recoveryMatrix(k, countFrom(lost, k), countFrom(0, lost)),
		dataPieces(k, bytes),
	);
};

const erasureBench = (k: number, total: number): Bench => ({
	name: `erasure-${k}/${total}`,
	run: async (): Promise<Figure[]> => {
		const kernel = await createErasureKernel();
		const plain = await createErasureKernel({relaxedSimd: false});
		const name = `erasure-${k}/${total}`;
		const peer = {
			name: 'table loops in JavaScript',
			value: encodeRate(tableLoops, k, total, PEER_DATA_BYTES),
		};
		const recoverPeer = {...peer, value: recoverRate(tableLoops, k, total, PEER_DATA_BYTES)};
		return [
			moreIsBetter(name, 'GB/s', encodeRate(kernel, k, total, DATA_BYTES), peer),
			moreIsBetter(`${name}-plain-simd`, 'GB/s', encodeRate(plain, k, total, DATA_BYTES), peer),
			moreIsBetter(`${name}-recover`, 'GB/s', recoverRate(kernel, k, total, DATA_BYTES), recoverPeer),
		];
	},
});

export const erasureBenches: readonly Bench[] = [
	erasureBench(10, 30),
	erasureBench(4, 6),
	erasureBench(20, 54),
];
