import process from 'node:process';
import {epochOf, kesPeriodOf, slotStartMs} from '#consensus/time';
import type {ForgingView} from '#node/ports/forging-api';
import type {Metrics} from '#node/ports/metrics';
import type {ChainService} from './chain/chain-service.ts';

const LATE_MS = 5_000;

/** Counts what happens to the chain, until the signal aborts. */
export const countChainEvents = (
	chain: ChainService,
	metrics: Metrics,
	{signal}: {readonly signal: AbortSignal},
): void => {
	const {slots} = chain.network;
	chain.onChange(
		event => {
			if (event.kind === 'rolledBack') {
				metrics.increment('cardano_node_metrics_forks_int');
				return;
			}
			const {block, events, atMs} = event;
			const delayMs = atMs - slotStartMs(slots, block.header.slot);
			metrics.increment('dcloud_blocks_adopted_total');
			metrics.set('cardano_node_metrics_blockfetchclient_blockdelay_s', delayMs / 1000);
			if (delayMs > LATE_MS) metrics.increment('cardano_node_metrics_blockfetchclient_lateblocks');
			const count = (kind: string): number => events.filter(each => each.kind === kind).length;
			metrics.increment('cardano_node_metrics_txsProcessedNum_int', count('transaction'));
			metrics.increment('dcloud_proofs_verified_total', count('proven'));
		},
		{signal},
	);
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
	const {params} = network;
	if (tip !== 'origin') {
		metrics.set('cardano_node_metrics_blockNum_int', tip.blockNo);
		metrics.set('cardano_node_metrics_slotNum_int', tip.slot);
		metrics.set('cardano_node_metrics_epoch_int', epochOf(params, tip.slot));
		metrics.set('cardano_node_metrics_slotInEpoch_int', tip.slot % params.epochLength);
		metrics.set('cardano_node_metrics_currentKESPeriod_int', kesPeriodOf(params, tip.slot));
		const span = tip.slot - (volatile[0]?.slot ?? tip.slot);
		if (span > 0) metrics.set('cardano_node_metrics_density_real', (volatile.length - 1) / span);
	}
	if (settledTip !== 'origin') metrics.set('dcloud_immutable_block_number', settledTip.blockNo);
	metrics.set('cardano_node_metrics_forging_enabled', forging?.enabled === true ? 1 : 0);
	metrics.set('cardano_node_metrics_remainingKESPeriods_int', forging?.kesPeriodsLeft ?? 0);
	metrics.set('dcloud_synced', isSynced ? 1 : 0);
	const {rss, heapUsed, heapTotal} = process.memoryUsage();
	metrics.set('dcloud_resident_memory_bytes', rss);
	metrics.set('cardano_node_metrics_RTS_gcLiveBytes_int', heapUsed);
	metrics.set('cardano_node_metrics_RTS_gcHeapBytes_int', heapTotal);
};
