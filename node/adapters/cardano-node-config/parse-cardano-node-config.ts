/** cardano-node's configuration, checked field by field. Pure. */
import {parseHex, toHex} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {type Fields, integer, object, WrongFieldError} from '#relay/json-fields';
import {RELAY_TARGETS, relayTargets, type TierTargets} from '#relay/known-peers';
import type {LogLevel} from '../json-log.ts';
import type {
	CardanoNodeConfig,
	CardanoNodeConfigFailure,
	GenesisEra,
	NamedGenesis,
} from './cardano-node-config.ts';
import {
	IDLE_FIELDS,
	isTraceField,
	oneOf,
	seconds,
	text,
	UNMET_FIELDS,
	withoutEnvelope,
	yesOrNo,
} from './known-fields.ts';

const wrong = (field: string, expected: string): never => {
	throw new WrongFieldError({field, expected});
};

/** Takes fields out one by one; what is left in the end nobody knows. */
class Taker {
	readonly #left: Map<string, unknown>;

	constructor(fields: Fields) {
		this.#left = new Map(Object.entries(fields));
	}

	take<T>(name: string, read: (value: unknown, field: string) => T): T | undefined {
		const value = this.#left.get(name);
		this.#left.delete(name);
		// cardano-node takes null for nothing.
		return value === undefined || value === null ? undefined : read(value, name);
	}

	/** Those that were there. */
	takeAll(checks: Readonly<Record<string, (value: unknown, field: string) => unknown>>): readonly string[] {
		const found = Object.entries(checks).filter(([name]) => this.#left.has(name));
		for (const [name, check] of found) this.take(name, check);
		return found.map(([name]) => name);
	}

	names(): readonly string[] {
		return [...this.#left.keys()];
	}
}

const ERAS: readonly GenesisEra[] = ['Byron', 'Shelley', 'Alonzo', 'Conway'];
const HASH_BYTES = 32;

const hashText = (value: unknown, field: string): string => {
	const hash = typeof value === 'string' ? parseHex(value) : undefined;
	return hash?.length === HASH_BYTES ? toHex(hash) : wrong(field, '64 hexadecimal digits');
};

const genesisFilesOf = (taker: Taker): readonly NamedGenesis[] =>
	ERAS.flatMap(era => {
		const file = taker.take(`${era}GenesisFile`, text);
		const hash = taker.take(`${era}GenesisHash`, hashText);
		if (file !== undefined) return [{era, file, hash}];
		return hash === undefined ? [] : wrong(`${era}GenesisFile`, 'the file that has this hash');
	});

/** How many peers may be wanted: of connections as many as `--peers` takes. */
const TARGET_MAX = {known: 10_000, established: 200, active: 200} as const;

const named = {known: 'Known', established: 'Established', active: 'Active'} as const;
const TIERS = ['known', 'established', 'active'] as const;

const tierOf = (taker: Taker, kind: '' | 'BigLedger', defaults: TierTargets): Partial<TierTargets> => {
	const given: {known?: number; established?: number; active?: number} = {};
	const nameOf = (tier: (typeof TIERS)[number]): string => `TargetNumberOf${named[tier]}${kind}Peers`;
	for (const tier of TIERS) {
		const min = tier === 'established' && kind === '' ? 1 : 0;
		const read = (value: unknown, field: string): number => integer(value, field, min, TARGET_MAX[tier]);
		const old = taker.take(nameOf(tier), read);
		const value = taker.take(`Deadline${nameOf(tier)}`, read) ?? old;
		if (value !== undefined) given[tier] = value;
	}
	const {known, established, active} = {
		...(kind === '' && given.established !== undefined ? relayTargets(given.established) : defaults),
		...given,
	};
	if (known < established)
		wrong(nameOf('known'), `at least ${nameOf('established')}, which is ${established}`);
	if (established < active) wrong(nameOf('established'), `at least ${nameOf('active')}, which is ${active}`);
	return given;
};

/** A boolean, or what it was called before. */
const peerSharing = (value: unknown, field: string): boolean => {
	if (typeof value === 'boolean') return value;
	return oneOf('PeerSharingEnabled', 'PeerSharingDisabled')(value, field) === 'PeerSharingEnabled';
};

const CONNECTIONS_MAX = 65_535;
const DELAY_SECONDS_MAX = 600;

const connectionsLimit = (value: unknown, field: string): CardanoNodeConfig['inbound'] => {
	const fields = object(value, field);
	/** Small letters until version 10, a capital since. */
	const sub = (name: string): readonly [value: unknown, field: string] => {
		const capital = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
		const found = fields[capital] === undefined ? name : capital;
		return [fields[found], `${field}.${found}`];
	};
	const hardMax = integer(...sub('hardLimit'), 1, CONNECTIONS_MAX);
	const softMax = integer(...sub('softLimit'), 0, hardMax);
	const delay = seconds(...sub('delay'));
	if (delay > DELAY_SECONDS_MAX) wrong(sub('delay')[1], `seconds, at most ${DELAY_SECONDS_MAX}`);
	return {hardMax, softMax, delayMsMax: Math.round(delay * 1_000)};
};

const PORT_MAX = 65_535;
const DEFAULT_METRICS = {host: '127.0.0.1', port: 12_798} as const;

const prometheusPair = (value: unknown, field: string): CardanoNodeConfig['metrics'] => {
	if (!Array.isArray(value) || value.length !== 2) return wrong(field, 'a list of an address and a port');
	return {host: text(value[0], `${field}[0]`), port: integer(value[1], `${field}[1]`, 0, PORT_MAX)};
};

/** `PrometheusSimple [nosuffix|suffix] [host] [port]` */
const prometheusBackend = (backend: string, field: string): CardanoNodeConfig['metrics'] => {
	const [, host = DEFAULT_METRICS.host, port = DEFAULT_METRICS.port] =
		/^PrometheusSimple(?: +(?:no)?suffix)?(?: +(?!\d+$)(\S+))?(?: +(\d{1,5}))?$/.exec(backend.trim()) ??
		wrong(field, 'PrometheusSimple, then suffix or nosuffix, an address and a port, or less');
	return {host, port: integer(Number(port), field, 0, PORT_MAX)};
};

const LEVELS: Readonly<Record<string, LogLevel>> = {
	Debug: 'debug',
	Info: 'info',
	Notice: 'info',
	Warning: 'warn',
	Error: 'error',
	Critical: 'error',
	Alert: 'error',
	Emergency: 'error',
	Silence: 'silent',
};

const severity = (value: unknown, field: string): LogLevel | undefined =>
	LEVELS[oneOf(...Object.keys(LEVELS))(value, field)];

type Logging = Pick<CardanoNodeConfig, 'metrics' | 'logLevel'>;

/** What the new tracing says under the empty name, which stands for everything. */
const traceOptions = (value: unknown, field: string): Logging => {
	const {'': root} = object(value, field);
	if (root === undefined) return {metrics: undefined, logLevel: undefined};
	const at = `${field}[""]`;
	const {severity: level, backends = []} = object(root, at);
	if (!Array.isArray(backends)) return wrong(`${at}.backends`, 'a list');
	const simple = backends
		.map((backend: unknown, index) => ({backend, field: `${at}.backends[${index}]`}))
		.find(({backend}) => typeof backend === 'string' && backend.startsWith('PrometheusSimple'));
	return {
		metrics: simple && prometheusBackend(String(simple.backend), simple.field),
		logLevel: level === undefined ? undefined : severity(level, `${at}.severity`),
	};
};

/** Of the two ways to log, the one that cardano-node would take: the old one was gone by version 10. */
const loggingOf = (taker: Taker): Logging => {
	const isNew = taker.take('UseTraceDispatcher', yesOrNo) ?? true;
	const isOn = taker.take('TurnOnLogging', yesOrNo) ?? true;
	const before: Logging = {
		metrics: taker.take('hasPrometheus', prometheusPair),
		logLevel: taker.take('minSeverity', severity),
	};
	const since = taker.take('TraceOptions', traceOptions);
	const {metrics, logLevel} = isNew && since !== undefined ? since : before;
	return {metrics, logLevel: isOn ? logLevel : 'silent'};
};

const unmetOf = (taker: Taker): readonly string[] => [
	...(taker.take('ConsensusMode', oneOf('PraosMode', 'GenesisMode')) === 'GenesisMode'
		? ['ConsensusMode']
		: []),
	...taker.takeAll(UNMET_FIELDS),
];

const read = (whole: Fields): CardanoNodeConfig => {
	const taker = new Taker(withoutEnvelope(whole));
	taker.take('DiffusionMode', (value, field) =>
		value === 'InitiatorAndResponder'
			? value
			: wrong(
					field,
					'InitiatorAndResponder: a node that lets nobody in is not to be had, close its port instead',
				),
	);
	const honoured = {
		genesisFiles: genesisFilesOf(taker),
		targets: tierOf(taker, '', RELAY_TARGETS),
		bigLedgerTargets: tierOf(taker, 'BigLedger', RELAY_TARGETS.bigLedger),
		peerSharing: taker.take('PeerSharing', peerSharing),
		inbound: taker.take('AcceptedConnectionsLimit', connectionsLimit),
		...loggingOf(taker),
	};
	const unmet = unmetOf(taker);
	const idle = taker.takeAll(IDLE_FIELDS);
	const left = taker.names();
	return {
		...honoured,
		unmet,
		idle: [...idle, ...left.filter(isTraceField)],
		unknown: left.filter(name => !isTraceField(name)),
	};
};

export const parseCardanoNodeConfig = (
	whole: Fields,
): Result<CardanoNodeConfig, CardanoNodeConfigFailure> => {
	try {
		return ok(read(whole));
	} catch (error) {
		if (error instanceof WrongFieldError) return err({code: 'CARDANO_CONFIG_FIELD_WRONG', ...error.wrong});
		throw error;
	}
};
