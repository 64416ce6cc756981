/** The only place where adapters meet services: a whole node in this process. */
import path from 'node:path';
import process from 'node:process';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {NodeError} from '#kernel/node-error';
import {dial} from '#relay/dial';
import {wantedTargets} from '#relay/known-peers';
import {listen} from '#relay/listener';
import {createNameResolver} from '#relay/resolve-name';
import {readAnnouncementCache, writeAnnouncementCache} from './adapters/announcement-cache.ts';
import {openDiskDatabase} from './adapters/chain-database/open-disk-database.ts';
import {startControlServer} from './adapters/control-server.ts';
import {openSigningGuard} from './adapters/file-signing-guard.ts';
import {loadForgingKeys} from './adapters/forging-key-files.ts';
import {createJsonLog} from './adapters/json-log.ts';
import {readSigningKey} from './adapters/key-files.ts';
import {createNativeCrypto} from './adapters/native-crypto.ts';
import {createVrfEvaluator} from './adapters/native-vrf-prove.ts';
import {createNodeFileSystem} from './adapters/node-file-system.ts';
import {createOsEntropy} from './adapters/os-entropy.ts';
import {createPrometheusMetrics} from './adapters/prometheus.ts';
import {createSystemClock} from './adapters/system-clock.ts';
import {
	verifyThreadsDefault,
	WorkerHeaderVerifier,
} from './adapters/worker-header-verifier/worker-header-verifier.ts';
import {type CardanoWallet, openCardanoWallet} from './cardano-wallet.ts';
import type {NodeConfig} from './config.ts';
import {createLifecycle, type Lifecycle, type Stoppable} from './lifecycle.ts';
import {background, type NodeParts, type NodeServices, startServices} from './node-services.ts';
import {openMetrics} from './open-metrics.ts';
import {openSocket} from './open-socket.ts';
import {inboundOf, tellCardanoNodeFile} from './option-file.ts';
import type {Clock} from './ports/clock.ts';
import type {StatusView} from './ports/control-api.ts';
import type {ControlBackend} from './ports/control-backend.ts';
import type {Entropy} from './ports/entropy.ts';
import type {ForgingKeys} from './ports/forging-keys.ts';
import type {Log} from './ports/log.ts';
import type {Metrics} from './ports/metrics.ts';
import {readGenesis, readTopology} from './read-inputs.ts';
import {forgingKeyFiles, type ReloadKeys, reloadKeysOf} from './reload-keys.ts';
import {buildRevision} from './revision.ts';
import type {ChainNetwork} from './services/chain/chain-network.ts';
import {chainNetwork} from './services/chain/chain-network.ts';
import {ourLocalChain} from './services/chain/our-local-chain.ts';
import {refreshGauges} from './services/chain-metrics.ts';
import {createControlBackend} from './services/control/control-backend.ts';
import {createForgingControl} from './services/control/forging-control.ts';
import {statusView} from './services/control/status-view.ts';
import type {Forge} from './services/forge/forge.ts';
import {LeaderSchedule, type ScheduleKeys} from './services/forge/leader-schedule.ts';
import {
	createBlindWatcher,
	createMainChainWatcher,
	type MainChainWatcher,
} from './services/main-chain-watcher.ts';

/** The inside of a node, for what runs in the same process (the provider service). */
export type NodeInner = NodeServices & {
	readonly config: NodeConfig;
	readonly network: ChainNetwork;
	readonly crypto: Crypto & SecretCrypto;
	readonly clock: Clock;
	readonly entropy: Entropy;
	readonly log: Log;
	readonly metrics: Metrics;
	/** Undefined: the node makes no transactions on Cardano. */
	readonly cardanoWallet?: CardanoWallet | undefined;
	/** What the control API answers with, without a socket between. */
	readonly control: ControlBackend;
};

/** What runs inside a node beside its own parts, and what it answers on the control API in the node's place. */
export type Extension = Stoppable & {readonly answers?: Partial<ControlBackend>};

export type StartOptions = {
	/** Starts something more inside the node; stopped before the node's own parts. */
	readonly extend?: (inner: NodeInner) => Promise<Extension>;
	readonly version?: string;
};

export type RunningNode = {
	readonly inner: NodeInner;
	readonly controlUrl: string;
	/** Where other nodes connect. */
	readonly address: {readonly host: string; readonly port: number};
	readonly metricsUrl: string | undefined;
	/** Reads the topology file again: new peers are dialled, connections stay. Throws TOPOLOGY_BAD and FILE_…. */
	reloadTopology(): Promise<void>;
	/** Undefined: the node was told of no keys. */
	readonly reloadKeys: ReloadKeys | undefined;
	/** Stops all parts and waits for them. */
	stop(): Promise<void>;
	/** Resolves when the node has stopped: with the error that made it stop, or with undefined. */
	readonly stopped: Promise<NodeError | undefined>;
};

const VERSION = '0.1.0';

const openLog = ({dataDir, name, log, logLevel}: NodeConfig): ReturnType<typeof createJsonLog> =>
	createJsonLog({
		name,
		level: logLevel,
		file: log === 'stdout' ? undefined : path.join(dataDir, 'node.log'),
	});

/** Loaded only when there is a Cardano to look at. */
const watcherOf = async (
	{kupoUrl}: NodeConfig,
	{env: {genesis, genesisHash}}: ChainNetwork,
	clock: Clock,
	log: Log,
): Promise<MainChainWatcher> => {
	if (kupoUrl === undefined) {
		log.warn('without --kupo-url nothing that blocks say of Cardano is checked');
		return createBlindWatcher();
	}
	const {createKupoMainChain} = await import('./adapters/kupo-main-chain.ts');
	const {createKupoCheckpoints} = await import('./adapters/kupo-checkpoints.ts');
	const mainChain = createKupoMainChain({kupoUrl, ...genesis.cardano});
	const checkpoints = createKupoCheckpoints({kupoUrl, ...genesis.cardano, genesisHash});
	return createMainChainWatcher({mainChain, checkpoints, clock, log}, genesis.cardano);
};

const stakesOf = async ({
	kupoUrl,
	cardanoStakesUrl = kupoUrl,
}: NodeConfig): Promise<NodeParts['cardanoStakes']> => {
	if (cardanoStakesUrl === undefined) return undefined;
	const {openCardanoStakes} = await import('./adapters/cardano-index.ts');
	return openCardanoStakes(cardanoStakesUrl);
};

const producerOf = async (
	config: NodeConfig,
	crypto: Crypto & SecretCrypto,
): Promise<NodeParts['producer']> => {
	const files = forgingKeyFiles(config);
	if (files === undefined) return undefined;
	return {
		keys: config.startAsNonProducingNode ? undefined : await loadForgingKeys(crypto, files),
		guard: await openSigningGuard(createNodeFileSystem(), path.join(config.dataDir, 'last-signed-slot')),
		standby: config.standby,
	};
};

type Base = Pick<NodeInner, 'config' | 'network' | 'crypto' | 'clock' | 'entropy' | 'log'> & {
	readonly metrics: ReturnType<typeof createPrometheusMetrics>;
	readonly startedAtMs: number;
	readonly version: string;
};

const openStores = async (
	lifecycle: Lifecycle,
	{config, network, crypto, log}: Base,
): Promise<NodeParts['stores']> => {
	const folder = path.join(config.dataDir, 'db');
	const database = await openDiskDatabase({folder, genesisHash: network.env.genesisHash, hasher: crypto});
	lifecycle.add('database', () => database.close());
	if (!database.wasClosedCleanly) log.info('opening a new or interrupted database');
	return database;
};

const openHeaderVerifier = (lifecycle: Lifecycle, {config, crypto, log}: Base): WorkerHeaderVerifier => {
	const threads = config.verifyThreads ?? verifyThreadsDefault();
	const verifier = new WorkerHeaderVerifier({crypto, log: log.child('headers')}, {threads});
	lifecycle.add('header verifier', () => verifier.close());
	return verifier;
};

/** Endpoints known before are known again after a restart. */
const keepAnnouncements = async (
	lifecycle: Lifecycle,
	folder: string,
	announcements: NodeServices['announcements'],
): Promise<void> => {
	// One that has expired meanwhile, or is spoilt, is simply not kept.
	for (const item of await readAnnouncementCache(folder)) announcements.offer(item);
	lifecycle.add('announcements', () =>
		writeAnnouncementCache(
			folder,
			announcements.all().map(({bytes}) => bytes),
		),
	);
};

const breathe = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

const scheduleKeysOf = (forge: Forge): (() => ScheduleKeys | undefined) => {
	let known: {readonly of: ForgingKeys; readonly keys: ScheduleKeys} | undefined;
	return () => {
		const {keys} = forge;
		if (keys === undefined) return undefined;
		if (known?.of !== keys)
			known = {of: keys, keys: {...keys, vrfOutputOf: createVrfEvaluator(keys.vrfSeed)}};
		return known.keys;
	};
};

/** Keeps known which slots the node's pool leads, if it has one. */
const followSchedule = (
	lifecycle: Lifecycle,
	{crypto, clock, log}: Base,
	{chain, peers, forge}: NodeServices,
): {readonly schedule: LeaderSchedule | undefined; readonly signal: AbortSignal} => {
	const stopping = new AbortController();
	const {signal} = stopping;
	lifecycle.add('questions about the schedule', () => stopping.abort());
	if (forge === undefined) return {schedule: undefined, signal};
	const schedule = new LeaderSchedule({
		crypto,
		chain,
		keys: scheduleKeysOf(forge),
		clock,
		breathe,
		isSynced: () => peers.isSynced,
	});
	background(lifecycle, 'leader schedule', log, running => schedule.run({signal: running}));
	return {schedule, signal};
};

const startInner = async (
	lifecycle: Lifecycle,
	base: Base,
	failed: (error: NodeError) => void,
): Promise<NodeInner> => {
	const {config, network, crypto, clock, log, metrics} = base;
	const checkpointKey =
		config.checkpointKey && (await readSigningKey(crypto, config.checkpointKey, 'checkpoint'));
	const cardanoWallet = await openCardanoWallet(crypto, config, network.env.genesisHash);
	const topology = await readTopology(config.topology);
	const mainChain = await watcherOf(config, network, clock, log.child('cardano'));
	const stores = await openStores(lifecycle, base);
	// Only now is it certain that no other process runs on the folder.
	const producer = await producerOf(config, crypto);
	const services = await startServices(lifecycle, {
		network,
		crypto,
		stores,
		mainChain,
		headerVerifier: openHeaderVerifier(lifecycle, base),
		clock,
		log,
		metrics,
		transport: {
			dial,
			listen: options =>
				listen({...options, ...inboundOf(config.cardanoNode), perAddressMax: config.peersPerAddress}),
			resolve: createNameResolver(),
		},
		topology,
		targets: wantedTargets(config.peers, config.cardanoNode?.targets, config.cardanoNode?.bigLedgerTargets),
		address: {host: config.host, port: config.port},
		// Where a producer is reached is nobody's business but its relays'.
		peerSharing: config.peerSharing ?? producer === undefined,
		producer,
		checkpointSeed: checkpointKey ? checkpointKey.seed : undefined,
		cardanoWallet,
		cardanoStakes: await stakesOf(config),
		failed,
	});
	await keepAnnouncements(lifecycle, config.dataDir, services.announcements);
	const schedule = followSchedule(lifecycle, base, services);
	const forging = createForgingControl({...services, clock, ...schedule});
	const ports = {...services, mainChain, clock, schedule: schedule.schedule};
	const status = (): StatusView => statusView(ports, {...base, name: config.name});
	return {...services, ...base, cardanoWallet, control: createControlBackend({...services, status, forging})};
};

type Doors = {readonly controlUrl: string; readonly metricsUrl: string | undefined};

const openDoors = async (lifecycle: Lifecycle, base: Base, inner: NodeInner): Promise<Doors> => {
	const {config, network, log, metrics} = base;
	const {chain, forge, peers} = inner;
	const metricsServer = await openMetrics(
		lifecycle,
		{
			metrics,
			log,
			host: config.metricsHost,
			port: config.metricsPort,
			usualPort: config.cardanoNode?.metrics?.port,
		},
		() => {
			peers.measure();
			refreshGauges(chain, metrics, {forging: forge?.view(), isSynced: peers.isSynced});
		},
	);
	const control = await lifecycle.start('control', () =>
		startControlServer(
			inner.control,
			{
				port: config.controlPort,
				file: path.join(config.dataDir, 'control.json'),
				describe: {
					pid: process.pid,
					p2pHost: peers.address.host,
					p2pPort: peers.address.port,
					metricsUrl: metricsServer?.url ?? null,
					genesisHash: toHex(network.env.genesisHash),
					name: config.name,
				},
			},
			{log: log.child('control')},
		),
	);
	const {networkMagic} = network.env.genesis;
	await openSocket(lifecycle, {path: config.socketPath, networkMagic, log}, ourLocalChain(inner));
	return {controlUrl: control.url, metricsUrl: metricsServer?.url};
};

/** Starts a node. When any part fails to start, all others are stopped and the failure is thrown, a coded NodeError. */
export const startNode = async (config: NodeConfig, options: StartOptions = {}): Promise<RunningNode> => {
	const {log, close} = openLog(config);
	tellCardanoNodeFile(log, config.cardanoNode);
	const lifecycle = createLifecycle((part, error) => log.error('a part did not stop', {part, error}));
	lifecycle.add('log', close);
	let ended: (cause: NodeError | undefined) => void = () => undefined;
	const stopped = new Promise<NodeError | undefined>(resolve => {
		ended = resolve;
	});
	let cause: NodeError | undefined;
	const stop = async (): Promise<void> => {
		try {
			await lifecycle.stop();
		} finally {
			ended(cause);
		}
	};
	const failed = (error: NodeError): void => {
		cause = error;
		// Not awaited: whoever reports the failure has to end before its part can be stopped.
		void stop().catch(() => undefined);
	};
	try {
		const crypto = await createNativeCrypto();
		const version = options.version ?? VERSION;
		const clock = createSystemClock();
		const base: Base = {
			config,
			network: chainNetwork(await readGenesis(crypto, config.genesis)),
			crypto,
			clock,
			entropy: createOsEntropy(),
			log,
			metrics: createPrometheusMetrics({version, revision: await buildRevision()}),
			startedAtMs: clock.now(),
			version,
		};
		const inner = await startInner(lifecycle, base, failed);
		const extension =
			options.extend &&
			(await lifecycle.start('extension', () => options.extend?.(inner) as Promise<Extension>));
		const control = {...inner.control, ...extension?.answers};
		const doors = await openDoors(lifecycle, base, {...inner, control});
		log.info('node started', {address: inner.peers.address, ...doors, pool: inner.forge?.view().poolId});
		const reloadTopology = async (): Promise<void> => inner.peers.reload(await readTopology(config.topology));
		const reloadKeys = reloadKeysOf(inner);
		return {inner, ...doors, address: inner.peers.address, reloadTopology, reloadKeys, stop, stopped};
	} catch (error) {
		log.error('node did not start', {error});
		await stop().catch(() => undefined);
		throw error;
	}
};
