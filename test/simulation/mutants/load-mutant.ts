import {register} from 'node:module';
import type {startServices} from '#node/node-services';
import {type Change, mutantUrl} from './mutant-hooks.ts';

let isRegistered = false as boolean;

/** Production code with one line changed, beside the code as it is. */
export const loadMutant = async (change: Change): Promise<typeof startServices> => {
	if (!isRegistered) register(new URL('./mutant-hooks.js', import.meta.url));
	isRegistered = true;
	const services = new URL('../../../node/node-services.js', import.meta.url).href;
	const mutant = (await import(mutantUrl(services, change))) as {startServices: typeof startServices};
	return mutant.startServices;
};
