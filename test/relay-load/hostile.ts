/**
 * A node with five hundred connections, half of them hostile, while another one takes its whole chain from it again and
 * again: each time every block arrives, nobody well-behaved is let go, and the node's memory stays flat.
 */
import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {defined} from '#kernel/assert';
import {ChildNode} from '../bench/chain/child-node.ts';
import {Child} from '../support/child-process.ts';
import {type ForgedChain, forgeChain, topologyTo} from './chain-files.ts';
import type {FromCrowd, ToCrowd} from './crowd-messages.ts';
import {isFlat, type MemorySample, thirdsOf} from './memory.ts';
import {codesOf} from './metrics-text.ts';
import {mustHold, type Part, type PartReport, type PartTools} from './part.ts';

const CALM = 250;
const HOSTILE = 250;
const MIB = 2 ** 20;
const SAMPLE_MS = 1_000;
const ROUND_MS_MAX = 300_000;
/** With five hundred connections; what is asked for with a hundred is half a gigabyte. */
const RESIDENT_BYTES_MAX = 900 * MIB;

type Form = {
	readonly blocks: number;
	readonly quietRounds: number;
	/** What the last third of the time may take more than the first. */
	readonly allowance: {readonly share: number; readonly bytes: number};
};

const FULL: Form = {blocks: 10_000, quietRounds: 3, allowance: {share: 0.25, bytes: 64 * MIB}};
const SHORT: Form = {blocks: 2_000, quietRounds: 1, allowance: {share: 0.5, bytes: 160 * MIB}};
const SHORT_MS = 25_000;
/** The part of the time that passes before memory counts. */
const WARM_SHARE = 0.2;

/** What misbehaviour ends with, as operators see it counted. */
const EXPECTED_CODES = [
	'RELAY_HANDSHAKE_FAILED',
	'RELAY_MESSAGE_TOO_LONG',
	'RELAY_MESSAGE_UNEXPECTED',
	'RELAY_PEER_LATE',
	'RELAY_PROTOCOL_UNKNOWN',
	'RELAY_TOO_MANY_CONNECTIONS',
] as const;
/** That takes half a minute. */
const EXPECTED_LATER = ['RELAY_FRAME_LATE'] as const;

type Scene = {
	readonly folder: string;
	readonly chain: ForgedChain;
	readonly victim: ChildNode;
	readonly port: number;
	readonly metricsUrl: string;
};

/** Blocks a second of an empty node that takes the whole chain from the victim, and has it then. */
const follow = async ({folder, chain, port}: Scene, round: number, {signal}: PartTools): Promise<number> => {
	const dataDir = path.join(folder, `honest-${round}`);
	await mkdir(dataDir);
	const topology = await topologyTo(path.join(folder, 'topology.json'), '127.0.0.1', port);
	const {genesis} = chain;
	const {node} = await ChildNode.start({
		dataDir,
		genesis,
		topology,
		name: 'honest',
		logLevel: 'warn',
		metricsPort: 'none',
	});
	const late = setTimeout(() => void node.kill(), ROUND_MS_MAX);
	const stop = (): void => void node.kill();
	signal.addEventListener('abort', stop, {once: true});
	try {
		await node.ask({kind: 'until', blockNo: 0}, 'reached');
		const startMs = performance.now();
		const {hash} = await node.ask({kind: 'until', blockNo: chain.blocks - 1}, 'reached');
		const seconds = (performance.now() - startMs) / 1000;
		mustHold(hash === chain.tipHash, 'the honest peer has the chain of the victim', {hash, round});
		return Math.round(chain.blocks / seconds);
	} finally {
		clearTimeout(late);
		signal.removeEventListener('abort', stop);
		await node.kill();
		await rm(dataDir, {recursive: true, force: true});
	}
};

const median = (values: readonly number[]): number =>
	values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** The victim's memory, once a second until the signal. */
const watch = async (victim: ChildNode, signal: AbortSignal): Promise<readonly MemorySample[]> => {
	const samples: MemorySample[] = [];
	while (!signal.aborted) {
		samples.push(await victim.ask({kind: 'memory'}, 'memory'));
		await delay(SAMPLE_MS, undefined, {signal}).catch(() => undefined);
	}
	return samples;
};

/** Takes the chain again and again for that long, at least twice. */
const besideCrowd = async (
	scene: Scene,
	ms: number,
	tools: PartTools,
): Promise<{readonly rates: readonly number[]; readonly samples: readonly MemorySample[]}> => {
	const over = new AbortController();
	const watching = watch(scene.victim, over.signal);
	// Awaited below; what fails before says why itself.
	watching.catch(() => undefined);
	const rates: number[] = [];
	const untilMs = performance.now() + ms;
	try {
		while (rates.length < 2 || performance.now() < untilMs) {
			tools.signal.throwIfAborted();
			mustHold(scene.victim.isRunning, 'the victim runs');
			rates.push(await follow(scene, rates.length, tools));
		}
	} finally {
		over.abort();
	}
	return {rates, samples: await watching};
};

const memoryFigures = (samples: readonly MemorySample[], {allowance}: Form): PartReport => {
	const thirds = thirdsOf(samples.slice(Math.floor(samples.length * WARM_SHARE)));
	const inMiB = (bytes: readonly number[]): readonly number[] => bytes.map(each => Math.round(each / MIB));
	const figures = {
		residentMiBMaxByThird: inMiB(thirds.residentMax),
		heldMiBMinByThird: inMiB(thirds.heldMin),
	};
	mustHold(Math.max(...thirds.residentMax) < RESIDENT_BYTES_MAX, 'memory is bounded', figures);
	mustHold(
		isFlat(thirds.residentMax, allowance) && isFlat(thirds.heldMin, allowance),
		'memory stays flat',
		figures,
	);
	return figures;
};

type Stopped = Extract<FromCrowd, {kind: 'stopped'}>;

const crowdFigures = (
	{hostile, calmLost, calmAnswers}: Stopped,
	metrics: string,
	expected: readonly string[],
): PartReport => {
	const refused = codesOf(metrics, 'dcloud_peers_refused_total');
	const left = codesOf(metrics, 'dcloud_peers_left_total');
	mustHold(Object.keys(calmLost).length === 0, 'nobody well-behaved is let go', {calmLost});
	mustHold(calmAnswers >= CALM, 'everybody well-behaved is answered', {calmAnswers});
	mustHold(
		expected.every(code => (refused[code] ?? 0) + (left[code] ?? 0) > 0),
		'what hostile peers are let go for is counted by its code',
		{refused, left},
	);
	return {calm: CALM, calmAnswers, hostile: HOSTILE, hostileByKind: hostile, refused, left};
};

const underLoad = async (scene: Scene, form: Form, tools: PartTools): Promise<PartReport> => {
	const {signal, options, tell} = tools;
	const {chain, port, metricsUrl, victim} = scene;
	const {networkMagic, range} = chain;
	const crowd = new Child<ToCrowd, FromCrowd>(new URL('crowd-process.js', import.meta.url));
	const dismiss = (): void => void crowd.kill();
	signal.addEventListener('abort', dismiss, {once: true});
	try {
		const {seed, short, minutes} = options;
		const size = {calm: CALM, hostile: HOSTILE};
		await crowd.ask({kind: 'gather', port, networkMagic, seed, range, ...size}, 'gathered');
		tell(`${CALM} well-behaved and ${HOSTILE} hostile connections`);
		const {rates, samples} = await besideCrowd(scene, short ? SHORT_MS : minutes * 60_000, tools);
		const metrics = await (await fetch(metricsUrl)).text();
		const stopped = await crowd.ask({kind: 'stop'}, 'stopped');
		const {hash} = await victim.ask({kind: 'until', blockNo: chain.blocks - 1}, 'reached');
		mustHold(hash === chain.tipHash, 'the victim has the chain that it had');
		return {
			rounds: rates.length,
			blocksPerSecond: median(rates),
			...memoryFigures(samples, form),
			...crowdFigures(stopped, metrics, short ? EXPECTED_CODES : [...EXPECTED_CODES, ...EXPECTED_LATER]),
		};
	} finally {
		signal.removeEventListener('abort', dismiss);
		await crowd.kill();
	}
};

const play = async (folder: string, form: Form, tools: PartTools): Promise<PartReport> => {
	const {tell} = tools;
	const chain = await forgeChain(folder, form.blocks);
	const dataDir = path.join(folder, 'victim');
	await mkdir(dataDir);
	const {genesis} = chain;
	const flags = {dataDir, genesis, name: 'victim', logLevel: 'warn', metricsPort: 0} as const;
	const {node: victim, port, metricsUrl} = await ChildNode.start(flags);
	try {
		await victim.ask({kind: 'feed', file: chain.file}, 'fed');
		const scene: Scene = {
			folder,
			chain,
			victim,
			port,
			metricsUrl: defined(metricsUrl, 'it has a metrics port'),
		};
		const quiet: number[] = [];
		for (let round = 0; round < form.quietRounds; round++) quiet.push(await follow(scene, round, tools));
		tell(`${chain.blocks} blocks, in quiet ${median(quiet)} a second`);
		const loaded = await underLoad(scene, form, tools);
		const ratio = Number((Number(loaded['blocksPerSecond']) / median(quiet)).toFixed(2));
		tell(`beside them ${String(loaded['blocksPerSecond'])} a second, ${ratio} of that`);
		return {blocks: chain.blocks, quietBlocksPerSecond: median(quiet), ratioToQuiet: ratio, ...loaded};
	} finally {
		await victim.kill();
	}
};

export const hostile: Part = {
	name: 'hostile',
	run: async tools => {
		const folder = await mkdtemp(path.join(tmpdir(), 'dcloud-relay-load-'));
		try {
			return await play(folder, tools.options.short ? SHORT : FULL, tools);
		} finally {
			await rm(folder, {recursive: true, force: true});
		}
	},
};
