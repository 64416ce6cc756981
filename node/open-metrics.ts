import {NodeError} from '#kernel/node-error';
import {watchProcess} from './adapters/process-figures.ts';
import {type MetricsServer, type PrometheusMetrics, startMetricsServer} from './adapters/prometheus.ts';
import type {Lifecycle} from './lifecycle.ts';
import type {Log} from './ports/log.ts';

/** Where dashboards look for cardano-node. */
const USUAL_PORT = 12_798;

type Options = {
	readonly metrics: PrometheusMetrics;
	readonly log: Log;
	readonly host: string;
	/** Undefined: the usual one, if it is free. */
	readonly port: number | 'none' | undefined;
	/** Default 12798. */
	readonly usualPort?: number | undefined;
};

/**
 * Serves the figures on this machine; `refresh` brings gauges up to date before each scrape. Undefined when there is to be
 * no server, or nobody asked for a port and another node on this machine has the usual one. Throws PORT_IN_USE.
 */
export const openMetrics = async (
	lifecycle: Lifecycle,
	{metrics, log, host, port, usualPort = USUAL_PORT}: Options,
	refresh: () => void,
): Promise<MetricsServer | undefined> => {
	if (port === 'none') return undefined;
	const figures = watchProcess(metrics);
	lifecycle.add('process figures', async () => figures.stop());
	const options = {
		host,
		port: port ?? usualPort,
		refresh: () => {
			refresh();
			figures.refresh();
		},
	};
	try {
		const server = await startMetricsServer(metrics, options);
		lifecycle.add('metrics', server.stop);
		return server;
	} catch (error) {
		const isTaken = error instanceof NodeError && error.code === 'PORT_IN_USE';
		if (port !== undefined || !isTaken) throw error;
		log.warn('no metrics: their usual port is taken; choose another with --metrics-port', {port: usualPort});
		return undefined;
	}
};
