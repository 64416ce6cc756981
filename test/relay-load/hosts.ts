/**
 * Nodes on hosts of their own: one takes its chain over a line with delay and loss; then the line is cut, both sides go on
 * differently, and when it heals all have the better chain. Skipped, and said why, where there can be no such hosts.
 */
import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {ChildNode} from '../bench/chain/child-node.ts';
import {Child} from '../support/child-process.ts';
import {type ChainFile, type ForgedChain, forgeChain, topologyTo} from './chain-files.ts';
import type {FromDelay, ToDelay} from './delay-messages.ts';
import {mustHold, type Part, type PartReport, type PartTools} from './part.ts';
import {createTestHosts, type TestHosts, whyNoHosts} from './test-hosts.ts';

const BLOCKS = 3_000;
const BLOCKS_SHORT = 300;
/** Blocks of each side while the line is cut; the second is the better chain. */
const BRANCHES = [12, 20] as const;
/** Of 100 ms there and back. */
const BAD = {delayMs: 50, lossPercent: 2} as const;
const CUT = {delayMs: 0, lossPercent: 100} as const;
const WHOLE = {delayMs: 0, lossPercent: 0} as const;
const CUT_MS = 20_000;
const CUT_MS_SHORT = 5_000;
/** Nothing here takes nearly as long. */
const MS_MAX = 480_000;

const WEST = 'west';
const EAST = 'east';
const FAR_EAST = 'fareast';
const LINE = [WEST, EAST] as const;

type Nodes = {readonly west: ChildNode; readonly east: ChildNode; readonly farEast: ChildNode};

type Scene = {readonly folder: string; readonly hosts: TestHosts; readonly chain: ForgedChain};

const startOn = async (
	{folder, hosts, chain}: Scene,
	host: string,
	topology?: string,
): Promise<{readonly node: ChildNode; readonly port: number}> => {
	const dataDir = path.join(folder, host);
	await mkdir(dataDir);
	return ChildNode.start(
		{
			dataDir,
			genesis: chain.genesis,
			name: host,
			host: '0.0.0.0',
			logLevel: 'warn',
			...(topology !== undefined && {topology}),
		},
		hosts.within(host),
	);
};

/** All of them have that chain. */
const allReach = async (what: string, nodes: readonly ChildNode[], blocks: number, tip: ChainFile) => {
	const reached = await Promise.all(
		nodes.map(node => node.ask({kind: 'until', blockNo: blocks - 1}, 'reached')),
	);
	mustHold(
		reached.every(({hash}) => hash === tip.tipHash),
		what,
		{reached, tip: tip.tipHash},
	);
};

/** Where the kernel does not delay: a gate before the node on its host. */
const delayingGate = async (
	{hosts}: Scene,
	host: string,
	port: number,
): Promise<{readonly child: Child<ToDelay, FromDelay>; readonly port: number}> => {
	const script = new URL('delay-process.js', import.meta.url);
	const child = new Child<ToDelay, FromDelay>(script, hosts.within(WEST));
	try {
		const {delayMs} = BAD;
		const gate = await child.ask({kind: 'forward', host, port, delayMs}, 'forwarding');
		return {child, port: gate.port};
	} catch (error) {
		await child.kill();
		throw error;
	}
};

const overBadLine = async ({hosts, chain}: Scene, {east, farEast}: Nodes): Promise<PartReport> => {
	const startMs = performance.now();
	await allReach('every block comes over a bad line', [east, farEast], chain.blocks, chain);
	const seconds = (performance.now() - startMs) / 1000;
	await hosts.worsen(LINE, WHOLE);
	return {blocks: chain.blocks, seconds: Number(seconds.toFixed(1))};
};

/** Each side hears of its own blocks only; the line heals; the longer branch is everybody's. */
const partition = async (
	{hosts, chain}: Scene,
	{west, east, farEast}: Nodes,
	cutMs: number,
): Promise<PartReport> => {
	const [shorter, longer] = chain.branches;
	mustHold(shorter !== undefined && longer !== undefined, 'there are two branches');
	await hosts.worsen(LINE, CUT);
	await west.ask({kind: 'feed', file: shorter.file}, 'fed');
	await farEast.ask({kind: 'feed', file: longer.file}, 'fed');
	await allReach('each side goes on', [east, farEast], chain.blocks + longer.blocks, longer);
	await delay(cutMs);
	await allReach('the other side has not heard of it', [west], chain.blocks + shorter.blocks, shorter);
	await hosts.worsen(LINE, WHOLE);
	const startMs = performance.now();
	await allReach('all have the better chain', [west, east, farEast], chain.blocks + longer.blocks, longer);
	const healedSeconds = Number(((performance.now() - startMs) / 1000).toFixed(1));
	return {cutSeconds: cutMs / 1000, undone: shorter.blocks, healedSeconds};
};

const play = async (scene: Scene, {options: {short}, tell, signal}: PartTools): Promise<PartReport> => {
	const {folder, hosts, chain} = scene;
	const started: ChildNode[] = [];
	const gates: Child<ToDelay, FromDelay>[] = [];
	const kill = async (): Promise<void> => {
		await Promise.all([...started, ...gates].map(child => child.kill()));
	};
	const stop = (): void => void kill();
	const late = setTimeout(stop, MS_MAX);
	signal.addEventListener('abort', stop, {once: true});
	try {
		const {node: west, port} = await startOn(scene, WEST);
		started.push(west);
		await west.ask({kind: 'feed', file: chain.file}, 'fed');
		const {delayed} = await hosts.worsen(LINE, BAD);
		const address = hosts.addressOf(WEST, EAST);
		const gate = delayed ? undefined : await delayingGate(scene, address, port);
		gates.push(...(gate === undefined ? [] : [gate.child]));
		const toWest = await topologyTo(path.join(folder, 'to-west.json'), address, gate?.port ?? port);
		const {node: east, port: eastPort} = await startOn(scene, EAST, toWest);
		started.push(east);
		const toEast = await topologyTo(
			path.join(folder, 'to-east.json'),
			hosts.addressOf(EAST, FAR_EAST),
			eastPort,
		);
		const {node: farEast} = await startOn(scene, FAR_EAST, toEast);
		started.push(farEast);
		const nodes: Nodes = {west, east, farEast};
		const badLine = {
			roundTripMs: 2 * BAD.delayMs,
			lossPercent: BAD.lossPercent,
			by: delayed ? 'netem' : 'a filter that loses packets and a process that delays bytes: no netem here',
			...(await overBadLine(scene, nodes)),
		};
		tell(`over a bad line: ${JSON.stringify(badLine)}`);
		const cut = await partition(scene, nodes, short ? CUT_MS_SHORT : CUT_MS);
		tell(`cut and healed: ${JSON.stringify(cut)}`);
		return {badLine, partition: cut};
	} finally {
		clearTimeout(late);
		signal.removeEventListener('abort', stop);
		await kill();
	}
};

export const hosts: Part = {
	name: 'hosts',
	run: async tools => {
		const skipped = await whyNoHosts();
		if (skipped !== undefined) {
			tools.tell(`skipped: ${skipped}`);
			return {skipped};
		}
		const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-hosts-'));
		const made = await createTestHosts([WEST, EAST, FAR_EAST], [LINE, [EAST, FAR_EAST]]);
		try {
			const chain = await forgeChain(folder, tools.options.short ? BLOCKS_SHORT : BLOCKS, BRANCHES);
			return await play({folder, hosts: made, chain}, tools);
		} finally {
			await made.remove();
			await rm(folder, {recursive: true, force: true});
		}
	},
};
