/** The erasure kernel in WebAssembly (`pieces/wasm/erasure`): pieces pass through its memory a few columns at a time. */
import {viewMemory, type WasmMemory} from '#crypto/wasm-memory';
import {assert} from '#kernel/assert';
import type {ErasureKernel} from './erasure-kernel.ts';
import {PRODUCTS_BYTES, productsOf} from './galois-field.ts';
import {type Matrix, PIECES_MAX} from './matrix.ts';

type Multiply = (
	inputs: number,
	inputStride: number,
	count: number,
	outputs: number,
	outputStride: number,
	tables: number,
	length: number,
) => void;

/** What `pieces/wasm/erasure` exports. */
export type ErasureWasm = {
	readonly memory: WasmMemory;
	readonly multiply1: Multiply;
	readonly multiply2: Multiply;
	readonly multiply3: Multiply;
	readonly multiply4: Multiply;
};

/** Output rows that one run over the inputs makes, and the tables that it takes. */
type Block = {readonly run: Multiply; readonly row: number; readonly tables: number};

const PAGE_BYTES = 65_536;
/** Below are AssemblyScript's own data. */
const TABLES_AT = PAGE_BYTES;
/** Columns that the kernel does in one go, so that they stay in the nearest cache. */
const RUN_BYTES = 4096;
/** Columns copied in and out together; inputs and outputs stay within the second cache. */
const STAGE_BYTES_MAX = 32_768;
const STAGE_TOTAL_BYTES = 262_144;
const VECTOR_BYTES = 64;
const ROWS_MAX = 4;

const PRODUCTS = Array.from({length: 256}, (_, factor) => productsOf(factor));

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

const checkShapes = (
	matrix: Matrix,
	inputs: readonly Uint8Array[],
	outputs: readonly Uint8Array[],
): number => {
	const length = inputs[0]?.length ?? 0;
	assert(
		inputs.length >= 1 && outputs.length >= 1 && matrix.length === outputs.length,
		'matrix does not fit',
	);
	assert(inputs.length <= PIECES_MAX && outputs.length <= PIECES_MAX, 'too many pieces');
	assert(
		matrix.every(row => row.length === inputs.length),
		'matrix does not fit the inputs',
	);
	assert(
		[...inputs, ...outputs].every(piece => piece.length === length),
		'pieces have one length',
	);
	return length;
};

class WasmErasureKernel implements ErasureKernel {
	readonly #exports: ErasureWasm;
	readonly #functions: readonly Multiply[];

	constructor(exports: ErasureWasm) {
		this.#exports = exports;
		this.#functions = [exports.multiply1, exports.multiply2, exports.multiply3, exports.multiply4];
	}

	multiply(matrix: Matrix, inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): void {
		const length = checkShapes(matrix, inputs, outputs);
		const rows = inputs.length + outputs.length;
		const fitting = Math.max(RUN_BYTES, Math.floor(STAGE_TOTAL_BYTES / rows / RUN_BYTES) * RUN_BYTES);
		const stage = Math.min(STAGE_BYTES_MAX, fitting, roundUp(length, VECTOR_BYTES));
		const inputsAt = TABLES_AT + roundUp(matrix.length * inputs.length * PRODUCTS_BYTES, VECTOR_BYTES);
		const outputsAt = inputsAt + inputs.length * stage;
		const memory = viewMemory(this.#exports.memory, outputsAt + outputs.length * stage);
		const blocks = this.#layTables(memory, matrix);
		for (let from = 0; from < length; from += stage) {
			const columns = Math.min(stage, length - from);
			for (const [index, input] of inputs.entries())
				memory.set(input.subarray(from, from + columns), inputsAt + index * stage);
			for (let at = 0; at < columns; at += RUN_BYTES) {
				const run = roundUp(Math.min(RUN_BYTES, columns - at), VECTOR_BYTES);
				for (const block of blocks)
					block.run(
						inputsAt + at,
						stage,
						inputs.length,
						outputsAt + block.row * stage + at,
						stage,
						block.tables,
						run,
					);
			}
			for (const [index, output] of outputs.entries()) {
				const at = outputsAt + index * stage;
				output.set(memory.subarray(at, at + columns), from);
			}
		}
	}

	/** Cuts the rows into blocks of four and a rest; input by input, the tables of a block's rows stand together. */
	#layTables(memory: Uint8Array, matrix: Matrix): Block[] {
		const blocks: Block[] = [];
		let at = TABLES_AT;
		for (let row = 0; row < matrix.length; ) {
			const rows = matrix.slice(row, row + ROWS_MAX);
			const run = this.#functions[rows.length - 1];
			assert(run !== undefined, 'a block has one to four rows');
			blocks.push({run, row, tables: at});
			for (let column = 0; column < (rows[0]?.length ?? 0); column++)
				for (const factors of rows) {
					memory.set(PRODUCTS[factors[column] as number] as Uint8Array, at);
					at += PRODUCTS_BYTES;
				}
			row += rows.length;
		}
		return blocks;
	}
}

/** `exports` of a fresh instance, for this kernel alone. Its memory grows to a few MiB at most. */
export const createWasmErasureKernel = (exports: ErasureWasm): ErasureKernel =>
	new WasmErasureKernel(exports);
