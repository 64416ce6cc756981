import {parseRatio, type Ratio} from '#kernel/ratio';
import {decodeUtf8} from '#kernel/utf8';
import type {ConformanceFile} from './kind.ts';

/** A JSON string, or a number outside of strings. Strings come first, so that digits in them stay. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * The file as JSON with every number as its own text, because a double holds neither a u64 nor a decimal fraction.
 * Undefined when it is not JSON in UTF-8.
 */
export const parseExactJson = (file: ConformanceFile): unknown => {
	const first = file.bytes.find(byte => byte > 0x20);
	if (first !== 0x5b && first !== 0x7b) return undefined;
	const text = decodeUtf8(file.bytes);
	if (text === undefined) return undefined;
	try {
		JSON.parse(text);
		return JSON.parse(
			text.replace(STRING_OR_NUMBER, token => (token.startsWith('"') ? token : `"${token}"`)),
		);
	} catch {
		return undefined;
	}
};

/** The exact ratio of a JSON number's text, exponents included: 0.05, 5e-2, 1/20. */
export const parseDecimal = (text: string): Ratio | undefined => {
	const [, mantissa, sign, digits] = /^([^eE]+)[eE]([+-]?)(\d{1,2})$/.exec(text) ?? [];
	if (mantissa === undefined || digits === undefined) return parseRatio(text);
	const value = parseRatio(mantissa);
	const scale = `1${'0'.repeat(Number(digits))}`;
	const factor = parseRatio(sign === '-' ? `1/${scale}` : `${scale}/1`);
	if (value === undefined || factor === undefined) return undefined;
	return parseRatio(`${value.numerator * factor.numerator}/${value.denominator * factor.denominator}`);
};

/** The integer in [0, 2^64) of a number's text. */
export const parseCount = (value: unknown): bigint | undefined =>
	typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;

/** An integer from 1 to 2^53 - 1. */
export const parsePositive = (value: unknown): number | undefined => {
	const count = parseCount(value);
	return count === undefined || count === 0n || count > BigInt(Number.MAX_SAFE_INTEGER)
		? undefined
		: Number(count);
};

/** A decimal or fraction in (0, 1]. */
export const parseProbability = (text: string): Ratio | undefined => {
	const value = parseDecimal(text);
	return value !== undefined && value.numerator > 0n && value.numerator <= value.denominator
		? value
		: undefined;
};
