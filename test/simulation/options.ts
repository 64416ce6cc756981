import {parseArgs} from 'node:util';
import {err, type Failure, ok, type Result} from '#kernel/result';
import type {Scenario} from './scenario.ts';

/** Played by `overlay/play-overlay.ts`: peers of the topic overlay only, no whole nodes. */
export const OVERLAY = 'overlay';

export const USAGE = `npm run simulate -- [options]

Plays whole nodes in virtual time from a seed, and then, as "overlay", the peers of the topic overlay. Without --scenario: all.

  --scenario NAME   one scenario, or several separated by commas
  --seed N          default 1
  --nodes N         honest nodes, instead of the scenario's number; of "overlay" alone up to 100000
  --slots N         slots, instead of the scenario's number
  --short           the short form of each scenario, as CI plays it
  --events 0,3,4    only these of the planned disturbances; "none" for none
  --real-crypto     Ed25519, KES and VRF in earnest instead of ideal ones
  --trace N         show the last N lines of what happened
  --json            one line of JSON a run
  --list            the scenarios, and the chance of an honest violation in each
  --table           the scenarios as docs/TESTING.md lists them
  --help            this text
`;

export type SimulateOptions = {
	readonly scenarios: readonly Scenario[];
	/** Whether the topic overlay is played too. */
	readonly overlay: boolean;
	readonly seed: number;
	readonly nodes: number | undefined;
	readonly slots: number | undefined;
	readonly isShort: boolean;
	readonly events: readonly number[] | undefined;
	readonly realCrypto: boolean;
	readonly trace: number;
	readonly json: boolean;
	readonly list: boolean;
	readonly table: boolean;
	readonly help: boolean;
};

export type OptionFailure =
	| {readonly code: 'SIMULATE_OPTION_UNKNOWN'; readonly message: string}
	| {readonly code: 'SIMULATE_OPTION_INVALID'; readonly option: string; readonly expected: string}
	| {readonly code: 'SIMULATE_SCENARIO_UNKNOWN'; readonly name: string; readonly known: readonly string[]};

const flag = {type: 'boolean'} as const;
const text = {type: 'string'} as const;

const config = {
	scenario: text,
	seed: text,
	nodes: text,
	slots: text,
	short: flag,
	events: text,
	'real-crypto': flag,
	trace: text,
	json: flag,
	list: flag,
	table: flag,
	help: flag,
} as const;

type Values = {[K in keyof typeof config]?: string | boolean};

const parse = (words: readonly string[]): Result<Values, OptionFailure> => {
	try {
		return ok(parseArgs({args: [...words], options: config, strict: true}).values as Values);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return err({code: 'SIMULATE_OPTION_UNKNOWN', message});
	}
};

type Range = {readonly min: number; readonly max: number};

const ranges = {
	seed: {min: 0, max: 2 ** 32 - 1},
	nodes: {min: 2, max: 100},
	slots: {min: 1, max: 10_000_000},
	trace: {min: 0, max: 800},
} as const satisfies Record<string, Range>;

const OVERLAY_NODES_MAX = 100_000;

const numberOf = (values: Values, option: keyof typeof ranges): Result<number | undefined, OptionFailure> => {
	const value = values[option];
	if (typeof value !== 'string') return ok(undefined);
	const isOverlay = option === 'nodes' && values.scenario === OVERLAY;
	const {min, max} = isOverlay ? {min: 100, max: OVERLAY_NODES_MAX} : ranges[option];
	const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
	return number >= min && number <= max
		? ok(number)
		: err({code: 'SIMULATE_OPTION_INVALID', option, expected: `a number from ${min} to ${max}`});
};

const eventsOf = ({events}: Values): Result<readonly number[] | undefined, OptionFailure> => {
	if (typeof events !== 'string') return ok(undefined);
	if (events === 'none') return ok([]);
	return /^\d{1,6}(,\d{1,6})*$/.test(events)
		? ok(events.split(',').map(Number))
		: err({
				code: 'SIMULATE_OPTION_INVALID',
				option: 'events',
				expected: 'numbers separated by commas, or none',
			});
};

const scenariosOf = (
	{scenario}: Values,
	all: readonly Scenario[],
): Result<readonly Scenario[], OptionFailure> => {
	if (typeof scenario !== 'string') return ok(all);
	const names = scenario.split(',');
	const known = [...all.map(({name}) => name), OVERLAY];
	const unknown = names.find(name => !known.includes(name));
	if (unknown !== undefined) return err({code: 'SIMULATE_SCENARIO_UNKNOWN', name: unknown, known});
	return ok(all.filter(({name}) => names.includes(name)));
};

/** What the words of a command line ask for. */
export const readOptions = (
	words: readonly string[],
	all: readonly Scenario[],
): Result<SimulateOptions, OptionFailure | Failure> => {
	const values = parse(words);
	if (!values.ok) return values;
	const scenarios = scenariosOf(values.value, all);
	if (!scenarios.ok) return scenarios;
	const events = eventsOf(values.value);
	if (!events.ok) return events;
	const numbers = new Map<string, number | undefined>();
	for (const option of ['seed', 'nodes', 'slots', 'trace'] as const) {
		const number = numberOf(values.value, option);
		if (!number.ok) return number;
		numbers.set(option, number.value);
	}
	const is = (name: keyof Values): boolean => values.value[name] === true;
	return ok({
		scenarios: scenarios.value,
		overlay: typeof values.value.scenario !== 'string' || values.value.scenario.split(',').includes(OVERLAY),
		seed: numbers.get('seed') ?? 1,
		nodes: numbers.get('nodes'),
		slots: numbers.get('slots'),
		isShort: is('short'),
		events: events.value,
		realCrypto: is('real-crypto'),
		trace: numbers.get('trace') ?? 0,
		json: is('json'),
		list: is('list'),
		table: is('table'),
		help: is('help'),
	});
};
