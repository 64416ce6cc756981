/** The names in cardano-node's configuration, of its versions from 8 to 11, and what belongs under each. */
import {type Fields, integer, WrongFieldError} from '#relay/json-fields';

type Check = (value: unknown, field: string) => unknown;

const wrong = (field: string, expected: string): never => {
	throw new WrongFieldError({field, expected});
};

export const text: (value: unknown, field: string) => string = (value, field) =>
	typeof value === 'string' && value !== '' ? value : wrong(field, 'a text');

export const yesOrNo: (value: unknown, field: string) => boolean = (value, field) =>
	typeof value === 'boolean' ? value : wrong(field, 'true or false');

export const seconds: (value: unknown, field: string) => number = (value, field) =>
	typeof value === 'number' && Number.isFinite(value) && value >= 0
		? value
		: wrong(field, 'seconds, from 0 on');

const COUNT_MAX = 1_000_000_000;
const count: Check = (value, field) => integer(value, field, 0, COUNT_MAX);
const anything: Check = () => undefined;

export const oneOf =
	<const T extends string>(...names: readonly T[]): ((value: unknown, field: string) => T) =>
	(value, field) =>
		names.find(name => name === value) ?? wrong(field, `one of ${names.join(', ')}`);

const of = (check: Check, ...names: readonly string[]): Readonly<Record<string, Check>> =>
	Object.fromEntries(names.map(name => [name, check]));

const TIERS = ['Root', 'Known', 'Established', 'Active'];
const BIG_TIERS = ['Known', 'Established', 'Active'];
const ERAS = ['Shelley', 'Allegra', 'Mary', 'Alonzo', 'Babbage', 'Conway', 'Dijkstra'];

/** Read by cardano-node, without a meaning here: how it keeps a ledger, traces, forks a test network, and when it gives up what we do not do. */
export const IDLE_FIELDS: Readonly<Record<string, Check>> = {
	...of(oneOf('Cardano'), 'Protocol'),
	...of(oneOf('RequiresNoMagic', 'RequiresMagic'), 'RequiresNetworkMagic'),
	...of(
		count,
		'LastKnownBlockVersion-Major',
		'LastKnownBlockVersion-Minor',
		'LastKnownBlockVersion-Alt',
		'MaxKnownMajorProtocolVersion',
		'ApplicationVersion',
		'MaxConcurrencyDeadline',
		'MaxConcurrencyBulkSync',
		'MinBigLedgerPeersForTrustedState',
		'TargetNumberOfRootPeers',
		'DeadlineTargetNumberOfRootPeers',
		...TIERS.map(tier => `SyncTargetNumberOf${tier}Peers`),
		...BIG_TIERS.map(tier => `SyncTargetNumberOf${tier}BigLedgerPeers`),
		...ERAS.map(era => `Test${era}HardForkAtEpoch`),
		...ERAS.map(era => `Test${era}HardForkAtVersion`),
	),
	...of(
		seconds,
		'ProtocolIdleTimeout',
		'TimeWaitTimeout',
		'EgressPollInterval',
		'ChainSyncIdleTimeout',
		'MempoolTimeoutSoft',
		'MempoolTimeoutHard',
		'MempoolTimeoutCapacity',
		'TxSubmissionInitDelay',
		'PBftSignatureThreshold',
	),
	...of(
		yesOrNo,
		'EnableP2P',
		'ExperimentalProtocolsEnabled',
		'ExperimentalHardForksEnabled',
		'TestEnableDevelopmentHardForkEras',
		'TestEnableDevelopmentNetworkProtocols',
		'EnableRpc',
		'EnableGrpc',
		'TurnOnLogMetrics',
	),
	...of(oneOf('NoResponderCoreAffinity', 'ResponderCoreAffinity'), 'ResponderCoreAffinityPolicy'),
	...of(oneOf('TxSubmissionLogicV1', 'TxSubmissionLogicV2'), 'TxSubmissionLogicVersion'),
	// Of cardano-node itself, which may run beside: its database and its socket are not ours.
	...of(anything, 'DatabasePath', 'SocketPath', 'RpcSocketPath', 'GrpcSocketPath', 'ApplicationName'),
	...of(anything, '$schema', 'Version', 'MinNodeVersion', 'LedgerDB', 'MempoolCapacityBytesOverride'),
	...of(anything, 'DijkstraGenesisFile', 'DijkstraGenesisHash', 'SnapshotInterval', 'NumOfDiskSnapshots'),
	...of(anything, 'hasEKG', 'options', 'rotation', 'setupBackends', 'setupScribes', 'defaultBackends'),
	...of(
		anything,
		'defaultScribes',
		'TracingVerbosity',
		'traceForwardTo',
		'GenesisConfig',
		'LowLevelGenesisOptions',
	),
};

/** By these cardano-node does what we do not: the operator is warned. */
export const UNMET_FIELDS: Readonly<Record<string, Check>> = of(
	text,
	'CheckpointsFile',
	'CheckpointsFileHash',
);

/** Traces of the old and of the new system: `TraceForge`, `TraceOptionForwarder`, … */
export const isTraceField = (name: string): boolean => /^Trac(?:e|ing)[A-Z]/.test(name);

/** Sections of the form with an envelope, `{Version, Configuration: {NetworkConfig: {…}, …}}`. */
const SECTIONS = [
	'ProtocolConfig',
	'NetworkConfig',
	'ConsensusConfig',
	'StorageConfig',
	'MempoolConfig',
	'LocalConnectionsConfig',
	'TestingConfig',
	'HermodTracing',
];

const objectOr = (value: unknown, field: string, expected: string): Fields =>
	typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as Fields)
		: wrong(field, expected);

/** All fields side by side, whatever section of an envelope they stand in; what is inside wins. Throws `WrongFieldError`. */
export const withoutEnvelope = (whole: Fields): Fields => {
	const {Configuration: enveloped, ...beside} = whole;
	if (enveloped === undefined) return whole;
	const body = objectOr(enveloped, 'Configuration', 'an object');
	const sections = SECTIONS.filter(name => body[name] !== undefined).map(name =>
		objectOr(body[name], `Configuration.${name}`, 'an object: a section in a file of its own is not read'),
	);
	const rest = Object.entries(body).filter(([name]) => !SECTIONS.includes(name));
	return Object.assign({}, beside, Object.fromEntries(rest), ...sections) as Fields;
};

const TELLING = [
	'ByronGenesisFile',
	'ShelleyGenesisFile',
	'AlonzoGenesisFile',
	'ConwayGenesisFile',
	'AcceptedConnectionsLimit',
];

/**
 * Whether an object is cardano-node's configuration and not one of ours: our options are written in camel case, its fields
 * are not, but for those of its old logging.
 */
export const isCardanoNodeConfig = (whole: Fields): boolean =>
	whole['Configuration'] !== undefined ||
	Object.keys(whole).some(
		name =>
			TELLING.includes(name) ||
			Object.hasOwn(IDLE_FIELDS, name) ||
			Object.hasOwn(UNMET_FIELDS, name) ||
			isTraceField(name) ||
			/^(?:Deadline)?TargetNumberOf|^(?:hasPrometheus|minSeverity|PeerSharing|ConsensusMode|TurnOnLogging)$/.test(
				name,
			),
	);
