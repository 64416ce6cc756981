/** `dcloud roi`: what mining on the CPU and storing on the disk of a machine brings. */
import type {Command} from 'commander';
import {csvText} from '#income/csv';
import {decimalText} from '#income/decimal';
import {coinText} from '#income/earning';
import {expectedPerDay} from '#income/hash-rate';
import {type Machine, MONEY_DECIMALS, parseMachine} from '#income/machine';
import {type MachineReturn, machineReturn, type ReturnLine} from '#income/machine-return';
import {type MeterReading, parseMeterReadings} from '#income/meter';
import {NodeError} from '#kernel/node-error';
import {readIncomeBook} from '#node/adapters/income/income-book-file';
import {readP2poolWork, readXmrigHashRate} from '#node/adapters/income/miner';
import {readBoundedFile, writeFileAtomically} from '#node/adapters/private-file';
import {answers, type Options, optionalText, type Verb} from '../answer.ts';
import {textOption} from '../sending.ts';
import {facts, table} from '../table.ts';

const FILE_BYTES_MAX = 64 * 1024 * 1024;
const CENT = 10_000n;

const readMachine = async (file: string): Promise<Machine> => {
	const text = await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX});
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (cause) {
		throw new NodeError({code: 'FILE_NOT_JSON', message: `${file} is not JSON.`, file}, {cause});
	}
	const machine = parseMachine(json);
	if (machine.ok) return machine.value;
	const {field, wanted} = machine.error;
	throw new NodeError({...machine.error, message: `${file}: ${field || 'the whole'} is ${wanted}.`, file});
};

const readMeter = async (file: string): Promise<readonly MeterReading[]> => {
	const readings = parseMeterReadings(await readBoundedFile(file, {bytesMax: FILE_BYTES_MAX}));
	if (readings.ok) return readings.value;
	throw new NodeError({
		...readings.error,
		message: `${file} holds no readings to reckon with: ${readings.error.code}.`,
		file,
	});
};

/** In hundredths, rounded to the nearest. */
const money = (amount: bigint): string => {
	const half = amount < 0n ? -(CENT / 2n) : CENT / 2n;
	return decimalText((amount + half) / CENT, 2, 2);
};

const CSV_HEAD = ['month', 'hours', 'kwh', 'power_cost', 'wear', 'xmr', 'storj', 'fees', 'net', 'currency'];

const HOUR = 3_600_000;

/** With all digits: for spreadsheets. */
const csvLine = (currency: string, name: string, line: ReturnLine): readonly string[] => [
	name,
	decimalText(BigInt(Math.floor((line.coveredMs * 1000) / HOUR)), 3),
	decimalText(line.milliwattHours, 6),
	...[line.powerCost, line.depreciation, line.earned.xmr, line.earned.storj, line.earned.fees, line.net].map(
		amount => decimalText(amount, MONEY_DECIMALS),
	),
	currency,
];

const row = (name: string, line: ReturnLine): readonly string[] => [
	name,
	String(Math.round(line.coveredMs / HOUR)),
	decimalText(line.milliwattHours / 10_000n, 2, 2),
	...[line.powerCost, line.depreciation, line.earned.xmr, line.earned.storj, line.earned.fees, line.net].map(
		money,
	),
];

const PERCENT_DECIMALS = 4;

const returnText = ({currency}: Machine, found: MachineReturn): string => {
	const {months, total, invested, yearlyReturnMillionths, paybackMonthThousandths, earningsOutside} = found;
	const rows = [...months.map(month => row(month.month, month)), row('total', total)];
	return [
		table(['month', '>hours', '>kWh', '>power', '>wear', '>XMR', '>STORJ', '>dCloud', '>net'], rows),
		'',
		facts([
			['amounts in', currency],
			['invested', money(invested)],
			[
				'return in a year',
				yearlyReturnMillionths === undefined
					? 'nothing was invested'
					: `${decimalText(yearlyReturnMillionths, PERCENT_DECIMALS, 2)} % of it, after power and wear`,
			],
			[
				'paid back after',
				paybackMonthThousandths === undefined
					? 'never at this pace: the power costs more than is earned'
					: `${decimalText(paybackMonthThousandths / 100n, 1, 1)} months at this pace`,
			],
			['earnings not counted', `${earningsOutside}, from before the first or after the last reading`],
		]),
	].join('\n');
};

/** What the miner does now, beside what it has brought. */
const readMining = async (options: Options, signal: AbortSignal) => {
	const folder = optionalText(options, 'p2poolData');
	const url = optionalText(options, 'xmrigUrl');
	const tokenFile = optionalText(options, 'xmrigTokenFile');
	const work = folder === undefined ? undefined : await readP2poolWork(folder);
	const own =
		url === undefined
			? undefined
			: await readXmrigHashRate({url, signal, ...(tokenFile === undefined ? {} : {tokenFile})});
	const hashRate = own ?? work?.hashRate;
	if (hashRate === undefined) return undefined;
	return {hashRate, piconeroPerDay: work === undefined ? undefined : expectedPerDay({...work, hashRate})};
};

const miningText = (mining: NonNullable<Awaited<ReturnType<typeof readMining>>>): string => {
	const {hashRate, piconeroPerDay} = mining;
	const expected =
		piconeroPerDay === undefined ? '' : `, on average ${coinText('xmr', piconeroPerDay)} a day`;
	return `\nmining now: ${hashRate} hashes a second${expected}`;
};

const roi: Verb = async (_words, options, signal) => {
	const [machine, readings, book, mining] = await Promise.all([
		readMachine(textOption(options, 'machine')),
		readMeter(textOption(options, 'meter')),
		readIncomeBook(textOption(options, 'book')),
		readMining(options, signal),
	]);
	const found = machineReturn(machine, readings, book.earnings);
	const csv = optionalText(options, 'csv');
	if (csv !== undefined) {
		const lines = [
			...found.months.map(month => [month.month, month] as const),
			['total', found.total] as const,
		];
		const cells = lines.map(([name, line]) => csvLine(machine.currency, name, line));
		await writeFileAtomically(csv, csvText([CSV_HEAD, ...cells]), {mode: 0o644});
	}
	return {
		data: {currency: machine.currency, ...found, mining: mining ?? null},
		text: returnText(machine, found) + (mining === undefined ? '' : miningText(mining)),
	};
};

export const register = (noun: Command): void => {
	answers(
		noun
			.requiredOption('--machine <file>', 'JSON: currency, powerPricePerKwh, baselineWatts, hardware, prices')
			.requiredOption('--meter <file>', 'CSV of a power meter: columns time (UTC) and kwh (what it shows)')
			.requiredOption('--book <file>', 'what was earned: made by "dcloud treasury earnings"')
			.option('--csv <file>', 'write the table there too')
			.option('--xmrig-url <url>', "xmrig's HTTP API, for its hash rate now")
			.option('--xmrig-token-file <file>', 'its access token')
			.option('--p2pool-data <folder>', 'what p2pool writes with --data-api: hash rate, difficulty, reward'),
		roi,
	);
};
