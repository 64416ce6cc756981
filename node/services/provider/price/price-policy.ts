/** A price policy as its file says it, checked. */
import {Lovelace} from '#kernel/lovelace';
import {compareRatios, parseRatio, Ratio} from '#kernel/ratio';
import {err, ok, type Result} from '#kernel/result';
import {CREDITS_MAX} from '#ledger/limits';
import type {PricePolicy} from './next-price.ts';

export type PricePolicyWrong = {
	readonly code: 'PRICE_POLICY_WRONG';
	readonly field: string;
	readonly problem: string;
};

/** As in JSON: amounts are decimal strings of lovelace, ratios are `1/2` or `0.5`. */
export type PricePolicyJson = {readonly [Name in keyof PricePolicy]: string | number};

export const DEFAULT_POLICY: Omit<PricePolicy, 'min' | 'max'> = {
	low: Ratio(1n, 2n),
	high: Ratio(4n, 5n),
	step: Ratio(1n, 20n),
	restEpochs: 1,
};

const REST_EPOCHS_MAX = 1024;
const ONE = Ratio(1n, 1n);

const wrong = (field: string, problem: string): Result<never, PricePolicyWrong> =>
	err({code: 'PRICE_POLICY_WRONG', field, problem});

const amountOf = (value: unknown): Lovelace | undefined => {
	const amount = typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;
	return amount !== undefined && amount <= CREDITS_MAX ? Lovelace(amount) : undefined;
};

const ratioOf = (value: unknown): Ratio | undefined =>
	typeof value === 'string' ? parseRatio(value) : undefined;

/** Bounds in order, a band in which the price rests, steps that lead somewhere. */
export const checkPricePolicy = (policy: PricePolicy): Result<PricePolicy, PricePolicyWrong> => {
	const {min, max, low, high, step, restEpochs} = policy;
	if (min > max) return wrong('min', 'is more than max');
	if (compareRatios(low, high) >= 0) return wrong('low', 'is not less than high: the price would never rest');
	if (compareRatios(high, ONE) > 0) return wrong('high', 'is more than the whole capacity');
	if (step.numerator === 0n || compareRatios(step, ONE) >= 0) return wrong('step', 'is not between 0 and 1');
	return restEpochs <= REST_EPOCHS_MAX ? ok(policy) : wrong('restEpochs', `is more than ${REST_EPOCHS_MAX}`);
};

const textOf = ({numerator, denominator}: Ratio): string => `${numerator}/${denominator}`;

const DEFAULT_POLICY_JSON: {readonly [name: string]: unknown} = {
	low: textOf(DEFAULT_POLICY.low),
	high: textOf(DEFAULT_POLICY.high),
	step: textOf(DEFAULT_POLICY.step),
	restEpochs: DEFAULT_POLICY.restEpochs,
};

/** Reads what `JSON.parse` gave. */
export const pricePolicyOf = (json: unknown): Result<PricePolicy, PricePolicyWrong> => {
	if (typeof json !== 'object' || json === null) return wrong('', 'is not an object');
	const fields = json as {readonly [name: string]: unknown};
	const [min, max] = [amountOf(fields['min']), amountOf(fields['max'])];
	if (min === undefined) return wrong('min', 'is not an amount of lovelace');
	if (max === undefined) return wrong('max', 'is not an amount of lovelace');
	const {low, high, step, restEpochs} = {...DEFAULT_POLICY_JSON, ...fields};
	const ratios = [ratioOf(low), ratioOf(high), ratioOf(step)] as const;
	const [lowRatio, highRatio, stepRatio] = ratios;
	if (lowRatio === undefined) return wrong('low', 'is not a ratio');
	if (highRatio === undefined) return wrong('high', 'is not a ratio');
	if (stepRatio === undefined) return wrong('step', 'is not a ratio');
	if (!Number.isSafeInteger(restEpochs) || Number(restEpochs) < 0)
		return wrong('restEpochs', 'is not a count');
	return checkPricePolicy({
		min,
		max,
		low: lowRatio,
		high: highRatio,
		step: stepRatio,
		restEpochs: Number(restEpochs),
	});
};

export const pricePolicyJson = ({min, max, low, high, step, restEpochs}: PricePolicy): PricePolicyJson => ({
	min: String(min),
	max: String(max),
	low: textOf(low),
	high: textOf(high),
	step: textOf(step),
	restEpochs,
});
