/** What a power meter counted. */
import {err, ok, type Result} from '#kernel/result';
import {type CsvFailure, type CsvRow, parseCsv} from './csv.ts';
import {parseDecimal} from './decimal.ts';
import {parseUtc} from './utc-time.ts';

/** A meter's count since it was made, in milliwatt hours. */
export type MeterReading = {readonly timeMs: number; readonly milliwattHours: bigint};

export type MeterFailure =
	| CsvFailure
	| {readonly code: 'METER_COLUMN_MISSING'; readonly column: string}
	| {
			readonly code: 'METER_ROW_MALFORMED';
			readonly line: number;
			readonly column: string;
			readonly value: string;
	  }
	| {readonly code: 'METER_READING_FALLS'; readonly line: number}
	| {readonly code: 'METER_READINGS_TOO_FEW'; readonly readings: number};

const KWH_DECIMALS = 6;

const readingOf = (
	{line, cells}: CsvRow,
	last: MeterReading | undefined,
): Result<MeterReading, MeterFailure> => {
	const time = cells.get('time') ?? '';
	const kwh = cells.get('kwh') ?? '';
	const timeMs = parseUtc(time);
	if (timeMs === undefined) return err({code: 'METER_ROW_MALFORMED', line, column: 'time', value: time});
	const milliwattHours = parseDecimal(kwh, KWH_DECIMALS);
	if (milliwattHours === undefined)
		return err({code: 'METER_ROW_MALFORMED', line, column: 'kwh', value: kwh});
	// A meter that was replaced or read in another unit would make energy out of nothing.
	if (last !== undefined && (timeMs <= last.timeMs || milliwattHours < last.milliwattHours))
		return err({code: 'METER_READING_FALLS', line});
	return ok({timeMs, milliwattHours});
};

/** The columns `time` (UTC) and `kwh` (what the meter shows), oldest first, at least two rows. */
export const parseMeterReadings = (text: string): Result<readonly MeterReading[], MeterFailure> => {
	const table = parseCsv(text);
	if (!table.ok) return table;
	const {headings, rows} = table.value;
	const column = ['time', 'kwh'].find(name => !headings.includes(name));
	if (column !== undefined) return err({code: 'METER_COLUMN_MISSING', column});
	const readings: MeterReading[] = [];
	for (const row of rows) {
		const reading = readingOf(row, readings.at(-1));
		if (!reading.ok) return reading;
		readings.push(reading.value);
	}
	return readings.length < 2
		? err({code: 'METER_READINGS_TOO_FEW', readings: readings.length})
		: ok(readings);
};

/** What the meter showed at a moment between its first and last reading, on the straight line between two of them. */
const countAt = (readings: readonly MeterReading[], timeMs: number): bigint => {
	let low = 0;
	let high = readings.length - 1;
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if ((readings[middle] as MeterReading).timeMs <= timeMs) low = middle;
		else high = middle;
	}
	const before = readings[low] as MeterReading;
	const after = readings[high] as MeterReading;
	const span = BigInt(after.timeMs - before.timeMs);
	return (
		before.milliwattHours +
		((after.milliwattHours - before.milliwattHours) * BigInt(timeMs - before.timeMs)) / span
	);
};

/** Milliwatt hours from `fromMs` to `toMs`, both between the first and the last reading. */
export const energyBetween = (readings: readonly MeterReading[], fromMs: number, toMs: number): bigint =>
	countAt(readings, toMs) - countAt(readings, fromMs);
