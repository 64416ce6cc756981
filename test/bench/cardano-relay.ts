import {performance} from 'node:perf_hooks';
import {type CardanoParent, judgeCardanoHeader} from '#consensus/cardano/judge-cardano-header';
import {CertificateCache} from '#consensus/opcert/certificate-cache';
import {defined} from '#kernel/assert';
import {importBlocks} from '#node/services/cardano-relay/import-blocks';
import {createHeaderReader} from '#node/services/cardano-relay/read-headers';
import {followSelectedChain} from '#node/services/chain/chain-follower';
import type {Connection} from '#relay/connection';
import {dial} from '#relay/dial';
import {listen} from '#relay/listener';
import {
	certificateRules,
	memoryChain,
	realBlocks,
	startParent,
	startPoint,
} from '../support/cardano-relay.ts';
import {type Bench, type Figure, moreIsBetter} from './bench.ts';

const {signal} = new AbortController();
const ROUNDS = 3;
const PEERS = 4;
const SERVED_BLOCKS = 800;

/** Real headers of preprod, judged one after the other as a relay does at level `certificate`. */
const judged = (): number => {
	const rules = {...certificateRules, certificates: new CertificateCache()};
	let best = 0;
	for (let round = 0; round < ROUNDS; round++) {
		let parent: CardanoParent = startParent();
		const startMs = performance.now();
		for (const {header} of realBlocks) {
			const outcome = judgeCardanoHeader(rules, parent, {tag: header.era, bytes: header.bytes});
			if (!outcome.ok) throw new TypeError(outcome.error.code);
			const {slot, blockNo, hash} = outcome.value.header;
			parent = {tip: {slot, blockNo, hash}, era: outcome.value.era, state: outcome.value.state};
		}
		best = Math.max(best, (realBlocks.length / (performance.now() - startMs)) * 1_000);
	}
	return best;
};

const follow = async (connection: Connection): Promise<void> => {
	const {chainSync} = defined(connection.client, 'client');
	await chainSync.findIntersect([startPoint], {signal});
	for (let header = 0; header <= SERVED_BLOCKS; header++) await chainSync.next({signal});
};

/** Headers a second to each of several peers that follow at once; all ends share one thread. */
const served = async (): Promise<number> => {
	const {chain, ports} = memoryChain();
	const blocks = (async function* () {
		for (const {bytes} of realBlocks.slice(0, SERVED_BLOCKS)) yield {bytes, file: 'preprod', offset: 0};
	})();
	await importBlocks(ports.rules, chain, blocks, {signal});
	const headerAt = createHeaderReader(chain);
	const listener = await listen({
		address: {host: '127.0.0.1', port: 0},
		networkMagic: 1,
		handlers: () => ({chain: followSelectedChain(chain, chain, headerAt)}),
		connected: () => undefined,
	});
	const connections = await Promise.all(
		Array.from({length: PEERS}, () =>
			dial(listener.address, {networkMagic: 1, handlers: () => ({})}, {signal}),
		),
	);
	const startMs = performance.now();
	await Promise.all(connections.map(follow));
	const rate = (SERVED_BLOCKS / (performance.now() - startMs)) * 1_000;
	for (const connection of connections) connection.close();
	await listener.close();
	return rate;
};

const run = async (): Promise<Figure[]> => [
	moreIsBetter('preprod headers judged', 'headers/s', judged()),
	moreIsBetter(`served to each of ${PEERS} peers`, 'headers/s', await served()),
];

export const cardanoRelayBench: Bench = {name: 'cardano-relay', run};
