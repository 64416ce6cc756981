import {decimalText, parseDecimal} from '#income/decimal';
import {NodeError} from '#kernel/node-error';

const DECIMALS = 6;

/** `1500.5 DCG`, of millionths. */
export const tokensText = (millionths: bigint): string => `${decimalText(millionths, DECIMALS)} DCG`;

/** Whole tokens with at most six decimals, as millionths. Throws TOKENS_MALFORMED. */
export const parseTokens = (text: string): bigint => {
	const tokens = parseDecimal(text, DECIMALS);
	if (tokens !== undefined && tokens > 0n) return tokens;
	throw new NodeError({
		code: 'TOKENS_MALFORMED',
		message: `"${text}" is no number of tokens: write 1500 or 0.5, with at most six decimals.`,
		text,
	});
};
