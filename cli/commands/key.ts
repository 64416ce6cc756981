import {randomBytes} from 'node:crypto';
import type {Command} from 'commander';
import {phraseOf, type RecoveryPhrase} from '#crypto/recovery/recovery-phrase';
import {NodeError} from '#kernel/node-error';
import {type Answer, answers, type Options, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {passphraseOption, phraseOption} from '../phrase-input.ts';
import {type PhraseKeys, writePhraseKeys} from '../phrase-keys.ts';
import {textOption} from '../sending.ts';
import {combinePhrase, splitPhrase} from './key-shares.ts';

/** BIP-39: 12 words stand for 16 bytes, 24 for 32. */
const ENTROPY_BYTES: Readonly<Record<string, number>> = {'12': 16, '24': 32};

const numbered = (words: string): string =>
	words
		.split(' ')
		.map((word, index) => `${String(index + 1).padStart(4)} ${word.padEnd(10)}${index % 4 === 3 ? '\n' : ''}`)
		.join('')
		.trimEnd();

const written = async (phrase: RecoveryPhrase, options: Options): Promise<PhraseKeys> =>
	writePhraseKeys(phrase, {
		passphrase: await passphraseOption(options),
		prefix: textOption(options, 'out'),
		index: countOption(options, 'account', 0x7fff_ffff) ?? 0,
	});

const create: Verb = async (_words, options): Promise<Answer> => {
	const count = textOption(options, 'words');
	const entropyBytes = ENTROPY_BYTES[count];
	if (entropyBytes === undefined)
		throw new NodeError({code: 'OPTION_MALFORMED', message: `--words wants 12 or 24, not "${count}".`});
	const phrase = phraseOf(new Uint8Array(randomBytes(entropyBytes)));
	const keys = await written(phrase, options);
	return {
		data: {phrase: phrase.words, ...keys},
		text: `${numbered(phrase.words)}

Write these ${count} words down, in this order, and keep them where nobody else looks: whoever has them has the
account and every file. They are shown this once and stored nowhere.
account ${keys.account}
${keys.signingKey} holds its key for daily use`,
	};
};

const restore: Verb = async (_words, options): Promise<Answer> => {
	const keys = await written(await phraseOption(options), options);
	return {data: keys, text: `account ${keys.account}\n${keys.signingKey} holds its key`};
};

const withPhrase = (command: Command): Command =>
	command.option('--phrase <file>', 'file with the words (mode 0600); - or nothing reads standard input');

const withKeyFiles = (command: Command): Command =>
	command
		.requiredOption('--out <prefix>', 'writes PREFIX.skey (mode 0600) and PREFIX.vkey')
		.option('--account <n>', 'which of the accounts of the phrase', '0')
		.option(
			'--passphrase <file>',
			'a second secret besides the words (mode 0600); another one gives other keys',
		);

export const register = (noun: Command): void => {
	answers(
		withKeyFiles(noun.command('new').description('a new account with a recovery phrase (BIP-39)')).option(
			'--words <n>',
			'12 or 24',
			'24',
		),
		create,
	);
	answers(
		withKeyFiles(withPhrase(noun.command('restore').description("an account's key files from its phrase"))),
		restore,
	);
	answers(
		withPhrase(
			noun.command('split').description('shares of a phrase, any THRESHOLD of which give it back (Shamir)'),
		)
			.requiredOption('--shares <n>', 'how many shares, 2 to 255')
			.requiredOption('--threshold <n>', 'how many of them give the phrase back')
			.requiredOption('--out <folder>', 'writes share-1.txt, share-2.txt, … (mode 0600)'),
		splitPhrase,
	);
	answers(
		noun
			.command('combine')
			.description('the phrase again, from enough of its shares')
			.argument('<shares...>', 'files with a share each'),
		combinePhrase,
	);
};
