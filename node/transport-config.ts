/** How this machine moves pieces and is found: options of nodes, providers and the commands of customers. */
import {z} from 'zod';
import {NodeError} from '#kernel/node-error';
import {isRoute} from '#transport/protocols/route';
import {port} from './option-fields.ts';
import {readOptionFile} from './option-file.ts';
import {
	type ExplainedOption,
	explain,
	type GivenOptions,
	type OptionSchemas,
	readOptions,
} from './option-set.ts';

export type CustomerTransportConfig = {
	readonly gentle: boolean;
	readonly sockets?: number | undefined;
	readonly uploadRate?: number | undefined;
	readonly downloadRate?: number | undefined;
	readonly p2pBootstrap?: readonly string[] | undefined;
	readonly p2pHost: string;
	readonly p2pPort?: number | undefined;
	readonly p2pWebrtcPort?: number | undefined;
	readonly p2pAnnounce?: readonly string[] | undefined;
};

export type TransportConfig = CustomerTransportConfig & {
	readonly p2pWsPort?: number | undefined;
	readonly p2pBehindNat: boolean;
	readonly p2pRelay: boolean;
	readonly p2pRelayBytes: number;
	readonly p2pConnections?: number | undefined;
	readonly p2pAnnouncements: boolean;
	readonly overlay: boolean;
	readonly overlayFanout: number;
	/** Milliseconds. */
	readonly overlayTick: number;
};

const UNITS: Readonly<Record<string, number>> = {KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30};
/** Slower than this, the other side could not tell us from a peer that stalls. */
const RATE_MIN = 64 * 2 ** 10;

const flag = z.stringbool().or(z.boolean()).default(false);

const size = (min: number): z.ZodType<number> =>
	z
		.string()
		.regex(/^[1-9]\d{0,5}(?:KiB|MiB|GiB)$/, 'write it as 512KiB or 20MiB')
		.transform(text => Number.parseInt(text, 10) * (UNITS[text.slice(-3)] ?? 0))
		.refine(bytes => bytes >= min, `at least ${min / 2 ** 10}KiB`);

const addresses = z
	.string()
	.transform(text => text.split(',').map(part => part.trim()))
	.refine(
		parts => parts.length <= 32 && parts.every(isRoute),
		'write multiaddrs such as /ip4/203.0.113.7/tcp/4002/p2p/12D3…, separated by commas',
	);

/** What every side of a transfer has. */
const common: OptionSchemas<CustomerTransportConfig> = {
	gentle: flag.describe('Few connections and small buffers, for home routers that fall over with more'),
	sockets: z.coerce
		.number()
		.int()
		.min(1)
		.max(1024)
		.optional()
		.describe('Connections to open for transfers at a time; without it 32, or 8 with --gentle'),
	uploadRate: size(RATE_MIN)
		.optional()
		.describe('Bytes to send a second, as 5MiB; without it as fast as it goes'),
	downloadRate: size(RATE_MIN)
		.optional()
		.describe('Bytes to take in a second, as 5MiB; without it as fast as it goes'),
	p2pBootstrap: addresses
		.optional()
		.describe('libp2p peers to start from: multiaddrs that end in /p2p/ID, separated by commas'),
	p2pHost: z.string().min(1).default('127.0.0.1').describe('Address that libp2p listens on'),
	p2pPort: port
		.optional()
		.describe('TCP port that libp2p listens on; 0 takes a free one; without it libp2p only dials'),
	p2pWebrtcPort: port
		.optional()
		.describe('UDP port for WebRTC, which browsers dial without a certificate; 0 takes a free one'),
	p2pAnnounce: addresses
		.optional()
		.describe('Multiaddrs where others reach libp2p here, when that is not where it listens'),
};

export const transportOptions: OptionSchemas<TransportConfig> = {
	...common,
	p2pWsPort: port
		.optional()
		.describe('TCP port for WebSockets, which browsers dial; 0 takes a free one; without it there is none'),
	p2pBehindNat: flag.describe('Whether nobody can dial this machine: it is reached through relays then'),
	p2pRelay: flag.describe('Whether to be a relay for peers that nobody can dial'),
	p2pRelayBytes: size(64 * 2 ** 10)
		.default(128 * 2 ** 10)
		.describe('Bytes that a relayed connection may carry; with less than 32MiB it serves to meet only'),
	p2pConnections: z.coerce
		.number()
		.int()
		.min(4)
		.max(4096)
		.optional()
		.describe('Connections of libp2p to keep; without it 32, or 12 with --gentle'),
	p2pAnnouncements: z
		.stringbool()
		.or(z.boolean())
		.default(true)
		.describe(
			"Whether to pass providers' announcements on over libp2p's gossip; without it they come from other nodes and over the overlay",
		),
	overlay: z
		.stringbool()
		.or(z.boolean())
		.default(true)
		.describe('Whether to take part in the topic overlay, where libp2p runs'),
	overlayFanout: z.coerce
		.number()
		.int()
		.min(2)
		.max(8)
		.default(3)
		.describe('Peers that each message of the topic overlay is passed on to'),
	overlayTick: z.coerce
		.number()
		.int()
		.min(50)
		.max(60_000)
		.default(1000)
		.describe('Milliseconds between exchanges with peers of the topic overlay'),
};

export const explainCustomerTransport = (): readonly ExplainedOption<keyof CustomerTransportConfig>[] =>
	explain(common);

/** Throws CONFIG_BAD_OPTION, CONFIG_UNREADABLE, CONFIG_NOT_JSON. */
export const readCustomerTransport = async ({
	configFile,
	...given
}: GivenOptions): Promise<CustomerTransportConfig> => {
	const {options, cardanoNode} = await readOptionFile(configFile);
	if (cardanoNode === undefined) return readOptions(common, {...given, file: options});
	const message = `${configFile} is a configuration of cardano-node; it says nothing of connections to providers.`;
	throw new NodeError({code: 'CONFIG_BAD_OPTION', option: 'config', problem: 'of cardano-node', message});
};
