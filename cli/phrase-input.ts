/** How commands get a phrase or shares of it from whoever holds them. */
import process from 'node:process';
import type {RecoveryPhrase} from '#crypto/recovery/recovery-phrase';
import {NodeError} from '#kernel/node-error';
import {checkedPhrase} from '#node/adapters/phrase';
import {readBoundedFile} from '#node/adapters/private-file';
import type {Options} from './answer.ts';

const TEXT_BYTES_MAX = 4096;

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
	return checkedPhrase(await readSecretText(file));
};

/** The second secret of --passphrase FILE, without the line's end; empty without it. */
export const passphraseOption = async (options: Options): Promise<string> => {
	const file = options['passphrase'];
	if (typeof file !== 'string') return '';
	return (await readSecretText(file)).replace(/\r?\n$/u, '');
};
