import type {ErasureKernel} from './erasure-kernel.ts';
import {multiply} from './galois-field.ts';

/** The definition, one byte at a time. What the fast kernel must equal. */
export const referenceKernel: ErasureKernel = {
	multiply: (matrix, inputs, outputs) => {
		for (const [r, output] of outputs.entries())
			for (let at = 0; at < output.length; at++)
				output[at] = inputs.reduce(
					(sum, input, c) => sum ^ multiply(matrix[r]?.[c] as number, input[at] as number),
					0,
				);
	},
};
