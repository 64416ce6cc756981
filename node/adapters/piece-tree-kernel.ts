import {type Blake2bWasm, createBlake2bKernel} from '#crypto/blake2b-kernel';
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {instantiateWasm} from './wasm-instance.ts';

/** A kernel of its own memory. Throws WASM_KERNEL_MISSING, WASM_KERNEL_BROKEN. */
export const createPieceTreeKernel = async (): Promise<PieceTreeKernel> =>
	createBlake2bKernel(await instantiateWasm<Blake2bWasm>('blake2b'));
