import process from 'node:process';
import {setFlagsFromString} from 'node:v8';
import type {ErasureKernel} from '#pieces/erasure/erasure-kernel';
import {createWasmErasureKernel, type ErasureWasm} from '#pieces/erasure/wasm-kernel';
import {readWasm} from './wasm-files.ts';
import {instantiateWasm} from './wasm-instance.ts';

/** What this file uses of the engine; the types of Node 20 do not name it. */
declare const WebAssembly: {validate(bytes: Uint8Array): boolean};

/**
 * Whether the engine runs relaxed SIMD. V8 ships it from 11.4 on; 11.3, which is Node 20's, has the same behind a flag
 * that is read whenever a module is compiled. Without it encoding takes about 1.7 times as long, with the same results.
 */
const hasRelaxedSimd = (kernel: Uint8Array): boolean => {
	if (WebAssembly.validate(kernel)) return true;
	if (!process.versions.v8.startsWith('11.3.')) return false;
	setFlagsFromString('--experimental-wasm-relaxed-simd');
	return WebAssembly.validate(kernel);
};

/** A kernel of its own memory. Throws WASM_KERNEL_MISSING, WASM_KERNEL_BROKEN. */
export const createErasureKernel = async ({
	relaxedSimd = true,
}: {
	/** False to do without relaxed SIMD even where the engine has it. */
	readonly relaxedSimd?: boolean;
} = {}): Promise<ErasureKernel> => {
	const name =
		relaxedSimd && hasRelaxedSimd(await readWasm('erasure-relaxed')) ? 'erasure-relaxed' : 'erasure';
	return createWasmErasureKernel(await instantiateWasm<ErasureWasm>(name));
};
