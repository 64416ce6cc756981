/** What a parameter may be: checked for a genesis and for every change, and said in docs/PARAMETERS.md. */
import type {Lovelace} from '#kernel/lovelace';
import {compareRatios, Ratio} from '#kernel/ratio';

export type Bounds<T> = {
	/** In plain words, after the parameter's name; undefined: the value is within. */
	readonly problemOf: (value: T) => string | undefined;
	/** Such as `1 to 1024`. */
	readonly text: string;
};

const outside = (text: string): string => `is not ${text}`;

export const amounts = (min: bigint, max: bigint): Bounds<Lovelace> => {
	const text = `${min} to ${max}`;
	return {text, problemOf: value => (value < min || value > max ? outside(`from ${text}`) : undefined)};
};

export const counts = (min: number, max: number): Bounds<number> => {
	const text = `${min} to ${max}`;
	return {text, problemOf: value => (value < min || value > max ? outside(`from ${text}`) : undefined)};
};

/** From nothing to `max`, both included. */
export const ratiosTo = (max: bigint): Bounds<Ratio> => {
	const text = `0 to ${max}`;
	const most = Ratio(max, 1n);
	return {text, problemOf: value => (compareRatios(value, most) > 0 ? outside(`from ${text}`) : undefined)};
};

export const lists = (
	{text: each, problemOf}: Bounds<number>,
	lengthMax: number,
): Bounds<readonly number[]> => {
	const text = `1 to ${lengthMax} numbers, each ${each}`;
	const isBad = (values: readonly number[]): boolean =>
		values.length < 1 || values.length > lengthMax || values.some(value => problemOf(value) !== undefined);
	return {text, problemOf: values => (isBad(values) ? outside(text) : undefined)};
};
