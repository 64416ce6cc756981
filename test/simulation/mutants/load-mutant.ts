import {readFileSync} from 'node:fs';
import {register} from 'node:module';
import {assert} from '#kernel/assert';
import type {startServices} from '#node/node-services';
import {type Change, mutantUrl} from './mutant-hooks.ts';

let isRegistered = false as boolean;

/** Production code with a line changed, beside the code as it is. */
export const loadMutant = async (changes: readonly Change[]): Promise<typeof startServices> => {
	for (const {file, find} of changes) {
		const source = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
		const count = source.split(find).length - 1;
		assert(count === 1, `${file} has ${count} times: ${find}`);
	}
	if (!isRegistered) register(new URL('./mutant-hooks.js', import.meta.url));
	isRegistered = true;
	const services = new URL('../../../node/node-services.js', import.meta.url).href;
	const mutant = (await import(mutantUrl(services, changes))) as {startServices: typeof startServices};
	return mutant.startServices;
};
