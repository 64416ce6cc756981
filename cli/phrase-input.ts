/** How commands get a phrase or shares of it from whoever holds them, and what is wrong with those. */
import process from 'node:process';
import {type PhraseFailure, parsePhrase, type RecoveryPhrase} from '#crypto/recovery/recovery-phrase';
import {NodeError} from '#kernel/node-error';
import {readBoundedFile} from '#node/adapters/private-file';
import type {Options} from './answer.ts';

const TEXT_BYTES_MAX = 4096;

const explain = (failure: PhraseFailure): string => {
	switch (failure.code) {
		case 'PHRASE_LENGTH_WRONG':
			return `A recovery phrase has 12, 15, 18, 21 or 24 words; these are ${failure.words}.`;
		case 'PHRASE_WORD_UNKNOWN':
			return `Word ${failure.position} is not in the list of words: look for a slip of the pen.`;
		case 'PHRASE_CHECKSUM_WRONG':
			return 'All words are known, but one of them or their order is wrong: compare with what you wrote down.';
	}
};

/** At most `TEXT_BYTES_MAX` bytes of standard input, up to its end. Throws INPUT_TOO_LONG. */
const readInput = async (): Promise<string> => {
	let text = '';
	process.stdin.setEncoding('utf8');
	for await (const part of process.stdin) {
		text += part;
		if (text.length > TEXT_BYTES_MAX)
			throw new NodeError({code: 'INPUT_TOO_LONG', message: 'That is too long for a recovery phrase.'});
	}
	return text;
};

/** A secret text from a file that only its owner may read, or from standard input for `-`. */
export const readSecretText = (file: string): Promise<string> =>
	file === '-' ? readInput() : readBoundedFile(file, {bytesMax: TEXT_BYTES_MAX, ownerOnly: true});

/** The phrase of --phrase FILE (default: standard input). Throws PHRASE_* codes, INPUT_TOO_LONG, KEY_FILE_OPEN. */
export const phraseOption = async (options: Options): Promise<RecoveryPhrase> => {
	const given = options['phrase'];
	const file = typeof given === 'string' ? given : '-';
	if (file === '-' && process.stdin.isTTY) process.stderr.write('Type the words, then Enter and Ctrl-D:\n');
	const phrase = parsePhrase(await readSecretText(file));
	if (phrase.ok) return phrase.value;
	const {code, ...detail} = phrase.error;
	throw new NodeError({code, message: explain(phrase.error), ...detail});
};

/** The second secret of --passphrase FILE, without the line's end; empty without it. */
export const passphraseOption = async (options: Options): Promise<string> => {
	const file = options['passphrase'];
	if (typeof file !== 'string') return '';
	return (await readSecretText(file)).replace(/\r?\n$/u, '');
};
