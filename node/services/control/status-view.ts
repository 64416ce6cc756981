import process from 'node:process';
import {slotAt} from '#consensus/time';
import {toHex} from '#kernel/bytes';
import type {Tip} from '#kernel/point';
import type {Clock} from '#node/ports/clock';
import type {StatusView, TipView} from '#node/ports/control-api';
import type {ChainService} from '../chain/chain-service.ts';
import type {Forge} from '../forge/forge.ts';
import type {LeaderSchedule} from '../forge/leader-schedule.ts';
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
	readonly clock: Clock;
};

export type StatusOptions = {
	readonly name: string;
	readonly version: string;
	readonly startedAtMs: number;
};

export const tipView = (tip: Tip): TipView | null =>
	tip === 'origin' ? null : {slot: tip.slot, hash: toHex(tip.hash), blockNo: tip.blockNo};

/** What a node says of itself. */
export const statusView = (
	{chain, mempool, peers, forge, schedule, clock}: StatusPorts,
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
		memory: {residentBytes: rss, heapUsedBytes: heapUsed},
		startedAtMs,
	};
};
