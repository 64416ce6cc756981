import process from 'node:process';
import type {Command} from 'commander';
import {NodeError} from '#kernel/node-error';
import {toJson} from './json.ts';
import {visible} from './visible.ts';

/** What a command found out: `data` for scripts, `text` for people. */
export type Answer = {readonly data: unknown; readonly text: string};

export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** The text of an option that may be missing. */
export const optionalText = (options: Options, name: string): string | undefined => {
	const value = options[name];
	return typeof value === 'string' ? value : undefined;
};

/** One verb: reads its arguments and options, returns its answer. Rejects with a NodeError. */
export type Verb = (words: readonly string[], options: Options, signal: AbortSignal) => Promise<Answer>;

/** A signal that is aborted by Ctrl-C or SIGTERM, so that every verb can stop cleanly. */
const stopSignal = (): {signal: AbortSignal; release: () => void} => {
	const controller = new AbortController();
	const stop = (): void => controller.abort(new NodeError({code: 'INTERRUPTED', message: 'Stopped.'}));
	process.on('SIGINT', stop);
	process.on('SIGTERM', stop);
	return {
		signal: controller.signal,
		release: () => {
			process.off('SIGINT', stop);
			process.off('SIGTERM', stop);
		},
	};
};

/** Lets `command` be carried out by `verb` and prints the answer. */
export const answers = (command: Command, verb: Verb): Command =>
	command
		.option('--json', 'print one JSON value')
		.exitOverride()
		.configureOutput({outputError: () => undefined})
		.action(async (...given: unknown[]) => {
			const options = (given.at(-2) ?? {}) as Options;
			const words = given
				.slice(0, -2)
				.flat()
				.filter((word): word is string => typeof word === 'string');
			const {signal, release} = stopSignal();
			try {
				const answer = await verb(words, options, signal);
				const text = options['json'] === true ? toJson(answer.data) : visible(answer.text);
				if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
			} finally {
				release();
			}
		});
