import {err, ok, type Result} from './result.ts';

/** BIP-173 without its limit of 90 characters, as Cardano uses it (CIP-5). */
const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR: readonly number[] = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const CHECKSUM_LENGTH = 6;
const TEXT_LENGTH_MAX = 1_000;

export type Bech32Failure = {
	readonly code:
		| 'BECH32_TOO_LONG'
		| 'BECH32_MIXED_CASE'
		| 'BECH32_NO_SEPARATOR'
		| 'BECH32_BAD_CHARACTER'
		| 'BECH32_WRONG_CHECKSUM'
		| 'BECH32_WRONG_PADDING';
};

const checksum = (values: readonly number[]): number => {
	let sum = 1;
	for (const value of values) {
		const top = sum >>> 25;
		sum = ((sum & 0x1ff_ff_ff) << 5) ^ value;
		for (let bit = 0; bit < 5; bit++) if ((top >>> bit) & 1) sum ^= GENERATOR[bit] as number;
	}
	return sum >>> 0;
};

const expandPrefix = (prefix: string): number[] => {
	const codes = [...prefix].map(character => character.charCodeAt(0));
	return [...codes.map(code => code >> 5), 0, ...codes.map(code => code & 31)];
};

/** Regroups bits; what is left over is padded with zeros when `pad`, else it must be less than a group of zeros. */
const regroup = (
	values: Iterable<number>,
	widths: {from: number; to: number; pad: boolean},
): number[] | undefined => {
	const groups: number[] = [];
	let buffer = 0;
	let bits = 0;
	for (const value of values) {
		buffer = ((buffer << widths.from) | value) & 0xf_ff;
		bits += widths.from;
		while (bits >= widths.to) {
			bits -= widths.to;
			groups.push((buffer >> bits) & ((1 << widths.to) - 1));
		}
	}
	const rest = buffer & ((1 << bits) - 1);
	if (widths.pad) {
		if (bits > 0) groups.push((rest << (widths.to - bits)) & ((1 << widths.to) - 1));
		return groups;
	}
	return bits >= widths.from || rest !== 0 ? undefined : groups;
};

/** `prefix` is lower case. */
export const encodeBech32 = (prefix: string, bytes: Uint8Array): string => {
	const data = regroup(bytes, {from: 8, to: 5, pad: true}) ?? [];
	const sum = checksum([...expandPrefix(prefix), ...data, 0, 0, 0, 0, 0, 0]) ^ 1;
	for (let index = 0; index < CHECKSUM_LENGTH; index++)
		data.push((sum >>> (5 * (CHECKSUM_LENGTH - 1 - index))) & 31);
	return `${prefix}1${data.map(value => ALPHABET[value] as string).join('')}`;
};

export const decodeBech32 = (text: string): Result<{prefix: string; bytes: Uint8Array}, Bech32Failure> => {
	if (text.length > TEXT_LENGTH_MAX) return err({code: 'BECH32_TOO_LONG'});
	const lower = text.toLowerCase();
	if (text !== lower && text !== text.toUpperCase()) return err({code: 'BECH32_MIXED_CASE'});
	const separator = lower.lastIndexOf('1');
	if (separator < 1 || separator + CHECKSUM_LENGTH >= lower.length) return err({code: 'BECH32_NO_SEPARATOR'});
	const prefix = lower.slice(0, separator);
	const values = [...lower.slice(separator + 1)].map(character => ALPHABET.indexOf(character));
	if (values.includes(-1) || !/^[\x21-\x7e]+$/.test(prefix)) return err({code: 'BECH32_BAD_CHARACTER'});
	if (checksum([...expandPrefix(prefix), ...values]) !== 1) return err({code: 'BECH32_WRONG_CHECKSUM'});
	const bytes = regroup(values.slice(0, -CHECKSUM_LENGTH), {from: 5, to: 8, pad: false});
	return bytes === undefined
		? err({code: 'BECH32_WRONG_PADDING'})
		: ok({prefix, bytes: Uint8Array.from(bytes)});
};
