/** Every option of a node: flag over environment (DCLOUD_…) over file over default, each checked and explained. */
import process from 'node:process';
import {z} from 'zod';
import {NodeError} from '#kernel/node-error';
import {type LogLevel, logLevel, metricsHost, metricsPort, path, port} from './option-fields.ts';
import {type CardanoNodeFile, readOptionFile} from './option-file.ts';
import {
	type ExplainedOption,
	explain,
	type Given,
	type GivenOptions,
	kebab,
	type OptionSchemas,
	readOptions,
} from './option-set.ts';
import {type TransportConfig, transportOptions} from './transport-config.ts';

const url = z.url({protocol: /^https?$/});

/** More cores than this have nothing to do: one of them decodes and applies what the others verified. */
const VERIFY_THREADS_MAX = 16;

const options: OptionSchemas<NodeOptions> = {
	dataDir: path.describe('Folder of the node: database, control.json, log'),
	genesis: path.describe('Genesis file of the network'),
	topology: path.optional().describe('Topology file as cardano-node’s; without it the node waits for others'),
	name: z
		.string()
		.regex(/^[\w.-]{1,64}$/)
		.default('node')
		.describe('What the node is called in its log and status'),
	host: z.string().min(1).default('127.0.0.1').describe('Address to listen on for other nodes'),
	port: port.default(0).describe('Port to listen on for other nodes; 0 takes a free one'),
	socketPath: path
		.optional()
		.describe('UNIX socket that cardano-cli may ask for the tip (node-to-client); without it there is none'),
	controlPort: port.default(0).describe('Port of the control API on 127.0.0.1; 0 takes a free one'),
	metricsHost,
	metricsPort,
	vrfKey: path.optional().describe('VRF signing key of a block producer'),
	kesKey: path.optional().describe('KES signing key of a block producer; rewritten as it evolves'),
	certificate: path.optional().describe('Operational certificate of a block producer'),
	standby: z
		.stringbool()
		.or(z.boolean())
		.default(false)
		.describe('Whether a block producer signs nothing until it is promoted'),
	startAsNonProducingNode: z
		.stringbool()
		.or(z.boolean())
		.default(false)
		.describe('Whether the keys of a block producer are read only at SIGHUP, and nothing is forged before'),
	checkpointKey: path.optional().describe('Checkpoint signing key of a committee member'),
	cardanoWallet: path
		.optional()
		.describe(
			'Signing key of a Cardano wallet: it pays for the certified checkpoints that this node hands in, and for what a provider answers to disputes of its bond; needs deployment and kupo-url',
		),
	deployment: path.optional().describe('Record of the contracts on Cardano, for what the wallet does there'),
	submit: z
		.stringbool()
		.or(z.boolean())
		.default(true)
		.describe('Whether a node with a Cardano wallet hands certified checkpoints in by itself'),
	kupoUrl: url
		.optional()
		.describe(
			'Kupo of the Cardano network, or Blockfrost; without it what blocks say of Cardano is not checked',
		),
	cardanoStakesUrl: url
		.refine(
			text => URL.canParse(text) && new URL(text).username !== '',
			"Blockfrost with its project's id is wanted, https://PROJECT@cardano-mainnet.blockfrost.io/api/v0",
		)
		.optional()
		.describe(
			'Blockfrost of the Cardano network, where a committee member asks for stake there; without it kupo-url, if that is one',
		),
	ogmiosUrl: url
		.optional()
		.describe('Ogmios of the Cardano network, for handing checkpoints in; without it at the address of Kupo'),
	peers: z.coerce
		.number()
		.int()
		.min(1)
		.max(200)
		.default(30)
		.describe('Connections to other nodes to keep; two thirds of them, at most 20, are followed'),
	peersPerAddress: z.coerce
		.number()
		.int()
		.min(1)
		.max(512)
		.default(32)
		.describe('Connections that other nodes at one IP address may open to this one'),
	peerSharing: z
		.stringbool()
		.or(z.boolean())
		.optional()
		.describe('Whether to tell peers of other peers; without it a relay does and a block producer does not'),
	verifyThreads: z.coerce
		.number()
		.int()
		.min(0)
		.max(VERIFY_THREADS_MAX)
		.optional()
		.describe(
			'Threads that verify the signatures of headers, started when many come at once; 0 takes none; without it one less than there are cores, from 1 to 4',
		),
	logLevel,
	log: z
		.string()
		.min(1)
		.default('file')
		.describe('Where the log goes: stdout, or file (node.log in the data folder)'),
	...transportOptions,
};

export type NodeOptions = TransportConfig & {
	readonly dataDir: string;
	readonly genesis: string;
	readonly topology?: string | undefined;
	readonly name: string;
	readonly host: string;
	readonly port: number;
	readonly socketPath?: string | undefined;
	readonly controlPort: number;
	readonly metricsHost: string;
	readonly metricsPort?: number | 'none' | undefined;
	readonly vrfKey?: string | undefined;
	readonly kesKey?: string | undefined;
	readonly certificate?: string | undefined;
	readonly standby: boolean;
	readonly startAsNonProducingNode: boolean;
	readonly checkpointKey?: string | undefined;
	readonly cardanoWallet?: string | undefined;
	readonly deployment?: string | undefined;
	readonly submit: boolean;
	readonly kupoUrl?: string | undefined;
	readonly cardanoStakesUrl?: string | undefined;
	readonly ogmiosUrl?: string | undefined;
	readonly peers: number;
	readonly peersPerAddress: number;
	/** Undefined: as a relay does, or a block producer. */
	readonly peerSharing?: boolean | undefined;
	readonly verifyThreads?: number | undefined;
	readonly logLevel: LogLevel;
	readonly log: string;
};

export type NodeConfig = NodeOptions & {
	/** When `--config` named a configuration of cardano-node: what that says besides. */
	readonly cardanoNode?: CardanoNodeFile | undefined;
};

export type OptionName = keyof NodeOptions;

export const explainOptions = (): readonly ExplainedOption<OptionName>[] => explain(options);

/** A variable of the environment; the only other way to it is `readConfig`. */
export const environmentVariable = (name: `DCLOUD_${string}`): string | undefined => process.env[name];

const PRODUCER_KEYS = ['vrfKey', 'kesKey', 'certificate'] as const;

const WALLET_NEEDS = ['deployment', 'kupoUrl'] as const;

/** A wallet that could not pay is a mistake that would be noticed only when a period ends. */
const checkSubmission = (config: NodeOptions): void => {
	const missing = WALLET_NEEDS.filter(name => config[name] === undefined);
	if (config.cardanoWallet === undefined || !config.submit || missing.length === 0) return;
	const flags = missing.map(name => `--${kebab(name)}`).join(', ');
	throw new NodeError({
		code: 'CONFIG_SUBMISSION_INCOMPLETE',
		missing,
		message: `A node that hands checkpoints in with --cardano-wallet needs ${flags} too, or --no-submit.`,
	});
};

const checkProducer = (config: NodeOptions): void => {
	const missing = PRODUCER_KEYS.filter(name => config[name] === undefined);
	const isRelay = missing.length === PRODUCER_KEYS.length && !config.standby;
	if (missing.length === 0 || isRelay) return;
	throw new NodeError({
		code: 'CONFIG_KEYS_INCOMPLETE',
		missing,
		message: `A block producer${config.standby ? ' that stands by' : ''} needs ${PRODUCER_KEYS.map(name => `--${kebab(name)}`).join(', ')}; missing: ${missing.map(name => `--${kebab(name)}`).join(', ')}.`,
	});
};

/** What cardano-node's configuration says, as options of ours. */
const optionsOf = ({targets, peerSharing, metrics, logLevel}: CardanoNodeFile): Given => ({
	...(targets.established !== undefined && {peers: targets.established}),
	...(peerSharing !== undefined && {peerSharing}),
	...(metrics !== undefined && {metricsHost: metrics.host}),
	...(logLevel !== undefined && {logLevel}),
});

/** Cardano's genesis is not that of our chain. */
const withIdleGenesis = (file: CardanoNodeFile): CardanoNodeFile => ({
	...file,
	genesisFiles: [],
	idle: [
		...file.genesisFiles.flatMap(({era}) => [`${era}GenesisFile`, `${era}GenesisHash`]),
		...file.unmet,
		...file.idle,
	],
	unmet: [],
});

/**
 * Throws CONFIG_BAD_OPTION (naming the option), CONFIG_…_INCOMPLETE, CONFIG_UNREADABLE, CONFIG_NOT_JSON and
 * CARDANO_CONFIG_FIELD_WRONG.
 */
export const readConfig = async ({configFile, ...given}: GivenOptions): Promise<NodeConfig> => {
	const {options: own, cardanoNode} = await readOptionFile(configFile);
	const file = cardanoNode === undefined ? own : optionsOf(cardanoNode);
	const config = readOptions(options, {...given, file});
	checkProducer(config);
	checkSubmission(config);
	return {...config, cardanoNode: cardanoNode && withIdleGenesis(cardanoNode)};
};
