import {createServer, type Server} from 'node:http';
import {Counter, Gauge, Histogram, Registry} from 'prom-client';
import {NodeError} from '#kernel/node-error';
import {
	type CodedCounterName,
	type CounterName,
	codedCounters,
	counters,
	type GaugeName,
	gauges,
	type HistogramName,
	histograms,
	type Metrics,
} from '#node/ports/metrics';

export type PrometheusMetrics = Metrics & {
	/** The text that Prometheus scrapes. */
	text(): Promise<string>;
};

/** Seconds: a block is late after five of them. */
const BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 5, 10, 30];

export const createPrometheusMetrics = (build: {
	readonly version: string;
	readonly revision: string;
}): PrometheusMetrics => {
	const registry = new Registry();
	const made = <Name extends string, M>(names: Readonly<Record<Name, string>>, make: (name: Name) => M) =>
		Object.fromEntries((Object.keys(names) as Name[]).map(name => [name, make(name)])) as Record<Name, M>;
	const countersByName = made(
		counters,
		(name: CounterName) => new Counter({name, help: counters[name], registers: [registry]}),
	);
	const codedByName = made(
		codedCounters,
		(name: CodedCounterName) =>
			new Counter({name, help: codedCounters[name], labelNames: ['code'], registers: [registry]}),
	);
	const gaugesByName = made(
		gauges,
		(name: GaugeName) => new Gauge({name, help: gauges[name], registers: [registry]}),
	);
	const histogramsByName = made(
		histograms,
		(name: HistogramName) =>
			new Histogram({name, help: histograms[name], buckets: BUCKETS, registers: [registry]}),
	);
	new Gauge({
		name: 'cardano_build_info',
		help: 'What runs here',
		labelNames: ['version', 'revision'],
		registers: [registry],
	}).set({...build}, 1);
	return {
		increment: (name, by = 1) => countersByName[name].inc(by),
		count: (name, code) => codedByName[name].inc({code}),
		set: (name, value) => gaugesByName[name].set(value),
		observe: (name, seconds) => histogramsByName[name].observe(seconds),
		text: () => registry.metrics(),
	};
};

export type MetricsServer = {readonly url: string; readonly stop: () => Promise<void>};

const listen = (server: Server, host: string, port: number): Promise<number> =>
	new Promise((resolve, reject) => {
		server.once('error', cause =>
			reject(
				new NodeError(
					{
						code: 'PORT_IN_USE',
						host,
						port,
						message: `Cannot listen on ${host}:${port}: choose another port, or 0 for a free one.`,
					},
					{cause},
				),
			),
		);
		server.listen(port, host, () => {
			const address = server.address();
			resolve(typeof address === 'object' && address !== null ? address.port : port);
		});
	});

/** Serves `GET /metrics`. Port 0 takes a free one. Throws PORT_IN_USE. */
export const startMetricsServer = async (
	metrics: PrometheusMetrics,
	{host, port, refresh}: {readonly host: string; readonly port: number; readonly refresh: () => void},
): Promise<MetricsServer> => {
	const server = createServer((request, response) => {
		if (request.method !== 'GET' || request.url !== '/metrics') {
			response.writeHead(404).end();
			return;
		}
		refresh();
		void metrics
			.text()
			.then(text => response.writeHead(200, {'content-type': 'text/plain; version=0.0.4'}).end(text))
			.catch(() => response.writeHead(500).end());
	});
	server.maxConnections = 16;
	const bound = await listen(server, host, port);
	return {
		url: `http://${host}:${bound}/metrics`,
		stop: () =>
			new Promise(resolve => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
};
