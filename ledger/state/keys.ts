import {concat, toHex, u64be} from '#kernel/bytes';

/** The key of a row that an id or hash names. */
export const keyOf = (...parts: readonly Uint8Array[]): string =>
	toHex(parts.length === 1 ? (parts[0] as Uint8Array) : concat(...parts));

/** The key of a row that an epoch or a period names; keys sort as their numbers. */
export const numberKey = (value: number): string => toHex(u64be(value));

/** The number that `numberKey` made. */
export const numberOfKey = (key: string): number => Number(BigInt(`0x${key}`));
