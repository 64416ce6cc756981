import {defined} from '#kernel/assert';
import {Hash32} from '#kernel/hash';
import {LEAF_BYTES, type PieceTreeKernel} from './piece-tree-kernel.ts';
import type {WasmMemory} from './wasm-memory.ts';

/** What crypto/wasm/blake2b exports, once instantiated. Its memory does not grow. */
export type Blake2bWasm = {
	readonly memory: WasmMemory;
	/** How many bytes of input one call takes. */
	chunkBytes(): number;
	inputPointer(): number;
	outputPointer(): number;
	hashLeaves(bytes: number): void;
	hashPairs(count: number): void;
};

const HASH_BYTES = 32;

/** `wasm` must be an instance for this kernel alone. */
export const createBlake2bKernel = (wasm: Blake2bWasm): PieceTreeKernel => {
	const memory = new Uint8Array(wasm.memory.buffer);
	const inputAt = wasm.inputPointer();
	const outputAt = wasm.outputPointer();
	const chunkBytes = wasm.chunkBytes();

	/** Feeds `input` chunk by chunk to `hash`, which says how many hashes it made, and gathers those in `output`. */
	const inChunks = (input: Uint8Array, output: Uint8Array, hash: (bytes: number) => number): Uint8Array => {
		let filled = 0;
		for (let at = 0; at === 0 || at < input.length; at += chunkBytes) {
			const chunk = input.subarray(at, at + chunkBytes);
			memory.set(chunk, inputAt);
			const bytes = hash(chunk.length) * HASH_BYTES;
			output.set(memory.subarray(outputAt, outputAt + bytes), filled);
			filled += bytes;
		}
		return output;
	};

	const hashLeaves = (data: Uint8Array): Uint8Array => {
		const leaves = Math.max(1, Math.ceil(data.length / LEAF_BYTES));
		return inChunks(data, new Uint8Array(leaves * HASH_BYTES), bytes => {
			wasm.hashLeaves(bytes);
			return Math.max(1, Math.ceil(bytes / LEAF_BYTES));
		});
	};

	const levelAbove = (level: Uint8Array): Uint8Array => {
		const nodes = level.length / HASH_BYTES;
		const paired = level.subarray(0, (nodes - (nodes % 2)) * HASH_BYTES);
		const above = new Uint8Array(Math.ceil(nodes / 2) * HASH_BYTES);
		inChunks(paired, above, bytes => {
			wasm.hashPairs(bytes / (2 * HASH_BYTES));
			return bytes / (2 * HASH_BYTES);
		});
		if (nodes % 2 === 1) above.set(level.subarray(-HASH_BYTES), above.length - HASH_BYTES);
		return above;
	};

	const treeLevels = (data: Uint8Array): Uint8Array[] => {
		let level = hashLeaves(data);
		const levels = [level];
		while (level.length > HASH_BYTES) {
			level = levelAbove(level);
			levels.push(level);
		}
		return levels;
	};

	return {
		treeLevels,
		pieceTree: data => {
			const levels = treeLevels(data);
			return {
				root: Hash32(defined(levels.at(-1), 'a tree has a root')),
				leaves: defined(levels[0], 'a tree has leaves').length / HASH_BYTES,
			};
		},
	};
};
