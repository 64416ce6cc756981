import {constants, monitorEventLoopDelay, type PerformanceEntry, PerformanceObserver} from 'node:perf_hooks';
import type {Metrics} from '#node/ports/metrics';

const NANOSECONDS = 1e9;

export type ProcessFigures = {
	/** Brings the longest delay since the last call up to date. */
	refresh(): void;
	stop(): void;
};

/** Counts collections of garbage, and watches how long the event loop is held up. */
export const watchProcess = (metrics: Metrics): ProcessFigures => {
	const collections = new PerformanceObserver(list => {
		for (const entry of list.getEntries()) {
			const {detail} = entry as PerformanceEntry & {readonly detail?: {readonly kind?: number}};
			const isMajor = detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
			metrics.increment(
				isMajor ? 'cardano_node_metrics_RTS_gcMajorNum_int' : 'cardano_node_metrics_RTS_gcMinorNum_int',
			);
		}
	});
	collections.observe({entryTypes: ['gc']});
	const delays = monitorEventLoopDelay({resolution: 20});
	delays.enable();
	return {
		refresh: () => {
			metrics.set('dcloud_event_loop_delay_seconds', delays.count === 0 ? 0 : delays.max / NANOSECONDS);
			delays.reset();
		},
		stop: () => {
			collections.disconnect();
			delays.disable();
		},
	};
};
