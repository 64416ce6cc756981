import {NodeError} from '#kernel/node-error';
import {readWasm} from './wasm-files.ts';

/** What this file uses of the engine; the types of Node 20 do not name it. */
declare const WebAssembly: {
	instantiate(bytes: Uint8Array, imports: object): Promise<{readonly instance: {readonly exports: unknown}}>;
};

/** An instance of a kernel from its bytes. Throws WASM_KERNEL_BROKEN. */
export const instantiateKernel = async <Exports>(name: string, bytes: Uint8Array): Promise<Exports> => {
	try {
		const {instance} = await WebAssembly.instantiate(bytes, {});
		return instance.exports as Exports;
	} catch (cause) {
		throw new NodeError(
			{
				code: 'WASM_KERNEL_BROKEN',
				message: `The compiled kernel ${name}.wasm does not load: run "npm run build".`,
				kernel: name,
			},
			{cause},
		);
	}
};

/** A fresh instance of the kernel called `name`. Throws WASM_KERNEL_MISSING, WASM_KERNEL_BROKEN. */
export const instantiateWasm = async <Exports>(name: string): Promise<Exports> =>
	instantiateKernel<Exports>(name, await readWasm(name));
