/** Every option of a relay of Cardano: flag over environment (DCLOUD_RELAY_…) over file over default. */
import {z} from 'zod';
import {TRUST_LEVELS, type TrustLevel} from '#consensus/cardano/trust-level';
import {genesisPath} from './adapters/cardano-node-config/check-genesis-files.ts';
import type {CardanoRelayConfig} from './cardano-relay-options.ts';
import {type LogLevel, logLevel, metricsHost, metricsPort, path, port} from './option-fields.ts';
import {type CardanoNodeFile, readOptionFile} from './option-file.ts';
import {
	type ExplainedOption,
	explain,
	type Given,
	type GivenOptions,
	type OptionSchemas,
	readOptions,
} from './option-set.ts';

/** Not those of a node of our own chain: both may run from one shell, with topologies of two networks. */
const VARIABLE_PREFIX = 'DCLOUD_RELAY';
const KEEP_DAYS_MAX = 36_500;
const EPOCH_MAX = 1_000_000;

/** By the names of their flags, which are cardano-node's where that has one. */
type RelayOptions = {
	readonly network?: string | undefined;
	readonly shelleyGenesis?: string | undefined;
	readonly byronGenesis?: string | undefined;
	readonly testShelleyHardForkAtEpoch?: number | undefined;
	readonly databasePath: string;
	readonly topology?: string | undefined;
	readonly hostAddr: string;
	readonly port: number;
	readonly peers: number;
	readonly peerSharing: boolean;
	readonly socketPath?: string | undefined;
	readonly startPoint?: string | undefined;
	readonly protocolState?: string | undefined;
	readonly stakeDistribution: readonly string[];
	readonly immutableDb?: string | undefined;
	readonly keep?: number | undefined;
	readonly metricsHost: string;
	readonly metricsPort?: number | 'none' | undefined;
	readonly trustLevel?: TrustLevel | undefined;
	readonly logLevel: LogLevel;
};

const options: OptionSchemas<RelayOptions> = {
	network: path.optional().describe('mainnet, preprod or preview'),
	shelleyGenesis: path.optional().describe('shelley-genesis.json: of another network, or to compare'),
	byronGenesis: path.optional().describe('byron-genesis.json: of another network, or to compare'),
	testShelleyHardForkAtEpoch: z.coerce
		.number()
		.int()
		.min(0)
		.max(EPOCH_MAX)
		.optional()
		.describe('The epoch that Byron of another network ends before; without it the network has none'),
	databasePath: path.describe('Where the relay keeps its chain'),
	topology: path.optional().describe("cardano-node's topology.json; SIGHUP reads it again"),
	hostAddr: z.string().min(1).default('0.0.0.0').describe('Where to listen'),
	port: port.default(3001).describe('Port to listen on; 0 takes a free one'),
	peers: z.coerce
		.number()
		.int()
		.min(1)
		.max(200)
		.default(30)
		.describe('Connections to keep; two thirds of them, at most 20, are followed'),
	peerSharing: z.stringbool().or(z.boolean()).default(true).describe('Whether to tell peers of other peers'),
	socketPath: path
		.optional()
		.describe('UNIX socket that cardano-cli may ask for the tip (node-to-client); without it there is none'),
	startPoint: path.optional().describe('SLOT.HASH of the block that a new database begins after, or origin'),
	protocolState: path.optional().describe('Nonces and counters there: of cardano-cli, or of Ogmios'),
	stakeDistribution: z
		.array(z.string())
		.or(z.string().transform(text => text.split(',')))
		.default([])
		.describe(
			"EPOCH=FILE: stake that leaders of an epoch are drawn by: of Ogmios, or cardano-cli's stake-distribution or stake-snapshot; may be repeated",
		),
	immutableDb: path.optional().describe("cardano-node's immutable folder: its blocks are taken first"),
	// A day is more than k blocks anywhere, which are never dropped.
	keep: z.coerce
		.number()
		.int()
		.min(1)
		.max(KEEP_DAYS_MAX)
		.optional()
		.describe('Days: older blocks are dropped, a file at a time; without it all are kept'),
	metricsHost,
	metricsPort,
	trustLevel: z
		.enum(TRUST_LEVELS)
		.optional()
		.describe('How far each header has to be checked; without it as far as was given'),
	logLevel,
};

export const explainRelayOptions = (): readonly ExplainedOption<keyof RelayOptions>[] =>
	explain(options, VARIABLE_PREFIX);

/** What cardano-node's configuration says, as options of ours. */
const optionsOf = (file: CardanoNodeFile): Given => {
	const {targets, peerSharing, metrics, logLevel, genesisFiles} = file;
	const shelley = genesisFiles.find(({era}) => era === 'Shelley');
	return {
		...(shelley !== undefined && {shelleyGenesis: genesisPath(file.path, shelley)}),
		...(targets.established !== undefined && {peers: targets.established}),
		...(peerSharing !== undefined && {peerSharing}),
		...(metrics !== undefined && {metricsHost: metrics.host}),
		...(logLevel !== undefined && {logLevel}),
	};
};

/** Throws CONFIG_BAD_OPTION (naming the option), CONFIG_UNREADABLE, CONFIG_NOT_JSON and CARDANO_CONFIG_FIELD_WRONG. */
export const readRelayConfig = async ({configFile, ...given}: GivenOptions): Promise<CardanoRelayConfig> => {
	const {options: own, cardanoNode} = await readOptionFile(configFile);
	const file = cardanoNode === undefined ? own : optionsOf(cardanoNode);
	const {keep, stakeDistribution, peers, testShelleyHardForkAtEpoch, ...config} = readOptions(options, {
		...given,
		file,
		variablePrefix: VARIABLE_PREFIX,
	});
	return {
		...config,
		network: config.network,
		shelleyGenesis: config.shelleyGenesis,
		byronGenesis: config.byronGenesis,
		shelleyEpoch: testShelleyHardForkAtEpoch,
		topology: config.topology,
		startPoint: config.startPoint,
		protocolState: config.protocolState,
		immutableDb: config.immutableDb,
		trustLevel: config.trustLevel,
		metricsPort: config.metricsPort,
		keepDays: keep,
		stakeDistributions: stakeDistribution,
		connections: peers,
		cardanoNode,
	};
};
