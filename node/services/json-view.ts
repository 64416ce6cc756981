import {toHex} from '#kernel/bytes';
import type {Json} from '#node/ports/control-api';

const isRatio = (value: object): value is {readonly numerator: bigint; readonly denominator: bigint} =>
	'numerator' in value && 'denominator' in value && Object.keys(value).length === 2;

/** A value of ours as JSON: bytes in hex, big integers in decimal, ratios as `1/2`, maps and sets as lists. */
export const jsonView = (value: unknown): Json => {
	if (value === undefined || value === null) return null;
	if (typeof value === 'bigint') return value.toString();
	if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
	if (value instanceof Uint8Array) return toHex(value);
	if (Array.isArray(value)) return value.map(jsonView);
	if (value instanceof Map || value instanceof Set) return [...value].map(jsonView);
	if (typeof value !== 'object') return null;
	if (isRatio(value)) return `${value.numerator}/${value.denominator}`;
	return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, jsonView(field)]));
};
