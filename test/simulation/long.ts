/**
 * `npm run simulate:long`: a thousand seeds spread over all scenarios, on all cores, and then ten thousand peers of the topic overlay. Writes
 * what came out to docs/measurements/simulation.json and overlay.json; exits 1 when a promise was broken.
 */
import type {ChildProcess} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {commit} from '../support/commit.ts';
import type {LongTask, LongVerdict} from './long-worker.ts';
import {OVERLAY} from './options.ts';
import {figureLine, OVERLAY_NODES, OVERLAY_NODES_SHORT} from './overlay/overlay-report.ts';
import {playOverlay} from './overlay/play-overlay.ts';
import {replayCommand} from './report.ts';
import type {Scenario} from './scenario.ts';
import {allScenarios} from './scenarios/all.ts';
import {simulatingProcess} from './simulating-process.ts';

const USAGE =
	'npm run simulate:long [-- --seeds 1000] [-- --first 1] [-- --workers CORES] [-- --scenario NAME] [-- --short] [-- --minutes M] [-- --out FILE] [-- --overlay-out FILE]';

type Numbers = {
	readonly seeds: number;
	readonly first: number;
	readonly workers: number;
	/** No run begins later. */
	readonly minutes: number;
};

type Arguments = Numbers & {
	readonly scenario: string | undefined;
	readonly isShort: boolean;
	readonly out: string;
	readonly overlayOut: string;
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const fail = (code: string, text: string): never => {
	process.stderr.write(`${code}: ${text}\nUse ${USAGE}\n`);
	process.exit(2);
};

const readArguments = (): Arguments => {
	const text = {type: 'string'} as const;
	let values: Record<string, string | boolean | undefined> = {};
	try {
		values = parseArgs({
			options: {
				seeds: text,
				first: text,
				workers: text,
				minutes: text,
				scenario: text,
				out: text,
				'overlay-out': text,
				short: {type: 'boolean'},
				help: {type: 'boolean'},
			},
		}).values;
	} catch (error) {
		fail('SIMULATE_OPTION_UNKNOWN', String(error));
	}
	if (values['help'] === true) {
		process.stdout.write(`${USAGE}\n`);
		process.exit(0);
	}
	const number = (name: string, normal: number, max: number): number => {
		const value = values[name] ?? String(normal);
		const isNumber = typeof value === 'string' && /^\d{1,10}$/.test(value);
		return isNumber && Number(value) >= 1 && Number(value) <= max
			? Number(value)
			: fail('SIMULATE_OPTION_INVALID', `--${name} is a number from 1 to ${max}`);
	};
	const {scenario, out, 'overlay-out': overlayOut} = values;
	return {
		seeds: number('seeds', 1000, 1_000_000),
		first: number('first', 1, 4_000_000_000),
		workers: number('workers', cpus().length, 256),
		minutes: number('minutes', 24 * 60, 100_000),
		scenario: typeof scenario === 'string' ? scenario : undefined,
		isShort: values['short'] === true,
		out: typeof out === 'string' ? out : 'docs/measurements/simulation.json',
		overlayOut: typeof overlayOut === 'string' ? overlayOut : 'docs/measurements/overlay.json',
	};
};

/** Hands out tasks one by one, none after `untilMs`; resolves when all that were handed out are done. */
const playAll = (
	tasks: readonly LongTask[],
	{workers, untilMs}: {readonly workers: number; readonly untilMs: number},
	done: (verdict: LongVerdict, index: number) => void,
): Promise<void> =>
	new Promise((resolve, reject) => {
		let next = 0;
		let finished = 0;
		let busy = 0;
		const begin = (worker: ChildProcess): void => {
			const task = performance.now() < untilMs ? tasks[next] : undefined;
			if (task === undefined) {
				worker.send('end');
				if (busy === 0) resolve();
				return;
			}
			next++;
			busy++;
			worker.send(task);
		};
		for (let index = 0; index < Math.min(workers, tasks.length); index++) {
			const worker = simulatingProcess(new URL('./long-worker.js', import.meta.url));
			worker.on('message', (verdict: LongVerdict) => {
				busy--;
				done(verdict, ++finished);
				begin(worker);
			});
			worker.on('error', reject);
			worker.on('exit', code => {
				if (code !== 0) reject(new Error(`a simulating process ended with ${code}`));
			});
			begin(worker);
		}
	});

const summaryOf = (scenario: string, verdicts: readonly LongVerdict[]): object => {
	const runs = verdicts.filter(verdict => verdict.scenario === scenario);
	const sum = (of: (verdict: LongVerdict) => number): number =>
		runs.reduce((total, run) => total + of(run), 0);
	return {
		scenario,
		runs: runs.length,
		failed: runs.filter(({violation}) => violation !== null).length,
		slots: sum(({slots}) => slots),
		blocks: sum(({blocks}) => blocks),
		seconds: Math.round(sum(run => run.seconds)),
	};
};

const machine = {
	node: process.version,
	cores: cpus().length,
	processor: cpus()[0]?.model,
};

const write = (file: string, made: object): void => {
	mkdirSync(path.dirname(file), {recursive: true});
	writeFileSync(file, `${JSON.stringify(made, null, '\t')}\n`);
};

/** Resolves with how many failed. */
const playSeeds = async (
	chosen: readonly Scenario[],
	{seeds, first, workers, minutes, isShort, out}: Arguments,
): Promise<number> => {
	const tasks: LongTask[] = Array.from({length: seeds}, (_, index) => ({
		scenario: (chosen[index % chosen.length] as Scenario).name,
		seed: first + index,
		isShort,
	}));
	const startMs = performance.now();
	const secondsPassed = (): number => Math.round((performance.now() - startMs) / 1000);
	const verdicts: LongVerdict[] = [];
	await playAll(tasks, {workers, untilMs: startMs + 60_000 * minutes}, (verdict, count) => {
		verdicts.push(verdict);
		if (verdict.violation !== null) {
			const found = chosen.find(({name}) => name === verdict.scenario);
			const slots = isShort ? found?.shortSlots : undefined;
			const command = found && replayCommand({scenario: found, seed: verdict.seed, ...(slots && {slots})});
			say(`FAILED ${verdict.violation.code}: ${verdict.violation.what}\n  replay: ${command}`);
		}
		if (count % 50 === 0 || count === tasks.length)
			say(`${count} of ${tasks.length} runs, ${secondsPassed()} s`);
	});
	const failures = verdicts.filter(({violation}) => violation !== null);
	const made = {
		commit: commit(),
		date: new Date().toISOString(),
		seconds: secondsPassed(),
		...machine,
		seeds: {first, last: first + seeds - 1},
		isShort,
		seedsAsked: seeds,
		runs: verdicts.length,
		passed: verdicts.length - failures.length,
		failed: failures.length,
		failures: failures.slice(0, 20),
		scenarios: chosen.map(({name}) => summaryOf(name, verdicts)),
	};
	write(out, made);
	say(`${made.passed} runs passed, ${made.failed} failed in ${made.seconds} s; written to ${out}`);
	return failures.length;
};

/** How many promises were broken. */
const playTopics = ({first, isShort, overlayOut}: Arguments): number => {
	const nodes = isShort ? OVERLAY_NODES_SHORT : OVERLAY_NODES;
	const result = playOverlay({nodes, seed: first, told: figure => say(figureLine(figure))});
	const failed = result.figures.filter(({holds}) => !holds).length;
	const {seconds, ...rest} = result;
	const run = {commit: commit(), date: new Date().toISOString(), seconds: Math.round(seconds)};
	write(overlayOut, {...run, ...machine, ...rest, failed});
	say(`overlay of ${nodes} peers: ${failed} promises broken in ${run.seconds} s; written to ${overlayOut}`);
	return failed;
};

const given = readArguments();
const chosen = allScenarios.filter(({name}) => given.scenario === undefined || name === given.scenario);
const withOverlay = given.scenario === undefined || given.scenario === OVERLAY;
if (chosen.length === 0 && !withOverlay)
	fail(
		'SIMULATE_SCENARIO_UNKNOWN',
		`there are ${[...allScenarios.map(({name}) => name), OVERLAY].join(', ')}`,
	);
let failed = chosen.length === 0 ? 0 : await playSeeds(chosen, given);
if (withOverlay) failed += playTopics(given);
process.exitCode = failed === 0 ? 0 : 1;
