import {assert} from './assert.ts';

/** Character codes of the sixteen digits. */
const DIGITS = [48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102] as const;
/** So many bytes become text at once: far below what a call takes of arguments. */
const HEX_BYTES_MAX = 4096;

/** A flat string, made in one go: keys of maps are made of it all the time. */
const shortHex = (bytes: Uint8Array): string => {
	const codes = new Array<number>(2 * bytes.length);
	for (let index = 0; index < bytes.length; index++) {
		const byte = bytes[index] as number;
		codes[2 * index] = DIGITS[byte >> 4] as number;
		codes[2 * index + 1] = DIGITS[byte & 15] as number;
	}
	return String.fromCharCode(...codes);
};

/** Lower-case hexadecimal. */
export const toHex = (bytes: Uint8Array): string => {
	if (bytes.length <= HEX_BYTES_MAX) return shortHex(bytes);
	let text = '';
	for (let from = 0; from < bytes.length; from += HEX_BYTES_MAX)
		text += shortHex(bytes.subarray(from, from + HEX_BYTES_MAX));
	return text;
};

/** What the digit of that character code stands for; -1 when it is none. */
const digitOf = (code: number): number => {
	if (code >= 48 && code <= 57) return code - 48;
	const lower = code | 32;
	return lower >= 97 && lower <= 102 ? lower - 87 : -1;
};

/** Bytes of a hexadecimal text of either case, or undefined when it is not one. */
export const parseHex = (text: string): Uint8Array | undefined => {
	if (text.length % 2 !== 0) return undefined;
	const bytes = new Uint8Array(text.length / 2);
	for (let index = 0; index < bytes.length; index++) {
		const high = digitOf(text.charCodeAt(2 * index));
		const low = digitOf(text.charCodeAt(2 * index + 1));
		if (high < 0 || low < 0) return undefined;
		bytes[index] = high * 16 + low;
	}
	return bytes;
};

/** `parseHex` for texts that our own code wrote. */
export const fromHex = (text: string): Uint8Array => {
	const bytes = parseHex(text);
	assert(bytes !== undefined, 'not hexadecimal');
	return bytes;
};

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
	let length = 0;
	for (const part of parts) length += part.length;
	const whole = new Uint8Array(length);
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
};

/** -1, 0 or 1 in byte order; a prefix comes before what it is a prefix of. */
export const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
	const length = Math.min(a.length, b.length);
	for (let index = 0; index < length; index++) {
		const difference = (a[index] as number) - (b[index] as number);
		if (difference !== 0) return difference < 0 ? -1 : 1;
	}
	return Math.sign(a.length - b.length);
};

/** Equality of public bytes. Not constant time: never for secrets. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
	a.length === b.length && compareBytes(a, b) === 0;

/** Eight bytes, big-endian. `value` in [0, 2^64). */
export const u64be = (value: bigint | number): Uint8Array => {
	const bytes = new Uint8Array(8);
	const isNumber = typeof value === 'number';
	assert(!isNumber || Number.isInteger(value), 'not a whole number');
	let high = isNumber ? Math.floor(value / 0x1_0000_0000) : Number(value >> 32n);
	let low = isNumber ? value % 0x1_0000_0000 : Number(value & 0xffff_ffffn);
	for (let at = 3; at >= 0; at--) {
		bytes[at] = high & 0xff;
		bytes[at + 4] = low & 0xff;
		high >>>= 8;
		low >>>= 8;
	}
	return bytes;
};

/** Four bytes, big-endian. `value` in [0, 2^32). */
export const u32be = (value: number): Uint8Array => {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, value);
	return bytes;
};

/** The non-negative integer that `bytes` are in big-endian order. */
export const bigFromBytes = (bytes: Uint8Array): bigint =>
	bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
