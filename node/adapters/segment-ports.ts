import type {SegmentPorts} from '#pieces/ports';
import {createAead} from './aead.ts';
import {createErasureKernel} from './erasure-kernel.ts';
import {createNativeCrypto} from './native-crypto.ts';
import {createPieceTreeKernel} from './piece-tree-kernel.ts';
import {createStreamCipher} from './stream-cipher.ts';

/** Everything that segments are made with, with kernels of its own. Throws WASM_KERNEL_MISSING, WASM_KERNEL_BROKEN. */
export const createSegmentPorts = async (): Promise<SegmentPorts> => {
	const [hasher, trees, erasure] = await Promise.all([
		createNativeCrypto(),
		createPieceTreeKernel(),
		createErasureKernel(),
	]);
	return {hasher, trees, aead: createAead(), cipher: createStreamCipher(), erasure};
};
