import process from 'node:process';
import type {Options} from './answer.ts';
import {createProgress, type Progress} from './demo/progress.ts';

/** How far long work has come, on standard error; nothing with --json. In MiB: a byte more or less tells nobody anything. */
export const byteProgress = (options: Options, label: string, total: number): Progress => {
	if (options['json'] === true) return {advance: () => undefined, finish: () => undefined};
	const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
	const progress = createProgress({
		label,
		total: mebibytes(total),
		unit: 'MiB',
		terminal: process.stderr.isTTY,
		line: text => process.stderr.write(`${text}\n`),
	});
	return {advance: bytes => progress.advance(mebibytes(bytes)), finish: () => progress.finish()};
};
