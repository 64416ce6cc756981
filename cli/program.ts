import process from 'node:process';
import {Command, CommanderError} from 'commander';
import {NodeError} from '#kernel/node-error';
import {explainFailure} from './failure.ts';
import {nouns} from './nouns.ts';
import {version} from './version.ts';

const HELP_FOOT = `
Every command takes --json (one JSON value on standard output, errors as {"error": …}) and --help.
Commands that ask a node take --node: the node's data folder (or DCLOUD_NODE).`;

/** It has to know every command. */
const COMPLETION = 'completion';

const createProgram = async (words: readonly string[]): Promise<Command> => {
	const program = new Command('dcloud')
		.description('A Cardano side-chain node that makes decentralised storage work without anybody to trust.')
		.version(version, '-V, --version')
		.helpCommand(false)
		.addHelpText('after', HELP_FOOT)
		.configureOutput({outputError: () => undefined})
		.exitOverride();
	const wanted = words.find(word => !word.startsWith('-'));
	for (const {name, summary, load} of nouns) {
		const noun = program.command(name).description(summary).exitOverride();
		noun.configureOutput({outputError: () => undefined});
		if (wanted === name || wanted === COMPLETION) (await load()).register(noun);
	}
	return program;
};

const wantsJson = (words: readonly string[]): boolean => words.includes('--json');

/**
 * What was no UTF-8 has become U+FFFD before anybody could look: under that name nothing would be found, and something
 * else be stored. Throws ARGUMENT_NOT_UTF8.
 */
const checkWords = (words: readonly string[]): void => {
	const position = words.findIndex(word => word.includes('\ufffd')) + 1;
	if (position > 0)
		throw new NodeError({
			code: 'ARGUMENT_NOT_UTF8',
			message: `Word ${position} after "dcloud" is not UTF-8: rename the file, or choose another name.`,
			position,
		});
};

/** Runs one command line; returns the exit code. */
export const runProgram = async (words: readonly string[]): Promise<number> => {
	try {
		checkWords(words);
		const program = await createProgram(words);
		if (words.length === 0) {
			process.stdout.write(program.helpInformation() + HELP_FOOT.concat('\n'));
			return 0;
		}
		await program.parseAsync([...words], {from: 'user'});
		return typeof process.exitCode === 'number' ? process.exitCode : 0;
	} catch (error) {
		if (error instanceof CommanderError && error.exitCode === 0) return 0;
		// A noun without a verb: its help has been shown.
		if (error instanceof CommanderError && error.code === 'commander.help') return 1;
		process.stderr.write(`${explainFailure(error, wantsJson(words))}\n`);
		return 1;
	}
};
