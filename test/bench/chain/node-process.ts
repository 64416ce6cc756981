/** A whole node, as `dcloud node run` starts it, that a bench drives over messages. */
import process from 'node:process';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {RunningNode} from '#node/compose';
import {readBlocks} from './block-file.ts';
import type {FromNode, ToNode} from './node-messages.ts';

const tell = (message: FromNode): void => {
	process.send?.(message);
};

let node: RunningNode | undefined;

const running = (): RunningNode => defined(node, 'the node is started');
const blockNo = (): number => {
	const {tip} = running().inner.chain;
	return tip === 'origin' ? -1 : tip.blockNo;
};

const start = async (flags: object): Promise<void> => {
	const {startNode} = await import('#node/compose');
	const {readConfig} = await import('#node/config');
	node = await startNode(await readConfig({flags: {...flags}, environment: {}}));
	tell({kind: 'started', port: node.address.port, blockNo: blockNo(), metricsUrl: node.metricsUrl});
};

const feed = async (file: string): Promise<void> => {
	const {chain} = running().inner;
	const begun = performance.now();
	let longestMs = 0;
	for await (const bytes of readBlocks(file)) {
		const blockBegun = performance.now();
		const verdict = await chain.considerBlock(bytes);
		if (!verdict.ok) throw new NodeError(verdict.error);
		longestMs = Math.max(longestMs, performance.now() - blockBegun);
	}
	tell({kind: 'fed', ms: performance.now() - begun, longestMs});
};

const until = async (wanted: number): Promise<void> => {
	const {chain} = running().inner;
	const {signal} = new AbortController();
	while (blockNo() < wanted) await chain.nextChange({signal});
	tell({kind: 'reached', hash: chain.tip === 'origin' ? '' : toHex(chain.tip.hash)});
};

const memory = (): FromNode => {
	const {rss, heapUsed, external} = process.memoryUsage();
	return {
		kind: 'memory',
		residentBytes: rss,
		residentBytesMax: process.resourceUsage().maxRSS * 1024,
		heldBytes: heapUsed + external,
	};
};

const answer = async (message: ToNode): Promise<void> => {
	switch (message.kind) {
		case 'start':
			return start(message.flags);
		case 'feed':
			return feed(message.file);
		case 'until':
			return until(message.blockNo);
		case 'memory':
			return tell(memory());
		case 'stop':
			await running().stop();
			tell({kind: 'stopped'});
			process.disconnect();
	}
};

process.on('message', (message: ToNode) => {
	answer(message).catch((error: unknown) => {
		tell({kind: 'failed', code: error instanceof NodeError ? error.code : String(error)});
	});
});

// Whoever drives this process is gone.
process.once('disconnect', () => process.exit());
