import process from 'node:process';
import {slotAt} from '#consensus/time';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {McRef} from '#kernel/main-chain-event';
import type {Tip} from '#kernel/point';
import type {CardanoPointView, CardanoView} from '#node/ports/cardano-api';
import type {Clock} from '#node/ports/clock';
import type {StatusView, TipView} from '#node/ports/control-api';
import type {ChainService} from '../chain/chain-service.ts';
import type {Forge} from '../forge/forge.ts';
import type {LeaderSchedule} from '../forge/leader-schedule.ts';
import type {MainChainWatcher} from '../main-chain-watcher.ts';
import type {Mempool} from '../mempool/mempool.ts';
import type {Peers} from '../sync/peers.ts';
import {forgingView} from './forging-control.ts';

export type StatusPorts = {
	readonly chain: ChainService;
	readonly mempool: Mempool;
	readonly peers: Peers;
	/** Both undefined on nodes that make no blocks. */
	readonly forge: Forge | undefined;
	readonly schedule: LeaderSchedule | undefined;
	readonly mainChain: Pick<MainChainWatcher, 'tip' | 'unreachableSinceMs' | 'rolledBackSinceMs'>;
	readonly clock: Clock;
};

export type StatusOptions = {
	readonly name: string;
	readonly version: string;
	readonly startedAtMs: number;
};

export const tipView = (tip: Tip): TipView | null =>
	tip === 'origin' ? null : {slot: tip.slot, hash: toHex(tip.hash), blockNo: tip.blockNo};

const pointView = ({slot, hash}: McRef): CardanoPointView => ({slot, hash: toHex(hash)});

const cardanoView = ({chain, mainChain}: Pick<StatusPorts, 'chain' | 'mainChain'>): CardanoView => {
	const tip = mainChain.tip();
	const [row] = chain.ledger.chain.values();
	const {mcRef} = defined(row, 'the ledger has a chain row');
	return {
		tip: tip === undefined ? null : pointView(tip),
		unreachableSinceMs: mainChain.unreachableSinceMs() ?? null,
		rolledBackSinceMs: mainChain.rolledBackSinceMs() ?? null,
		reference: pointView(mcRef),
		stableDepth: chain.network.env.genesis.cardano.stableDepth,
	};
};

/** What a node says of itself. */
export const statusView = (
	{chain, mempool, peers, forge, schedule, mainChain, clock}: StatusPorts,
	{name, version, startedAtMs}: StatusOptions,
): StatusView => {
	const {env, slots} = chain.network;
	const {networkMagic, profile, systemStartMs, slotMs, epochLength} = env.genesis;
	const currentSlot = slotAt(slots, clock.now()) ?? 0;
	const {epochNonce} = chain.praosState;
	const {rss, heapUsed} = process.memoryUsage();
	return {
		name,
		version,
		networkMagic,
		genesisHash: toHex(env.genesisHash),
		profile,
		systemStartMs,
		slotMs,
		epochLength,
		tip: tipView(chain.tip),
		immutableTip: tipView(chain.settledTip),
		currentSlot,
		epoch: Math.floor(currentSlot / epochLength),
		slotInEpoch: currentSlot % epochLength,
		epochNonce: epochNonce === 'neutral' ? null : toHex(epochNonce),
		synced: peers.isSynced,
		peers: peers.views,
		shunned: peers.shunned,
		mempool: {count: mempool.count, bytes: mempool.bytes},
		forging: forgingView({chain, clock, forge, schedule}),
		cardano: cardanoView({chain, mainChain}),
		memory: {residentBytes: rss, heapUsedBytes: heapUsed},
		startedAtMs,
	};
};
