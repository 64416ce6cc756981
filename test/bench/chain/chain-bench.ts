/**
 * A chain of 100,000 small blocks in whole nodes, each in a process of its own: taken block by block, opened again after
 * a clean stop and after a kill, rolled back by k, and synchronised over TCP by a node that starts with nothing.
 */
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {assert} from '#kernel/assert';
import {genesisToJson} from '#ledger/genesis/genesis';
import {type Bench, type Figure, lessIsBetter, moreIsBetter} from '../bench.ts';
import {isShort} from '../measure.ts';
import {writeBlocks} from './block-file.ts';
import {ChildNode} from './child-node.ts';
import {ChainBuilder, longGenesis, longNetwork} from './long-chain.ts';
import {levelRate, storeRate} from './store-rates.ts';

const BLOCKS = isShort ? 2_000 : 100_000;
const MIB = 1024 * 1024;
const REST_MS = isShort ? 500 : 3_000;

type Files = {
	readonly genesis: string;
	readonly chain: string;
	/** A fork that leaves the chain k blocks before its end and is one block longer. */
	readonly fork: string;
};

const forgeFiles = async (folder: string): Promise<Files> => {
	const at = (name: string): string => path.join(folder, name);
	const genesis = longGenesis(BLOCKS + 1, Date.now());
	const network = longNetwork(genesis);
	const {k} = network.params;
	const builder = new ChainBuilder(network);
	let other: ChainBuilder | undefined;
	const chain = function* (): Generator<Uint8Array> {
		for (let index = 0; index < BLOCKS; index++) {
			if (index === BLOCKS - k) other = builder.fork();
			yield builder.next().bytes;
		}
	};
	const fork = function* (): Generator<Uint8Array> {
		assert(other !== undefined, 'the chain is longer than k');
		for (let index = 0; index <= k; index++) yield other.next().bytes;
	};
	await writeFile(at('genesis.json'), genesisToJson(genesis));
	await writeBlocks(at('chain'), chain());
	await writeBlocks(at('fork'), fork());
	return {
		genesis: at('genesis.json'),
		chain: at('chain'),
		fork: at('fork'),
	};
};

const topologyTo = async (folder: string, port: number): Promise<string> => {
	const file = path.join(folder, `topology-${port}.json`);
	const accessPoints = [{address: '127.0.0.1', port}];
	const localRoots = [{accessPoints, advertise: true, valency: 1}];
	await writeFile(file, JSON.stringify({localRoots, publicRoots: [], useLedgerAfterSlot: -1}));
	return file;
};

const restFigure = async (node: ChildNode): Promise<Figure> => {
	await setTimeout(REST_MS);
	const {residentBytes} = await node.ask({kind: 'memory'}, 'memory');
	return lessIsBetter('chain/memory-at-rest', 'MiB', residentBytes / MIB);
};

/** Without judging anything. */
const storeFigures = async (folder: string, {chain}: Files): Promise<Figure[]> => {
	const level = await levelRate(folder, chain);
	const store = await storeRate(folder, chain);
	return [moreIsBetter('chain/stored', 'blocks/s', store, {name: 'plain LevelDB writes', value: level})];
};

/** Block by block into an empty node. */
const feedFigures = async (flags: Flags, files: Files): Promise<Figure[]> => {
	const {node} = await ChildNode.start(flags);
	try {
		const {ms} = await node.ask({kind: 'feed', file: files.chain}, 'fed');
		return [moreIsBetter('chain/adopted', 'blocks/s', (BLOCKS / ms) * 1000)];
	} finally {
		await node.stop();
	}
};

type Flags = Parameters<typeof ChildNode.start>[0];

/** After a clean stop, and after a kill. */
const restartFigures = async (flags: Flags): Promise<Figure[]> => {
	const clean = await ChildNode.start(flags);
	assert(clean.blockNo === BLOCKS - 1, 'the chain is there after a clean stop');
	const rest = await restFigure(clean.node);
	await clean.node.kill();
	const killed = await ChildNode.start(flags);
	assert(killed.blockNo === BLOCKS - 1, 'the chain is there after a kill');
	await killed.node.stop();
	return [
		lessIsBetter('chain/restart', 'ms', clean.ms),
		lessIsBetter('chain/restart-after-kill', 'ms', killed.ms),
		rest,
	];
};

/** A second node takes the whole chain from the first over loopback TCP. */
const syncFigures = async (folder: string, server: Flags, client: Flags): Promise<Figure[]> => {
	const from = await ChildNode.start(server);
	const to = await ChildNode.start({...client, topology: await topologyTo(folder, from.port)}).catch(
		async (error: unknown) => {
			await from.node.kill();
			throw error;
		},
	);
	try {
		const begun = performance.now();
		await to.node.ask({kind: 'until', blockNo: BLOCKS - 1}, 'reached');
		const ms = performance.now() - begun;
		const receiver = await to.node.ask({kind: 'memory'}, 'memory');
		const sender = await from.node.ask({kind: 'memory'}, 'memory');
		return [
			moreIsBetter('chain/sync', 'blocks/s', (BLOCKS / ms) * 1000),
			lessIsBetter('chain/sync-memory', 'MiB', receiver.residentBytesMax / MIB),
			lessIsBetter('chain/serve-memory', 'MiB', sender.residentBytesMax / MIB),
		];
	} finally {
		await to.node.kill();
		await from.node.kill();
	}
};

/** The node goes over to a fork k blocks deep: the one block that makes it better switches all of them. */
const rollbackFigures = async (flags: Flags, files: Files): Promise<Figure[]> => {
	const {node} = await ChildNode.start(flags);
	try {
		const {longestMs} = await node.ask({kind: 'feed', file: files.fork}, 'fed');
		return [lessIsBetter('chain/rollback-of-k', 'ms', longestMs)];
	} finally {
		await node.stop();
	}
};

export const chainBench: Bench = {
	name: 'chain',
	run: async () => {
		const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-bench-chain-'));
		try {
			const begun = performance.now();
			const files = await forgeFiles(folder);
			const forgeMs = performance.now() - begun;
			const flagsOf = (name: string): Flags => ({
				dataDir: path.join(folder, name),
				genesis: files.genesis,
				name,
				logLevel: 'warn',
			});
			const [first, second] = [flagsOf('first'), flagsOf('second')];
			for (const {dataDir = ''} of [first, second]) await mkdir(dataDir);
			return [
				moreIsBetter('chain/forged', 'blocks/s', (BLOCKS / forgeMs) * 1000),
				...(await storeFigures(folder, files)),
				...(await feedFigures(first, files)),
				...(await restartFigures(first)),
				...(await syncFigures(folder, first, second)),
				...(await rollbackFigures(first, files)),
			];
		} finally {
			await rm(folder, {recursive: true, force: true});
		}
	},
};
