import process from 'node:process';
import type {Log} from '#node/ports/log';
import type {Options} from './answer.ts';
import {toJson} from './json.ts';

/** Warnings and errors of the node's parts, for a command that uses them; with --json nothing. */
export const stderrLog = (options: Options): Log => {
	const write = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
		if (options['json'] === true) return;
		process.stderr.write(`${message}${fields === undefined ? '' : ` ${toJson(fields)}`}\n`);
	};
	const log: Log = {
		debug: () => undefined,
		info: () => undefined,
		warn: write,
		error: write,
		child: () => log,
	};
	return log;
};
