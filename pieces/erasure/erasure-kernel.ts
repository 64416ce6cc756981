import type {Matrix} from './matrix.ts';

/** Matrix times pieces over GF(2^8): WASM vectors in the node and the browser, plain loops in `reference-kernel`. */
export type ErasureKernel = {
	/**
	 * outputs[r] = XOR over c of matrix[r][c] · inputs[c]. All inputs and outputs have one length; outputs are overwritten
	 * and overlap no input. As many rows as outputs, as many columns as inputs, at least one of each.
	 */
	multiply(matrix: Matrix, inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): void;
};
