/** Services put together over whatever adapters they are handed: the real ones in compose.ts, virtual ones in tests. */
import {slotAt} from '#consensus/time';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import type {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import type {Address} from '#relay/bearer/bearer';
import type {Targets} from '#relay/known-peers';
import type {Topology} from '#relay/topology';
import type {CardanoWallet} from './cardano-wallet.ts';
import type {Lifecycle} from './lifecycle.ts';
import type {CardanoStakes} from './ports/cardano-stakes.ts';
import type {Clock} from './ports/clock.ts';
import type {ForgingKeys} from './ports/forging-keys.ts';
import type {HeaderVerifier} from './ports/header-verifier.ts';
import type {Log} from './ports/log.ts';
import type {Metrics} from './ports/metrics.ts';
import type {SigningGuard} from './ports/signing-guard.ts';
import {AnnouncementStore} from './services/announcement-store.ts';
import {CardanoStakeSigner} from './services/cardano-stake-signer.ts';
import type {ChainNetwork} from './services/chain/chain-network.ts';
import {type ChainReader, createChainReader} from './services/chain/chain-reader.ts';
import {ChainService} from './services/chain/chain-service.ts';
import type {ChainStores} from './services/chain/open-chain.ts';
import {countChainEvents} from './services/chain-metrics.ts';
import {createCheckpointSigner} from './services/checkpoint-signer.ts';
import {CheckpointSubmitter} from './services/checkpoint-submitter.ts';
import {Forge} from './services/forge/forge.ts';
import type {MainChainWatcher} from './services/main-chain-watcher.ts';
import {Mempool} from './services/mempool/mempool.ts';
import {BlockTimes} from './services/sync/block-times.ts';
import type {Network} from './services/sync/network.ts';
import {Peers} from './services/sync/peers.ts';

export type NodeParts = {
	readonly network: ChainNetwork;
	readonly crypto: Crypto & SecretCrypto;
	readonly stores: ChainStores;
	readonly mainChain: MainChainWatcher;
	/** Default: headers are verified where they are judged. */
	readonly headerVerifier?: HeaderVerifier | undefined;
	readonly clock: Clock;
	readonly log: Log;
	readonly metrics: Metrics;
	readonly transport: Network;
	readonly topology: Topology;
	readonly targets: Targets;
	readonly address: Address;
	readonly peerSharing: boolean;
	/** What a block producer has besides, or a node that may become one. */
	readonly producer?:
		| {
				/** Undefined: none yet; nothing is forged until the forge is given some. */
				readonly keys: ForgingKeys | undefined;
				readonly guard: SigningGuard;
				/** Signs nothing until it is promoted. Default: false. */
				readonly standby?: boolean;
		  }
		| undefined;
	/** Seed of the checkpoint key of a committee member. */
	readonly checkpointSeed?: Uint8Array | undefined;
	/** Where a committee member asks for stake on Cardano; without it, it signs none. */
	readonly cardanoStakes?: CardanoStakes | undefined;
	/** What certified checkpoints are handed in with. */
	readonly cardanoWallet?: CardanoWallet | undefined;
	/** The node cannot go on. */
	readonly failed: (error: NodeError) => void;
};

export type NodeServices = {
	readonly chain: ChainService;
	readonly reader: ChainReader;
	readonly mempool: Mempool;
	readonly announcements: AnnouncementStore;
	readonly peers: Peers;
	readonly forge: Forge | undefined;
};

/** A task that runs until its signal aborts, as a part that can be stopped. */
export const background = (
	lifecycle: Lifecycle,
	name: string,
	log: Log,
	run: (signal: AbortSignal) => Promise<void>,
): void => {
	const stopping = new AbortController();
	const {signal} = stopping;
	const running = run(signal).catch((error: unknown) => {
		if (!signal.aborted) log.error('a part of the node failed', {part: name, error});
	});
	lifecycle.add(name, async () => {
		stopping.abort();
		await running;
	});
};

const watchCardano = (lifecycle: Lifecycle, {mainChain, log}: NodeParts, chain: ChainService): void => {
	background(lifecycle, 'cardano', log, async signal => {
		mainChain.onChange(
			() => {
				// A failure has stopped the chain and been reported.
				chain.reconsider().catch(() => undefined);
			},
			{signal},
		);
		await mainChain.run({signal});
	});
};

const startForging = (
	lifecycle: Lifecycle,
	parts: NodeParts,
	{chain, mempool, peers}: Omit<NodeServices, 'forge'>,
): Forge | undefined => {
	if (parts.producer === undefined) return undefined;
	const log = parts.log.child('forge');
	const {keys, guard, standby = false} = parts.producer;
	const forge = new Forge(
		{...parts, keys, guard, chain, mempool, log, isSynced: () => peers.isSynced},
		{standby},
	);
	background(lifecycle, 'forge', log, signal => forge.run({signal}));
	return forge;
};

const startSigning = (
	lifecycle: Lifecycle,
	parts: NodeParts,
	{chain, mempool, peers}: Omit<NodeServices, 'forge'>,
): void => {
	const {crypto, checkpointSeed: seed} = parts;
	if (seed === undefined) return;
	const log = parts.log.child('checkpoint');
	const signer = createCheckpointSigner(
		{crypto, chain, mempool, log, isSynced: () => peers.isSynced},
		{seed},
	);
	background(lifecycle, 'checkpoint signer', log, signal => signer.run({signal}));
};

const startStakeSigning = (
	lifecycle: Lifecycle,
	parts: NodeParts,
	{chain, mempool, peers}: Omit<NodeServices, 'forge'>,
): void => {
	const {crypto, clock, checkpointSeed: seed, cardanoStakes: stakes} = parts;
	if (seed === undefined) return;
	const log = parts.log.child('stake');
	const isSynced = (): boolean => peers.isSynced;
	const signer = new CardanoStakeSigner({crypto, chain, mempool, stakes, clock, log, isSynced}, seed);
	background(lifecycle, 'cardano stake signer', log, signal => signer.run({signal}));
};

const startSubmitting = (
	lifecycle: Lifecycle,
	parts: NodeParts,
	{chain, peers}: Pick<NodeServices, 'chain' | 'peers'>,
): void => {
	const {crypto, clock, checkpointSeed: seed, cardanoWallet: wallet} = parts;
	if (wallet === undefined || !wallet.submits) return;
	const log = parts.log.child('checkpoint');
	const {contract, keyHash: walletKeyHash} = wallet;
	const memberVk = seed && crypto.ed25519VerificationKey(seed);
	const submitter = new CheckpointSubmitter(
		{crypto, chain, contract, clock, log, isSynced: () => peers.isSynced},
		{memberVk, walletKeyHash},
	);
	background(lifecycle, 'checkpoint submitter', log, signal => submitter.run({signal}));
};

/** Starts everything that a node does; `lifecycle` stops it. */
export const startServices = async (lifecycle: Lifecycle, parts: NodeParts): Promise<NodeServices> => {
	const {network, crypto, stores, mainChain, clock, log, metrics} = parts;
	const stopping = new AbortController();
	const {signal} = stopping;
	const chain = await ChainService.open(
		network,
		{...stores, clock, log: log.child('chain'), mainChain, headerVerifier: parts.headerVerifier},
		{failed: parts.failed},
	);
	// Stopped last: what was begun is written, then nobody listens any more.
	lifecycle.add('chain', async () => {
		await chain.settle();
		stopping.abort();
	});
	const times = new BlockTimes(network.slots);
	countChainEvents(chain, {metrics, times, log: log.child('chain')}, {signal});
	background(lifecycle, 'chain clock', log, timed => chain.followClock({signal: timed}));
	watchCardano(lifecycle, parts, chain);
	const mempool = new Mempool({chain, clock, log: log.child('mempool'), metrics}, {signal});
	const announcements = new AnnouncementStore({
		crypto,
		genesisHash: network.env.genesisHash,
		currentSlot: () => slotAt(network.slots, clock.now()) ?? Slot(0),
		metrics,
	});
	const reader = createChainReader(chain);
	const peers = new Peers(
		{
			chain,
			reader,
			mempool,
			announcements,
			clock,
			log: log.child('peers'),
			metrics,
			times,
			network: parts.transport,
		},
		{
			topology: parts.topology,
			targets: parts.targets,
			address: parts.address,
			networkMagic: network.env.genesis.networkMagic,
			peerSharing: parts.peerSharing,
		},
	);
	await lifecycle.start('peers', async () => {
		await peers.start();
		return peers;
	});
	const services = {chain, reader, mempool, announcements, peers};
	const forge = startForging(lifecycle, parts, services);
	startSigning(lifecycle, parts, services);
	startStakeSigning(lifecycle, parts, services);
	startSubmitting(lifecycle, parts, services);
	return {...services, forge};
};
