import {toHex} from '#kernel/bytes';

const plain = (_name: string, value: unknown): unknown => {
	if (typeof value === 'bigint') return value.toString();
	if (value instanceof Uint8Array) return toHex(value);
	if (value instanceof Map) return Object.fromEntries(value);
	return value;
};

/** JSON for scripts: money and other big integers as decimal strings, bytes as hexadecimal. */
export const toJson = (value: unknown, space?: number): string => JSON.stringify(value, plain, space);
