/** A machine and its prices, as its operator describes them in a JSON file. */
import {err, ok, type Result} from '#kernel/result';
import {parseDecimal} from './decimal.ts';
import {parseUtc} from './utc-time.ts';

/** Money of the operator's currency is counted in millionths. */
export const MONEY_DECIMALS = 6;

export type Hardware = {
	readonly name: string;
	readonly cost: bigint;
	readonly boughtMs: number;
	readonly lifeMonths: number;
};

export type Machine = {
	readonly currency: string;
	/** For a kilowatt hour. */
	readonly powerPrice: bigint;
	/** What the machine would draw without mining and storing, in milliwatts: 0 when it runs for nothing else. */
	readonly baselineMilliwatts: bigint;
	readonly hardware: readonly Hardware[];
	/** Of a whole coin, and of a dollar. */
	readonly prices: {readonly xmr: bigint; readonly storj: bigint; readonly ada: bigint; readonly usd: bigint};
};

export type MachineFailure = {
	readonly code: 'MACHINE_FIELD_WRONG';
	readonly field: string;
	readonly wanted: string;
};

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const HARDWARE_MAX = 100;
const LIFE_MONTHS_MAX = 1200;
const NAME_MAX = 100;

const wrong = (field: string, wanted: string) => err({code: 'MACHINE_FIELD_WRONG' as const, field, wanted});

/** Numbers stand in quotes: JSON's own numbers are floats. */
const decimalOf = (value: unknown, decimals: number): bigint | undefined =>
	typeof value === 'string' ? parseDecimal(value, decimals) : undefined;

const DECIMAL = 'a decimal number in quotes, such as "0.32"';

const hardwareOf = (value: unknown, field: string): Result<Hardware, MachineFailure> => {
	if (!isJson(value)) return wrong(field, 'an object');
	const {name, lifeMonths} = value;
	if (typeof name !== 'string' || name.length > NAME_MAX) return wrong(`${field}.name`, 'a text');
	const cost = decimalOf(value['cost'], MONEY_DECIMALS);
	if (cost === undefined) return wrong(`${field}.cost`, DECIMAL);
	const boughtMs = typeof value['bought'] === 'string' ? parseUtc(value['bought']) : undefined;
	if (boughtMs === undefined) return wrong(`${field}.bought`, 'a date such as "2026-01-31"');
	const isLife =
		Number.isSafeInteger(lifeMonths) &&
		(lifeMonths as number) >= 1 &&
		(lifeMonths as number) <= LIFE_MONTHS_MAX;
	if (!isLife) return wrong(`${field}.lifeMonths`, `a whole number from 1 to ${LIFE_MONTHS_MAX}`);
	return ok({name, cost, boughtMs, lifeMonths: lifeMonths as number});
};

const hardwareList = (value: unknown): Result<readonly Hardware[], MachineFailure> => {
	if (!Array.isArray(value) || value.length > HARDWARE_MAX)
		return wrong('hardware', `a list of at most ${HARDWARE_MAX}`);
	const list: Hardware[] = [];
	for (const [index, item] of value.entries()) {
		const hardware = hardwareOf(item, `hardware[${index}]`);
		if (!hardware.ok) return hardware;
		list.push(hardware.value);
	}
	return ok(list);
};

export const parseMachine = (json: unknown): Result<Machine, MachineFailure> => {
	if (!isJson(json)) return wrong('', 'an object');
	const {currency} = json;
	if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency))
		return wrong('currency', 'three capital letters');
	const powerPrice = decimalOf(json['powerPricePerKwh'], MONEY_DECIMALS);
	if (powerPrice === undefined) return wrong('powerPricePerKwh', DECIMAL);
	const baselineMilliwatts = decimalOf(json['baselineWatts'] ?? '0', 3);
	if (baselineMilliwatts === undefined) return wrong('baselineWatts', DECIMAL);
	const hardware = hardwareList(json['hardware']);
	if (!hardware.ok) return hardware;
	const given = isJson(json['prices']) ? json['prices'] : {};
	const prices = {xmr: 0n, storj: 0n, ada: 0n, usd: 0n};
	for (const coin of ['xmr', 'storj', 'ada', 'usd'] as const) {
		const price = decimalOf(given[coin], MONEY_DECIMALS);
		if (price === undefined) return wrong(`prices.${coin}`, DECIMAL);
		prices[coin] = price;
	}
	return ok({currency, powerPrice, baselineMilliwatts, hardware: hardware.value, prices});
};
