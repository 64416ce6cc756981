/** A node without peers in a process of its own, for `node-memory`: `idle-node.js GENESIS DATA`; prints JSON, then ends. */
import process from 'node:process';
import {setTimeout} from 'node:timers/promises';

const begunMs = performance.now();
const {startNode} = await import('#node/compose');
const {readConfig} = await import('#node/config');
const [, , genesis, dataDir] = process.argv;
const node = await startNode(
	await readConfig({flags: {genesis, dataDir, logLevel: 'warn'}, environment: {}}),
);
const startMs = performance.now() - begunMs;
await setTimeout(1000);
process.stdout.write(JSON.stringify({startMs, residentBytes: process.memoryUsage().rss}));
await node.stop();
