import test from 'ava';
import fc from 'fast-check';
import type {Earning} from '#income/earning';
import {expectedPerDay} from '#income/hash-rate';
import {parseMachine} from '#income/machine';
import {machineReturn} from '#income/machine-return';
import {energyBetween, parseMeterReadings} from '#income/meter';

const json = {
	currency: 'EUR',
	powerPricePerKwh: '0.30',
	baselineWatts: '10',
	hardware: [{name: 'CPU', cost: '365.2425', bought: '2026-01-01', lifeMonths: 12}],
	prices: {xmr: '150', storj: '0.25', ada: '0.5', usd: '0.9'},
};

const machine = parseMachine(json);

const METER = 'time,kwh\n2026-01-22,100\n2026-02-11,148\n';

test("a machine's return is what it earned, less the power above its baseline and the wear of its parts", t => {
	const readings = parseMeterReadings(METER);
	if (!machine.ok || !readings.ok) return t.fail();
	const at = (date: string): number => Date.parse(date);
	const earnings: readonly Earning[] = [
		{source: 'xmr', reference: 'a', timeMs: at('2026-01-25'), amount: 40_000_000_000n, microUsd: undefined},
		{source: 'storj', reference: 'b', timeMs: at('2026-02-01'), amount: undefined, microUsd: 2_000_000n},
		{source: 'fees', reference: 'c', timeMs: at('2026-02-10'), amount: 3_000_000n, microUsd: undefined},
		{source: 'fees', reference: 'd', timeMs: at('2026-03-10'), amount: 3_000_000n, microUsd: undefined},
	];
	// 48 kWh in 20 days are 100 W; 90 W of them are the machine's work. A day wears off one euro.
	const found = machineReturn(machine.value, readings.value, earnings);
	const day = 86_400_000;
	t.deepEqual(found, {
		months: [
			{
				month: '2026-01',
				coveredMs: 10 * day,
				milliwattHours: 21_600_000n,
				powerCost: 6_480_000n,
				depreciation: 10_000_000n,
				earned: {xmr: 6_000_000n, storj: 0n, fees: 0n},
				net: -10_480_000n,
			},
			{
				month: '2026-02',
				coveredMs: 10 * day,
				milliwattHours: 21_600_000n,
				powerCost: 6_480_000n,
				depreciation: 10_000_000n,
				earned: {xmr: 0n, storj: 1_800_000n, fees: 1_500_000n},
				net: -13_180_000n,
			},
		],
		total: {
			coveredMs: 20 * day,
			milliwattHours: 43_200_000n,
			powerCost: 12_960_000n,
			depreciation: 20_000_000n,
			earned: {xmr: 6_000_000n, storj: 1_800_000n, fees: 1_500_000n},
			net: -23_660_000n,
		},
		invested: 365_242_500n,
		yearlyReturnMillionths: -1_183_000n,
		paybackMonthThousandths: undefined,
		earningsOutside: 1,
	});
});

test('a machine that earns more than its power has a time in which it is paid back', t => {
	const readings = parseMeterReadings('time,kwh\n2026-01-01,0\n2026-01-31,0\n');
	if (!machine.ok || !readings.ok) return t.fail();
	const {months, paybackMonthThousandths, yearlyReturnMillionths} = machineReturn(
		machine.value,
		readings.value,
		[
			{
				source: 'fees',
				reference: 'c',
				timeMs: Date.parse('2026-01-05'),
				amount: 120_000_000n,
				microUsd: undefined,
			},
		],
	);
	t.is(months.length, 1);
	// 60 euros in 30 days, of 365.2425: six months of 30.436875 days.
	t.is(paybackMonthThousandths, 6000n);
	t.is(yearlyReturnMillionths, 1_000_000n);
	const without = machineReturn({...machine.value, hardware: []}, readings.value, []);
	t.is(without.yearlyReturnMillionths, undefined);
});

test('whatever the meter showed, the months add up to the whole', t => {
	const steps = fc.array(fc.record({hours: fc.integer({min: 1, max: 2000}), kwh: fc.nat(500)}), {
		minLength: 1,
		maxLength: 12,
	});
	fc.assert(
		fc.property(steps, fc.nat(400), (given, startDays) => {
			if (!machine.ok) return;
			const start = Date.UTC(2025, 5, 1) + startDays * 86_400_000;
			let timeMs = start;
			let milliwattHours = 0n;
			const readings = [{timeMs, milliwattHours}];
			for (const {hours, kwh} of given) {
				timeMs += hours * 3_600_000;
				milliwattHours += BigInt(kwh) * 1_000_000n;
				readings.push({timeMs, milliwattHours});
			}
			const {months, total} = machineReturn({...machine.value, baselineMilliwatts: 0n}, readings, []);
			t.is(total.coveredMs, timeMs - start);
			t.is(total.milliwattHours, milliwattHours);
			t.is(energyBetween(readings, start, timeMs), milliwattHours);
			t.is(new Set(months.map(({month}) => month)).size, months.length);
			t.true(months.every(({coveredMs, depreciation}) => coveredMs > 0 && depreciation >= 0n));
		}),
	);
});

test('rejects readings without a column, that fall, of no time or number, or fewer than two', t => {
	const failures = [
		'when,kwh\n',
		'time,kwh\n2026-01-01,5\n2026-01-02,4\n',
		'time,kwh\n2026-01-01,5\n2026-01-01,6\n',
		'time,kwh\nnow,5\n',
		'time,kwh\n2026-01-01,much\n',
		'time,kwh\n2026-01-01,5\n',
	].map(text => parseMeterReadings(text));
	t.deepEqual(
		failures.map(failure => (failure.ok ? 'taken' : failure.error)),
		[
			{code: 'METER_COLUMN_MISSING', column: 'time'},
			{code: 'METER_READING_FALLS', line: 3},
			{code: 'METER_READING_FALLS', line: 3},
			{code: 'METER_ROW_MALFORMED', line: 2, column: 'time', value: 'now'},
			{code: 'METER_ROW_MALFORMED', line: 2, column: 'kwh', value: 'much'},
			{code: 'METER_READINGS_TOO_FEW', readings: 1},
		],
	);
});

test('rejects a machine with a field that is wrong, and says which', t => {
	const bad: readonly (readonly [json: unknown, field: string])[] = [
		[[], ''],
		[{...json, currency: 'euro'}, 'currency'],
		[{...json, powerPricePerKwh: 0.3}, 'powerPricePerKwh'],
		[{...json, baselineWatts: '-1'}, 'baselineWatts'],
		[{...json, hardware: {}}, 'hardware'],
		[{...json, hardware: [{...json.hardware[0], lifeMonths: 0}]}, 'hardware[0].lifeMonths'],
		[{...json, hardware: [{...json.hardware[0], bought: 'then'}]}, 'hardware[0].bought'],
		[{...json, hardware: [{...json.hardware[0], cost: 5}]}, 'hardware[0].cost'],
		[{...json, hardware: [{...json.hardware[0], name: 5}]}, 'hardware[0].name'],
		[{...json, prices: {...json.prices, usd: undefined}}, 'prices.usd'],
	];
	for (const [value, field] of bad) {
		const parsed = parseMachine(value);
		t.is(parsed.ok ? 'taken' : parsed.error.field, field);
	}
	fc.assert(fc.property(fc.jsonValue(), value => t.false(parseMachine(value).ok)));
});

test('a hash rate finds its share of all blocks', t => {
	t.is(
		expectedPerDay({hashRate: 5000n, difficulty: 432_000_000n, reward: 600_000_000_000n}),
		600_000_000_000n,
	);
	t.is(expectedPerDay({hashRate: 5000n, difficulty: 0n, reward: 1n}), undefined);
});
