import {NodeError} from '#kernel/node-error';
import {type ServiceClass, serviceClasses} from '#ledger/service/service-class';
import type {Options} from './answer.ts';

/** `--service-class fast`: what providers have to promise. Throws OPTION_MALFORMED. */
export const serviceOption = (options: Options): {readonly serviceClass?: ServiceClass} => {
	const given = options['serviceClass'];
	if (given === undefined) return {};
	const serviceClass = serviceClasses.find(each => each === given);
	if (serviceClass !== undefined) return {serviceClass};
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `--service-class: "${String(given)}" is not one of ${serviceClasses.join(', ')}.`,
	});
};
