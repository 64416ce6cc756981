import {randomBytes} from 'node:crypto';
import path from 'node:path';
import {
	type CombineFailure,
	entropyOfSecret,
	type PhraseShare,
	parseShare,
	SHARES_MAX,
	type ShareFailure,
	shareableSecret,
	sharesToCombine,
	shareText,
} from '#crypto/recovery/phrase-share';
import {phraseOf} from '#crypto/recovery/recovery-phrase';
import {NodeError} from '#kernel/node-error';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {writeFileAtomically} from '#node/adapters/private-file';
import {createSecretSharing} from '#node/adapters/secret-sharing';
import type {Options, Verb} from '../answer.ts';
import {countOption, flagOf} from '../count-option.ts';
import {phraseOption, readSecretText} from '../phrase-input.ts';
import {textOption} from '../sending.ts';

const SET_ID_BYTES = 4;

const explain = (failure: CombineFailure | ShareFailure): string => {
	switch (failure.code) {
		case 'SHARE_MALFORMED':
			return 'It does not hold a share: the line begins with dcloud-share-1-.';
		case 'SHARE_CHECKSUM_WRONG':
			return 'A sign of the share was changed or left out: compare it with what was written down.';
		case 'SHARES_OF_DIFFERENT_SETS':
			return 'These shares were not made together: use shares of one set.';
		case 'SHARES_TOO_FEW':
			return `${failure.needed} different shares are needed; these are ${failure.given}.`;
		case 'SHARES_DO_NOT_FIT':
			return 'Together these shares give no phrase: one of them is not what was made.';
	}
};

const refused = (failure: CombineFailure | ShareFailure, file?: string): NodeError => {
	const {code, ...detail} = failure;
	const where = file === undefined ? '' : `${file}: `;
	return new NodeError({
		code,
		message: where + explain(failure),
		...detail,
		...(file !== undefined && {file}),
	});
};

const lineOf = ({number, total, threshold}: PhraseShare, text: string): string =>
	`# Share ${number} of ${total} of a dCloud recovery phrase; any ${threshold} give it back (dcloud key combine).\n${text}\n`;

/** One share would be the phrase itself. */
const atLeastTwo = (options: Options, name: 'shares' | 'threshold', max: number): number => {
	const count = countOption(options, name, max) ?? 0;
	if (count >= 2) return count;
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `${flagOf(name)} wants a whole number from 2 to ${max}, not "${count}".`,
	});
};

export const splitPhrase: Verb = async (_words, options) => {
	const total = atLeastTwo(options, 'shares', SHARES_MAX);
	const threshold = atLeastTwo(options, 'threshold', total);
	const folder = textOption(options, 'out');
	const [{entropy}, crypto] = await Promise.all([phraseOption(options), createNativeCrypto()]);
	const secret = shareableSecret(crypto, entropy);
	const parts = await createSecretSharing().split(secret, {threshold, total});
	const setId = new Uint8Array(randomBytes(SET_ID_BYTES));
	const files: string[] = [];
	for (const [index, share] of parts.entries()) {
		const whole = {setId, threshold, total, number: index + 1, share};
		const file = path.join(folder, `share-${whole.number}.txt`);
		await writeFileAtomically(file, lineOf(whole, shareText(crypto, whole)), {exclusive: true});
		files.push(file);
	}
	return {
		data: {threshold, total, files},
		text: `${total} shares are in ${folder}: give each to another person or place, then delete them here; any ${threshold} give the phrase back`,
	};
};

const readShare = async (
	crypto: Awaited<ReturnType<typeof createNativeCrypto>>,
	file: string,
): Promise<PhraseShare> => {
	const lines = (await readSecretText(file)).split('\n').filter(line => !line.startsWith('#'));
	const share = parseShare(crypto, lines.join(' '));
	if (!share.ok) throw refused(share.error, file);
	return share.value;
};

export const combinePhrase: Verb = async files => {
	const crypto = await createNativeCrypto();
	const shares = await Promise.all(files.map(file => readShare(crypto, file)));
	const enough = sharesToCombine(shares);
	if (!enough.ok) throw refused(enough.error);
	const secret = await createSecretSharing().combine(enough.value.map(({share}) => share));
	const entropy = secret && entropyOfSecret(crypto, secret);
	if (entropy === undefined || ![16, 20, 24, 28, 32].includes(entropy.length))
		throw refused({code: 'SHARES_DO_NOT_FIT'});
	const {words} = phraseOf(entropy);
	return {data: {phrase: words}, text: words};
};
