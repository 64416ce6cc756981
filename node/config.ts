/** Every option of a node: flag over environment (DCLOUD_…) over file over default, each checked and explained. */
import {readFile} from 'node:fs/promises';
import process from 'node:process';
import {z} from 'zod';
import {NodeError} from '#kernel/node-error';

const port = z.coerce.number().int().min(0).max(65_535);
const path = z.string().min(1);
const url = z.url({protocol: /^https?$/});

/** More cores than this have nothing to do: one of them decodes and applies what the others verified. */
const VERIFY_THREADS_MAX = 16;

/** Keyed as in code; `--kebab-case` as flags, `DCLOUD_SNAKE_CASE` in the environment. */
const options = {
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
	controlPort: port.default(0).describe('Port of the control API on 127.0.0.1; 0 takes a free one'),
	metricsPort: port
		.optional()
		.describe('Port of the Prometheus endpoint on 127.0.0.1; 0 takes a free one; without it there is none'),
	vrfKey: path.optional().describe('VRF signing key of a block producer'),
	kesKey: path.optional().describe('KES signing key of a block producer; rewritten as it evolves'),
	certificate: path.optional().describe('Operational certificate of a block producer'),
	standby: z
		.stringbool()
		.or(z.boolean())
		.default(false)
		.describe('Whether a block producer signs nothing until it is promoted'),
	checkpointKey: path.optional().describe('Checkpoint signing key of a committee member'),
	kupoUrl: url
		.optional()
		.describe('Kupo of the Cardano network; without it what blocks say of Cardano is not checked'),
	ogmiosUrl: url
		.optional()
		.describe('Ogmios of the Cardano network; for commands that submit transactions there'),
	peers: z.coerce.number().int().min(1).max(200).default(20).describe('Connections to other nodes to keep'),
	peersPerAddress: z.coerce
		.number()
		.int()
		.min(1)
		.max(512)
		.default(32)
		.describe('Connections that other nodes at one IP address may open to this one'),
	peerSharing: z.stringbool().or(z.boolean()).default(true).describe('Whether to tell peers of other peers'),
	verifyThreads: z.coerce
		.number()
		.int()
		.min(0)
		.max(VERIFY_THREADS_MAX)
		.optional()
		.describe(
			'Threads that verify the signatures of headers, started when many come at once; 0 takes none; without it one less than there are cores, from 1 to 4',
		),
	logLevel: z
		.enum(['debug', 'info', 'warn', 'error', 'silent'])
		.default('info')
		.describe('The least that is logged'),
	log: z
		.string()
		.min(1)
		.default('file')
		.describe('Where the log goes: stdout, or file (node.log in the data folder)'),
} as const;

const schema = z.strictObject(options);

export type NodeConfig = {
	readonly dataDir: string;
	readonly genesis: string;
	readonly topology?: string | undefined;
	readonly name: string;
	readonly host: string;
	readonly port: number;
	readonly controlPort: number;
	readonly metricsPort?: number | undefined;
	readonly vrfKey?: string | undefined;
	readonly kesKey?: string | undefined;
	readonly certificate?: string | undefined;
	readonly standby: boolean;
	readonly checkpointKey?: string | undefined;
	readonly kupoUrl?: string | undefined;
	readonly ogmiosUrl?: string | undefined;
	readonly peers: number;
	readonly peersPerAddress: number;
	readonly peerSharing: boolean;
	readonly verifyThreads?: number | undefined;
	readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
	readonly log: string;
};

export type OptionName = keyof NodeConfig;

/** An option for `--help`. */
export type ExplainedOption = {
	readonly name: OptionName;
	/** `--kebab-case` */
	readonly flag: string;
	/** `DCLOUD_SNAKE_CASE` */
	readonly variable: string;
	readonly description: string;
	readonly defaultValue: string | undefined;
	readonly isRequired: boolean;
	/** Whether the flag alone says yes. */
	readonly isSwitch: boolean;
};

const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
const variableOf = (name: string): string => `DCLOUD_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
const names = Object.keys(options) as OptionName[];

export const explainOptions = (): readonly ExplainedOption[] =>
	names.map(name => {
		const option: z.ZodType = options[name];
		const defaulted = option instanceof z.ZodDefault ? option.parse(undefined) : undefined;
		return {
			name,
			flag: `--${kebab(name)}`,
			variable: variableOf(name),
			description: option.description ?? '',
			defaultValue: defaulted === undefined ? undefined : String(defaulted),
			isRequired: !option.safeParse(undefined).success,
			isSwitch: option.safeParse(true).data === true,
		};
	});

/** A variable of the environment; the only other way to it is `readConfig`. */
export const environmentVariable = (name: `DCLOUD_${string}`): string | undefined => process.env[name];

type Given = Readonly<Record<string, unknown>>;

const given = (values: Given): Given =>
	Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const fromEnvironment = (environment: Given): Given =>
	given(Object.fromEntries(names.map(name => [name, environment[variableOf(name)]])));

const readFileOptions = async (file: string): Promise<Given> => {
	let text: string;
	try {
		text = await readFile(file, 'utf8');
	} catch (cause) {
		throw new NodeError({code: 'CONFIG_UNREADABLE', file, message: `Cannot read ${file}.`}, {cause});
	}
	try {
		const json: unknown = JSON.parse(text);
		if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Given;
	} catch {
		// The same as a file of another shape.
	}
	throw new NodeError({code: 'CONFIG_NOT_JSON', file, message: `${file} is not a JSON object of options.`});
};

const PRODUCER_KEYS = ['vrfKey', 'kesKey', 'certificate'] as const;

const checkTogether = (config: NodeConfig): NodeConfig => {
	const missing = PRODUCER_KEYS.filter(name => config[name] === undefined);
	const isRelay = missing.length === PRODUCER_KEYS.length && !config.standby;
	if (missing.length === 0 || isRelay) return config;
	throw new NodeError({
		code: 'CONFIG_KEYS_INCOMPLETE',
		missing,
		message: `A block producer${config.standby ? ' that stands by' : ''} needs ${PRODUCER_KEYS.map(name => `--${kebab(name)}`).join(', ')}; missing: ${missing.map(name => `--${kebab(name)}`).join(', ')}.`,
	});
};

/**
 * The options of a node. `flags` are those of the command line in camel case; `configFile` is a JSON object with the
 * same names. Throws CONFIG_BAD_OPTION (naming the option), CONFIG_KEYS_INCOMPLETE, CONFIG_UNREADABLE, CONFIG_NOT_JSON.
 */
export const readConfig = async ({
	flags,
	configFile,
	environment = process.env,
}: {
	readonly flags: Given;
	readonly configFile?: string | undefined;
	readonly environment?: Given;
}): Promise<NodeConfig> => {
	const file = configFile === undefined ? {} : await readFileOptions(configFile);
	const parsed = schema.safeParse({...file, ...fromEnvironment(environment), ...given(flags)});
	if (parsed.success) return checkTogether(parsed.data);
	const [issue] = parsed.error.issues;
	const [named] = issue?.path ?? [];
	const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
	const name = String(named ?? unknown);
	throw new NodeError({
		code: 'CONFIG_BAD_OPTION',
		option: name,
		problem: issue?.message,
		message: `Option --${kebab(name)}: ${issue?.message ?? 'is wrong'}.`,
	});
};
