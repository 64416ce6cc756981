/** What mining on a machine's CPU and storing on its disk brings, month by month. Whole numbers only; see machine.ts. */
import type {Earning, EarningSource} from './earning.ts';
import {UNIT_DECIMALS} from './earning.ts';
import type {Machine} from './machine.ts';
import {energyBetween, type MeterReading} from './meter.ts';
import {HOUR_MS, MEAN_MONTH_MS, type Month, monthOf, monthStartMs, nextMonth} from './utc-time.ts';

/** Amounts in millionths of the machine's currency. */
export type ReturnLine = {
	/** How much of the time was metered. */
	readonly coveredMs: number;
	/** Above what the machine would draw anyway. */
	readonly milliwattHours: bigint;
	readonly powerCost: bigint;
	/** The part of the hardware's price that this time has worn off. */
	readonly depreciation: bigint;
	readonly earned: Readonly<Record<EarningSource, bigint>>;
	/** Earned, less power and wear. */
	readonly net: bigint;
};

export type MachineReturn = {
	readonly months: readonly (ReturnLine & {readonly month: Month})[];
	readonly total: ReturnLine;
	/** What the hardware cost. */
	readonly invested: bigint;
	/** Net in a year for a million invested, at the pace of the metered time; undefined when nothing was invested. */
	readonly yearlyReturnMillionths: bigint | undefined;
	/** In thousandths of a month; undefined when what is earned does not even pay for the power. */
	readonly paybackMonthThousandths: bigint | undefined;
	/** Earnings from before the first or after the last reading: they count nowhere. */
	readonly earningsOutside: number;
};

const MILLION = 1_000_000n;

/** What an earning is worth: its coins at the price given, or the dollars that its payer named. */
export const earningValue = (machine: Machine, {source, amount, microUsd}: Earning): bigint => {
	const {prices} = machine;
	const price = source === 'fees' ? prices.ada : prices[source];
	if (amount !== undefined) return (amount * price) / 10n ** BigInt(UNIT_DECIMALS[source]);
	return ((microUsd ?? 0n) * prices.usd) / MILLION;
};

/** Each piece of hardware wears off evenly over its life. */
const depreciationBetween = ({hardware}: Machine, fromMs: number, toMs: number): bigint =>
	hardware.reduce((sum, {cost, boughtMs, lifeMonths}) => {
		const lifeMs = lifeMonths * MEAN_MONTH_MS;
		const overlapMs = Math.min(toMs, boughtMs + lifeMs) - Math.max(fromMs, boughtMs);
		return overlapMs <= 0 ? sum : sum + (cost * BigInt(overlapMs)) / BigInt(lifeMs);
	}, 0n);

const lineBetween = (
	machine: Machine,
	readings: readonly MeterReading[],
	earnings: readonly Earning[],
	[fromMs, toMs]: readonly [number, number],
): ReturnLine => {
	const coveredMs = toMs - fromMs;
	const drawn = energyBetween(readings, fromMs, toMs);
	const baseline = (machine.baselineMilliwatts * BigInt(coveredMs)) / BigInt(HOUR_MS);
	const milliwattHours = drawn > baseline ? drawn - baseline : 0n;
	const powerCost = (milliwattHours * machine.powerPrice) / MILLION;
	const depreciation = depreciationBetween(machine, fromMs, toMs);
	const earned: Record<EarningSource, bigint> = {xmr: 0n, storj: 0n, fees: 0n};
	for (const earning of earnings)
		if (earning.timeMs >= fromMs && earning.timeMs < toMs)
			earned[earning.source] += earningValue(machine, earning);
	const net = earned.xmr + earned.storj + earned.fees - powerCost - depreciation;
	return {coveredMs, milliwattHours, powerCost, depreciation, earned, net};
};

const sum = (a: ReturnLine, b: ReturnLine): ReturnLine => ({
	coveredMs: a.coveredMs + b.coveredMs,
	milliwattHours: a.milliwattHours + b.milliwattHours,
	powerCost: a.powerCost + b.powerCost,
	depreciation: a.depreciation + b.depreciation,
	earned: {
		xmr: a.earned.xmr + b.earned.xmr,
		storj: a.earned.storj + b.earned.storj,
		fees: a.earned.fees + b.earned.fees,
	},
	net: a.net + b.net,
});

const NOTHING: ReturnLine = {
	coveredMs: 0,
	milliwattHours: 0n,
	powerCost: 0n,
	depreciation: 0n,
	earned: {xmr: 0n, storj: 0n, fees: 0n},
	net: 0n,
};

/** From the first reading to the last, of which there are at least two. */
export const machineReturn = (
	machine: Machine,
	readings: readonly MeterReading[],
	earnings: readonly Earning[],
): MachineReturn => {
	const firstMs = readings[0]?.timeMs ?? 0;
	const lastMs = readings.at(-1)?.timeMs ?? 0;
	const months: (ReturnLine & {month: Month})[] = [];
	for (let month = monthOf(firstMs); monthStartMs(month) < lastMs; month = nextMonth(month)) {
		const span = [
			Math.max(firstMs, monthStartMs(month)),
			Math.min(lastMs, monthStartMs(nextMonth(month))),
		] as const;
		months.push({month, ...lineBetween(machine, readings, earnings, span)});
	}
	const total = months.reduce<ReturnLine>(sum, NOTHING);
	const invested = machine.hardware.reduce((cost, hardware) => cost + hardware.cost, 0n);
	const covered = BigInt(total.coveredMs);
	const yearMs = BigInt(12 * MEAN_MONTH_MS);
	const surplus = total.net + total.depreciation;
	return {
		months,
		total,
		invested,
		yearlyReturnMillionths:
			invested === 0n ? undefined : (total.net * yearMs * MILLION) / (invested * covered),
		paybackMonthThousandths:
			surplus <= 0n ? undefined : (invested * covered * 1000n) / (surplus * BigInt(MEAN_MONTH_MS)),
		earningsOutside: earnings.filter(({timeMs}) => timeMs < firstMs || timeMs >= lastMs).length,
	};
};
