import {assert} from './assert.ts';

const HEX = '0123456789abcdef';

/** Lower-case hexadecimal. */
export const toHex = (bytes: Uint8Array): string => {
	let text = '';
	for (const byte of bytes) text += (HEX[byte >> 4] as string) + (HEX[byte & 15] as string);
	return text;
};

/** Bytes of a hexadecimal text of either case, or undefined when it is not one. */
export const parseHex = (text: string): Uint8Array | undefined => {
	if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
	const bytes = new Uint8Array(text.length / 2);
	for (let index = 0; index < bytes.length; index++)
		bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
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
	new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
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
