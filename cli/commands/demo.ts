import {stat} from 'node:fs/promises';
import type {Command} from 'commander';
import {NodeError} from '#kernel/node-error';
import type {Options} from '../answer.ts';
import type {DemoOptions} from '../demo/options.ts';
import {runDemo} from '../demo/run-demo.ts';

const MIB = 2 ** 20;

const countOption = (options: Options, name: string, fallback: number): number => {
	const value = options[name];
	const count = value === undefined ? fallback : Number(value);
	if (Number.isSafeInteger(count) && count >= 0) return count;
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `--${name} wants a whole number, not "${String(value)}".`,
	});
};

/** Asked before anything is started. */
const mustBeFile = async (file: string): Promise<void> => {
	const found = await stat(file).catch(() => undefined);
	if (found?.isFile() === true) return;
	throw new NodeError({
		code: 'FILE_NOT_FOUND',
		message: `There is no file ${file}: name one, or none.`,
		file,
	});
};

const demoOptions = (file: string | undefined, options: Options): DemoOptions => ({
	file,
	data: typeof options['data'] === 'string' ? options['data'] : undefined,
	stay: options['stay'] === true,
	json: options['json'] === true,
	full: options['full'] === true,
	seed: countOption(options, 'seed', 7),
	size: countOption(options, 'mib', 64) * MIB,
});

export const register = (noun: Command): void => {
	noun
		.argument('[file]', 'the file to carry through (default: one made from the seed)')
		.option('--data <folder>', 'where its state lives (default: a new folder, removed after a good run)')
		.option('--stay', 'leave the network up and say how to talk to it; Ctrl-C ends it')
		.option('--json', 'print JSON lines')
		.option(
			'--full',
			'one more epoch with the rebuilt pieces, and a new node from a snapshot: what does not fit into four minutes',
		)
		.option('--seed <n>', 'of the file that is made', '7')
		.option('--mib <n>', 'size of the file that is made', '64')
		.action(async (file: string | undefined, options: Options) => {
			if (file !== undefined) await mustBeFile(file);
			await runDemo(demoOptions(file, options));
		});
};
