import {type PhraseFailure, parsePhrase, type RecoveryPhrase} from '#crypto/recovery/recovery-phrase';
import {NodeError} from '#kernel/node-error';

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

/** The phrase that somebody typed. Throws PHRASE_* codes that say what is wrong with it. */
export const checkedPhrase = (text: string): RecoveryPhrase => {
	const phrase = parsePhrase(text);
	if (phrase.ok) return phrase.value;
	const {code, ...detail} = phrase.error;
	throw new NodeError({code, message: explain(phrase.error), ...detail});
};
