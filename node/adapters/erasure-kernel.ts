import type {ErasureKernel} from '#pieces/erasure/erasure-kernel';
import {createWasmErasureKernel, type ErasureWasm} from '#pieces/erasure/wasm-kernel';
import {readWasm} from './wasm-files.ts';
import {instantiateWasm} from './wasm-instance.ts';

/** What this file uses of the engine; the types of Node 20 do not name it. */
declare const WebAssembly: {validate(bytes: Uint8Array): boolean};

/**
 * A kernel of its own memory. Takes the relaxed-SIMD build where the engine has it: about 1.7 times as fast, with the
 * same results. Throws WASM_KERNEL_MISSING, WASM_KERNEL_BROKEN.
 */
export const createErasureKernel = async (): Promise<ErasureKernel> => {
	const hasRelaxedSimd = WebAssembly.validate(await readWasm('erasure-relaxed'));
	const name = hasRelaxedSimd ? 'erasure-relaxed' : 'erasure';
	return createWasmErasureKernel(await instantiateWasm<ErasureWasm>(name));
};
