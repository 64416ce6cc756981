import process from 'node:process';
import type {ConsensusParams} from '#consensus/params';
import {epochOf, firstSlotOf, kesPeriodOf, slotStartMs} from '#consensus/time';
import type {Tip} from '#kernel/point';
import {Epoch, type Slot} from '#kernel/slot';
import type {ForgingView} from '#node/ports/forging-api';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import type {ChainService} from './chain/chain-service.ts';
import type {BlockStages, BlockTimes} from './sync/block-times.ts';

const LATE_MS = 5_000;
/** So many blocks make the shares of those that came in time: half an hour and more on a public network. */
const DELAYS_MAX = 1_080;

const shares = [
	['cardano_node_metrics_blockfetchclient_blockdelay_cdfOne', 1_000],
	['cardano_node_metrics_blockfetchclient_blockdelay_cdfThree', 3_000],
	['cardano_node_metrics_blockfetchclient_blockdelay_cdfFive', LATE_MS],
] as const;

type TimingPorts = {readonly metrics: Metrics; readonly times: BlockTimes; readonly log: Log};

/** Seconds of each stage, for those that the block went through: one of ours is heard of and asked for by nobody. */
const observeStages = (
	metrics: Metrics,
	{heardMs, askedMs, cameMs}: BlockStages,
	{slotMs, atMs}: {readonly slotMs: number; readonly atMs: number},
): void => {
	metrics.observe('dcloud_block_header_seconds', Math.max(0, heardMs - slotMs) / 1000);
	if (askedMs === undefined || cameMs === undefined) return;
	metrics.observe('dcloud_block_request_seconds', Math.max(0, askedMs - heardMs) / 1000);
	metrics.observe('dcloud_block_download_seconds', Math.max(0, cameMs - askedMs) / 1000);
	metrics.observe('dcloud_block_adoption_seconds', Math.max(0, atMs - cameMs) / 1000);
};

/** Counts what happens to the chain, and logs how new blocks came, until the signal aborts. */
export const countChainEvents = (
	chain: ChainService,
	{metrics, times, log}: TimingPorts,
	{signal}: {readonly signal: AbortSignal},
): void => {
	const {slots} = chain.network;
	const delays: number[] = [];
	/** Of them, how many were within each limit. */
	const inTime = shares.map(() => 0);
	const countDelay = (delayMs: number, by: 1 | -1): void => {
		for (const [at, [, limitMs]] of shares.entries())
			if (delayMs <= limitMs) inTime[at] = (inTime[at] ?? 0) + by;
	};
	chain.onChange(
		event => {
			if (event.kind === 'rolledBack') {
				metrics.increment('cardano_node_metrics_forks_int');
				return;
			}
			const {block, events, atMs} = event;
			metrics.increment('dcloud_blocks_adopted_total');
			const count = (kind: string): number => events.filter(each => each.kind === kind).length;
			metrics.increment('cardano_node_metrics_txsProcessedNum_int', count('transaction'));
			metrics.increment('dcloud_proofs_verified_total', count('proven'));
			const {hash, slot, blockNo} = block.header;
			const stages = times.of(hash);
			if (stages === undefined) return;
			const slotMs = slotStartMs(slots, slot);
			const delayMs = atMs - slotMs;
			observeStages(metrics, stages, {slotMs, atMs});
			metrics.set('cardano_node_metrics_blockfetchclient_blockdelay_s', delayMs / 1000);
			if (delayMs > LATE_MS) metrics.increment('cardano_node_metrics_blockfetchclient_lateblocks');
			delays.push(delayMs);
			countDelay(delayMs, 1);
			if (delays.length > DELAYS_MAX) countDelay(delays.shift() ?? 0, -1);
			for (const [at, [name]] of shares.entries()) metrics.set(name, (inTime[at] ?? 0) / delays.length);
			const since = (ms: number | undefined) => (ms === undefined ? null : ms - slotMs);
			const {heardMs, askedMs, cameMs} = stages;
			log.info('block of a peer adopted', {
				slot,
				blockNo,
				hash,
				// Each since the start of its slot.
				headerMs: since(heardMs),
				requestMs: since(askedMs),
				bodyMs: since(cameMs),
				adoptedMs: delayMs,
			});
		},
		{signal},
	);
};

/** What dashboards show of a chain, whichever it is. */
export type MeasuredChain = {
	readonly tip: Tip;
	/** Where in its epoch the tip is, if not by `params`. */
	readonly place?: {readonly epoch: number; readonly slotInEpoch: number} | undefined;
	readonly volatile: readonly {readonly slot: Slot}[];
	/** The last block that is final. */
	readonly finalTip: Tip;
	readonly params: Pick<ConsensusParams, 'epochLength' | 'eraStart' | 'slotsPerKesPeriod'>;
};

export const measureChain = (
	metrics: Metrics,
	{tip, volatile, finalTip, place, params}: MeasuredChain,
): void => {
	if (tip !== 'origin') {
		const epoch = place?.epoch ?? epochOf(params, tip.slot);
		metrics.set('cardano_node_metrics_blockNum_int', tip.blockNo);
		metrics.set('cardano_node_metrics_slotNum_int', tip.slot);
		metrics.set('cardano_node_metrics_epoch_int', epoch);
		const slotInEpoch = place?.slotInEpoch ?? tip.slot - firstSlotOf(params, Epoch(epoch));
		metrics.set('cardano_node_metrics_slotInEpoch_int', slotInEpoch);
		metrics.set('cardano_node_metrics_currentKESPeriod_int', kesPeriodOf(params, tip.slot));
		const span = tip.slot - (volatile[0]?.slot ?? tip.slot);
		if (span > 0) metrics.set('cardano_node_metrics_density_real', (volatile.length - 1) / span);
	}
	if (finalTip !== 'origin') metrics.set('dcloud_immutable_block_number', finalTip.blockNo);
};

export const measureMemory = (metrics: Metrics): void => {
	const {rss, heapUsed, heapTotal} = process.memoryUsage();
	metrics.set('dcloud_resident_memory_bytes', rss);
	metrics.set('cardano_node_metrics_RTS_gcLiveBytes_int', heapUsed);
	metrics.set('cardano_node_metrics_RTS_gcHeapBytes_int', heapTotal);
};

/** Brings the gauges up to date: when somebody asks for them. */
export const refreshGauges = (
	chain: ChainService,
	metrics: Metrics,
	{
		forging,
		isSynced,
	}: {
		readonly forging: Pick<ForgingView, 'enabled' | 'kesPeriodsLeft'> | undefined;
		readonly isSynced: boolean;
	},
): void => {
	const {tip, settledTip, volatile, network} = chain;
	measureChain(metrics, {tip, volatile, finalTip: settledTip, params: network.params});
	metrics.set('cardano_node_metrics_forging_enabled', forging?.enabled === true ? 1 : 0);
	metrics.set('cardano_node_metrics_remainingKESPeriods_int', forging?.kesPeriodsLeft ?? 0);
	metrics.set('dcloud_synced', isSynced ? 1 : 0);
	measureMemory(metrics);
};
