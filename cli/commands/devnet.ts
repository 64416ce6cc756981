import type {Command} from 'commander';
import {NodeError} from '#kernel/node-error';
import type {Options} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {runDevnet} from '../demo/run-devnet.ts';
import {
	type DevnetShape,
	devnetShape,
	PROVIDERS_DEFAULT,
	PROVIDERS_MAX,
	PROVIDERS_MIN,
} from '../devnet/shape.ts';

const shapeOption = (options: Options): DevnetShape => {
	const providers = countOption(options, 'providers', PROVIDERS_MAX) ?? PROVIDERS_DEFAULT;
	if (providers >= PROVIDERS_MIN) return devnetShape(providers);
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `--providers wants at least ${PROVIDERS_MIN}: with fewer no file can be stored.`,
	});
};

export const register = (noun: Command): void => {
	noun
		.option('--data <folder>', 'where its state lives (default: a new folder, removed at the end)')
		.option(
			'--providers <n>',
			`storage providers, a process each, up to ${PROVIDERS_MAX}`,
			String(PROVIDERS_DEFAULT),
		)
		.option('--json', 'print JSON lines')
		.action(async (options: Options) =>
			runDevnet({
				data: typeof options['data'] === 'string' ? options['data'] : undefined,
				json: options['json'] === true,
				shape: shapeOption(options),
			}),
		);
};
