/** The words from which all of a customer's keys follow (BIP-39, English word list). */
import {entropyToMnemonic, mnemonicToEntropy, mnemonicToSeedSync} from '@scure/bip39';
import {wordlist} from '@scure/bip39/wordlists/english';
import {assert} from '#kernel/assert';
import {err, ok, type Result} from '#kernel/result';

/** A phrase that was checked: lower-case words, one space between each. Secret. */
export type RecoveryPhrase = {
	readonly words: string;
	/** What the words stand for: 16, 20, 24, 28 or 32 bytes. */
	readonly entropy: Uint8Array;
};

export type PhraseFailure =
	| {readonly code: 'PHRASE_LENGTH_WRONG'; readonly words: number}
	/** `position` counts from 1; the word itself is not repeated, it may be a secret. */
	| {readonly code: 'PHRASE_WORD_UNKNOWN'; readonly position: number}
	| {readonly code: 'PHRASE_CHECKSUM_WRONG'};

const WORD_COUNTS = [12, 15, 18, 21, 24] as const;
/** The longest word has eight letters. */
const TEXT_LENGTH_MAX = 24 * 64;

const known: ReadonlySet<string> = new Set(wordlist);

/** Of 16, 20, 24, 28 or 32 random bytes. */
export const phraseOf = (entropy: Uint8Array): RecoveryPhrase => {
	assert([16, 20, 24, 28, 32].includes(entropy.length), 'BIP-39 knows 16 to 32 bytes');
	return {words: entropyToMnemonic(entropy, wordlist), entropy};
};

/** As somebody typed it: case and white space do not matter. */
export const parsePhrase = (text: string): Result<RecoveryPhrase, PhraseFailure> => {
	const words = text.slice(0, TEXT_LENGTH_MAX).toLowerCase().split(/\s+/u).filter(Boolean);
	if (!WORD_COUNTS.some(count => count === words.length) || text.length > TEXT_LENGTH_MAX)
		return err({code: 'PHRASE_LENGTH_WRONG', words: words.length});
	const unknown = words.findIndex(word => !known.has(word));
	if (unknown !== -1) return err({code: 'PHRASE_WORD_UNKNOWN', position: unknown + 1});
	const joined = words.join(' ');
	try {
		return ok({words: joined, entropy: mnemonicToEntropy(joined, wordlist)});
	} catch {
		// Count and words are right: only the checksum is left.
		return err({code: 'PHRASE_CHECKSUM_WRONG'});
	}
};

/** 64 secret bytes (PBKDF2-HMAC-SHA-512, 2,048 rounds). Another `passphrase` gives other keys, not an error. */
export const phraseSeed = ({words}: RecoveryPhrase, passphrase = ''): Uint8Array =>
	mnemonicToSeedSync(words, passphrase);
