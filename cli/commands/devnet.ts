import type {Command} from 'commander';
import type {Options} from '../answer.ts';
import {runDevnet} from '../demo/run-devnet.ts';

export const register = (noun: Command): void => {
	noun
		.option('--data <folder>', 'where its state lives (default: a new folder, removed at the end)')
		.option('--json', 'print JSON lines')
		.action(async (options: Options) =>
			runDevnet({
				data: typeof options['data'] === 'string' ? options['data'] : undefined,
				json: options['json'] === true,
			}),
		);
};
