import {NodeError} from '#kernel/node-error';
import type {FileRange} from '#node/ports/byte-file';
import type {Options} from './answer.ts';

const RANGE = /^(\d{1,16})-(\d{1,16})$/;

/** `--range 0-65535`: the first and the last byte, counted from 0, as in HTTP. Throws OPTION_MALFORMED. */
export const rangeOption = (options: Options): {readonly range?: FileRange} => {
	const text = options['range'];
	if (text === undefined) return {};
	const [, first, last] = RANGE.exec(String(text)) ?? [];
	const range = {from: Number(first), until: Number(last) + 1};
	if (Number.isSafeInteger(range.until) && range.from < range.until) return {range};
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `--range wants the first and the last byte, such as 0-65535, not "${String(text)}".`,
	});
};
