import {readFile} from 'node:fs/promises';
import {NodeError} from '#kernel/node-error';

/** Compiled kernels stand in dist/wasm, whether this runs from dist/ or, under tsx, from the sources. */
const folder = new URL(
	import.meta.url.includes('/dist/') ? '../../wasm/' : '../../dist/wasm/',
	import.meta.url,
);

/** The bytes of the WASM kernel called `name`. Throws WASM_KERNEL_MISSING. */
export const readWasm = async (name: string): Promise<Uint8Array<ArrayBuffer>> => {
	const url = new URL(`${name}.wasm`, folder);
	try {
		return new Uint8Array(await readFile(url));
	} catch (cause) {
		throw new NodeError(
			{
				code: 'WASM_KERNEL_MISSING',
				message: `The compiled kernel ${name}.wasm is missing: run "npm run build".`,
			},
			{cause},
		);
	}
};
