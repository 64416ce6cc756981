/** A whole relay of Cardano in this process: the only place where its adapters meet its services. */
import path from 'node:path';
import {type CardanoNetwork, isByronSlot} from '#consensus/cardano/cardano-network';
import type {CardanoParent, CardanoRules} from '#consensus/cardano/judge-cardano-header';
import {ThresholdCache} from '#consensus/leader/threshold-cache';
import {CertificateCache} from '#consensus/opcert/certificate-cache';
import type {Crypto} from '#crypto/crypto';
import {DAY_MS} from '#income/utc-time';
import {defined} from '#kernel/assert';
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {dial} from '#relay/dial';
import {RELAY_TARGETS, wantedTargets} from '#relay/known-peers';
import {listen} from '#relay/listener';
import {createNameResolver} from '#relay/resolve-name';
import {checkGenesisFiles} from './adapters/cardano-node-config/check-genesis-files.ts';
import {createFileStateStore} from './adapters/cardano-relay/file-state-store.ts';
import {readImmutableFolder} from './adapters/cardano-relay/immutable-folder.ts';
import {createQuarantineFolder} from './adapters/cardano-relay/quarantine-folder.ts';
import {startRelayApi} from './adapters/cardano-relay/relay-api.ts';
import {openDiskDatabase} from './adapters/chain-database/open-disk-database.ts';
import {createJsonLog} from './adapters/json-log.ts';
import {createNativeCrypto} from './adapters/native-crypto.ts';
import {createNodeFileSystem} from './adapters/node-file-system.ts';
import {createPrometheusMetrics} from './adapters/prometheus.ts';
import {createSystemClock} from './adapters/system-clock.ts';
import {
	type CardanoRelayConfig,
	readCardanoNetwork,
	readRelayTopology,
	readStake,
	readStart,
} from './cardano-relay-options.ts';
import {createLifecycle, type Lifecycle} from './lifecycle.ts';
import {openMetrics} from './open-metrics.ts';
import {openSocket} from './open-socket.ts';
import {inboundOf, tellCardanoNodeFile} from './option-file.ts';
import type {ChainStore} from './ports/chain-store.ts';
import type {Clock} from './ports/clock.ts';
import type {Log} from './ports/log.ts';
import {buildRevision} from './revision.ts';
import type {CardanoChain} from './services/cardano-relay/cardano-chain.ts';
import {CardanoRelay} from './services/cardano-relay/cardano-relay.ts';
import {importBlocks} from './services/cardano-relay/import-blocks.ts';
import {type RelayStatus, relayAnswers} from './services/cardano-relay/relay-answers.ts';
import {restoreChain} from './services/cardano-relay/restore-chain.ts';
import {headerIn} from './services/cardano-relay/stored-header.ts';
import type {LocalChain} from './services/local-clients.ts';

export type RunningCardanoRelay = {
	readonly address: {readonly host: string; readonly port: number};
	readonly networkName: string;
	readonly metricsUrl: string | undefined;
	readonly status: () => RelayStatus;
	/** Resolves at the next change of the chain. */
	readonly nextChange: (options: {readonly signal: AbortSignal}) => Promise<unknown>;
	/** Reads the topology file again; a broken one is refused and the old one stays. Throws TOPOLOGY_BAD and FILE_…. */
	readonly reload: () => Promise<void>;
	readonly stop: () => Promise<void>;
};

export type CardanoRelayEnvironment = {
	readonly version: string;
	readonly signal: AbortSignal;
	/** Of this machine unless a test has its own. */
	readonly clock?: Clock;
};

/** The parent of a block that has no number yet takes it from the first header. */
const openLog = (config: CardanoRelayConfig, lifecycle: Lifecycle): Log => {
	const {log, close} = createJsonLog({
		name: 'relay',
		level: config.logLevel ?? 'info',
		file: path.join(config.databasePath, 'relay.log'),
	});
	lifecycle.add('log', close);
	return log;
};

type OpenedChain = {
	readonly chain: CardanoChain;
	readonly chainStore: ChainStore;
	readonly rules: CardanoRules;
};

/** What Shelley begins with is known to whoever begins before it. */
const hasFirstNonce = (network: CardanoNetwork, start: CardanoParent | undefined): boolean =>
	start !== undefined && (start.isOrigin === true || isByronSlot(network, start.tip.slot));

/** The database, and the chain in it as it was left. */
const openChain = async (
	lifecycle: Lifecycle,
	config: CardanoRelayConfig,
	{
		crypto,
		network,
		clock,
	}: {readonly crypto: Crypto; readonly network: CardanoNetwork; readonly clock: Clock},
): Promise<OpenedChain> => {
	const start = await readStart(network, config);
	const stakeOf = await readStake(config.stakeDistributions);
	const folder = config.databasePath;
	const {chainStore, chainIndex} = await lifecycle.start('database', async () => {
		const opened = await openDiskDatabase({
			folder,
			genesisHash: Hash32(fromHex(network.shelleyGenesisHash)),
			hasher: crypto,
		});
		return {...opened, stop: () => opened.close()};
	});
	const stateStore = createFileStateStore(createNodeFileSystem(), folder);
	const saved = await stateStore.load();
	const followsNonces =
		saved?.followsNonces ?? (config.protocolState !== undefined || hasFirstNonce(network, start));
	const rules: CardanoRules = {
		crypto,
		network,
		wanted: config.trustLevel ?? (followsNonces ? 'proof' : 'certificate'),
		followsNonces,
		stakeOf,
		certificates: new CertificateCache(),
		thresholds: new ThresholdCache(),
	};
	const keepMs = config.keepDays === undefined ? undefined : config.keepDays * DAY_MS;
	const chain = await restoreChain({rules, chainStore, chainIndex, stateStore, clock, keepMs}, start);
	lifecycle.add('chain', () => chain.save());
	return {chain, chainStore, rules};
};

/** Throws what the parts throw: CARDANO_…, DATA_FOLDER_IN_USE, RELAY_PORT_IN_USE, RELAY_SOCKET_…, TOPOLOGY_BAD, STORE_…, FILE_…. */
export const startCardanoRelay = async (
	config: CardanoRelayConfig,
	{version, signal, clock = createSystemClock()}: CardanoRelayEnvironment,
): Promise<RunningCardanoRelay> => {
	const crypto = await createNativeCrypto();
	const {cardanoNode} = config;
	if (cardanoNode !== undefined) await checkGenesisFiles(crypto, cardanoNode.path, cardanoNode.genesisFiles);
	const network = await readCardanoNetwork(crypto, config);
	const topology = await readRelayTopology(config);
	const lifecycle = createLifecycle((name, error) => log.error('stopping failed', {part: name, error}));
	const log: Log = openLog(config, lifecycle);
	try {
		tellCardanoNodeFile(log, cardanoNode);
		const folder = config.databasePath;
		const {chain, chainStore, rules} = await openChain(lifecycle, config, {crypto, network, clock});
		if (config.immutableDb !== undefined) await importFolder(config.immutableDb, rules, chain, log, signal);
		const quarantine = createQuarantineFolder({
			folder: path.join(folder, 'quarantine'),
			hash: bytes => crypto.blake2b256(bytes),
			now: () => clock.now(),
			version,
			log,
		});
		const metrics = createPrometheusMetrics({version, revision: await buildRevision()});
		const relay = new CardanoRelay(
			{
				chain,
				rules,
				quarantine,
				network: {
					dial,
					listen: options => listen({...options, ...inboundOf(cardanoNode)}),
					resolve: createNameResolver(),
				},
				clock,
				log: log.child('relay'),
				metrics,
			},
			{
				topology,
				targets: wantedTargets(
					config.connections ?? RELAY_TARGETS.established,
					cardanoNode?.targets,
					cardanoNode?.bigLedgerTargets,
				),
				peerSharing: config.peerSharing ?? true,
				address: {host: config.hostAddr, port: config.port},
			},
		);
		await lifecycle.start('relay', async () => {
			await relay.start();
			return relay;
		});
		const served = await openMetrics(
			lifecycle,
			{
				host: config.metricsHost ?? '127.0.0.1',
				metrics,
				log,
				port: config.metricsPort,
				usualPort: cardanoNode?.metrics?.port,
			},
			() => relay.measure(),
		);
		const answers = relayAnswers({chain, chainStore, relay, rules, quarantine, clock});
		await lifecycle.start('api', async () => {
			const {host: p2pHost, port: p2pPort} = relay.address;
			const api = await startRelayApi(folder, {p2pHost, p2pPort}, answers.answer);
			return {stop: () => api.close()};
		});
		const socket = {path: config.socketPath, networkMagic: network.magic, log};
		await openSocket(lifecycle, socket, localChainOf(chain, network));
		log.info('relay runs', {network: network.name, ...relay.address});
		return {
			address: relay.address,
			networkName: network.name,
			metricsUrl: served?.url,
			status: answers.status,
			nextChange: options => chain.nextChange(options),
			reload: async () => relay.reload(await readRelayTopology(config)),
			stop: lifecycle.stop,
		};
	} catch (error) {
		await lifecycle.stop().catch(() => undefined);
		throw error;
	}
};

const localChainOf = (chain: CardanoChain, network: CardanoNetwork): LocalChain => ({
	chain,
	reader: chain,
	network,
	eraAt: ({hash}) => defined(chain.find(hash)?.era, 'blocks above the anchor are known'),
	numberedAt: place => chain.find(place.hash)?.tip ?? place,
	blockAt: async place => {
		const bytes = await chain.bytesAt(place);
		return bytes && {era: headerIn(bytes).era + 1, bytes};
	},
	refusal: 'This relay takes no transactions: it has no ledger to judge them by. Submit to a node that has.',
});

const importFolder = async (
	folder: string,
	rules: CardanoRules,
	chain: CardanoChain,
	log: Log,
	signal: AbortSignal,
): Promise<void> => {
	const {slot} = (chain.tipEntry ?? chain.start).tip;
	// A chunk of cardano-node holds 10 k slots.
	const blocks = readImmutableFolder(folder, {slotsPerChunk: 10 * rules.network.params.k, fromSlot: slot});
	const taken = await importBlocks(rules, chain, blocks, {signal});
	await chain.save();
	log.info('blocks of the immutable folder taken', {folder, taken, tip: chain.tip});
};
