/** `npm run simulate`: plays scenarios one after the other; exits 1 when a promise was broken, 2 when it does not understand. */
import process from 'node:process';
import {OVERLAY, readOptions, type SimulateOptions, USAGE} from './options.ts';
import {figureLine, OVERLAY_NODES, OVERLAY_NODES_SHORT} from './overlay/overlay-report.ts';
import {type OverlayFigure, playOverlay} from './overlay/play-overlay.ts';
import {replayCommand, summaryLine, traceText, violationText} from './report.ts';
import {type RunOptions, type RunResult, runScenario, sizeOf} from './run-scenario.ts';
import type {Scenario} from './scenario.ts';
import {scenarioTable} from './scenario-table.ts';
import {allScenarios} from './scenarios/all.ts';
import {shrink} from './shrink.ts';

const SHRINK_MS_MAX = 60_000;
const TRACE_LINES = 40;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const progressOf = (scenario: Scenario, slots: number): ((slot: number) => void) => {
	let shownMs = performance.now();
	return slot => {
		if (!process.stderr.isTTY || performance.now() - shownMs < 500) return;
		shownMs = performance.now();
		process.stderr.write(`\r${scenario.name} ${Math.floor((100 * slot) / slots)} %   \r`);
	};
};

const runOptions = (options: SimulateOptions, scenario: Scenario): RunOptions => {
	const slots = options.slots ?? (options.isShort ? scenario.shortSlots : undefined);
	return {
		scenario,
		seed: options.seed,
		...(options.nodes === undefined ? {} : {nodes: options.nodes}),
		...(slots === undefined ? {} : {slots}),
		...(options.events && {events: options.events}),
		...(options.realCrypto && {realCrypto: true}),
	};
};

const explain = async (options: RunOptions, failed: RunResult, json: boolean): Promise<void> => {
	const command = replayCommand(options);
	if (!json) say(`       ${violationText(failed)}\n       replay: ${command}`);
	const shrunk = await shrink(options, failed, {msMax: SHRINK_MS_MAX});
	const {result} = shrunk;
	const smaller = replayCommand(shrunk.options);
	if (json) {
		const {trace, ...rest} = result;
		say(JSON.stringify({shrunk: rest, command, smaller, tries: shrunk.tries}));
		return;
	}
	const size = `${result.size.slots} slots, ${result.plan.length} disturbances`;
	say(
		`       shrunk to ${size} (${shrunk.tries} runs${shrunk.isSmallest ? '' : ', out of time'}): ${smaller}`,
	);
	say(`       ${violationText(result)}`);
	for (const {slot, what} of result.plan) say(`         slot ${slot.toFixed(2)}: ${what}`);
	say(traceText(result.trace, TRACE_LINES));
};

const play = async (options: SimulateOptions, scenario: Scenario): Promise<boolean> => {
	const run = runOptions(options, scenario);
	const {slots} = sizeOf(run);
	const result = await runScenario({...run, progress: progressOf(scenario, slots)});
	const {trace, ...rest} = result;
	say(options.json ? JSON.stringify(rest) : summaryLine(result));
	if (options.trace > 0 && !options.json) say(traceText(trace, options.trace));
	if (result.violation === undefined) return true;
	await explain(run, result, options.json);
	return false;
};

/** Scenarios of whole nodes take no more than these. */
const OVERLAY_NODES_MIN = 100;

const overlayNodes = ({nodes, isShort}: SimulateOptions): number =>
	nodes !== undefined && nodes >= OVERLAY_NODES_MIN ? nodes : isShort ? OVERLAY_NODES_SHORT : OVERLAY_NODES;

const playTopics = (options: SimulateOptions): boolean => {
	const {seed, json} = options;
	const nodes = overlayNodes(options);
	const told = (figure: OverlayFigure): void => say(figureLine(figure));
	const result = playOverlay({seed, nodes, ...(!json && {told})});
	const failed = result.figures.filter(({holds}) => !holds).length;
	if (json) say(JSON.stringify(result));
	else
		say(
			`${failed === 0 ? 'ok    ' : 'FAILED'} ${OVERLAY.padEnd(18)} seed ${seed}, ${nodes} nodes, ${result.seconds.toFixed(1)} s`,
		);
	return failed === 0;
};

const list = (scenarios: readonly Scenario[]): void => {
	for (const scenario of scenarios) {
		const size = {nodes: scenario.nodes, slots: scenario.slots};
		const {violation, text} = scenario.odds(size);
		const {k, f} = scenario.genesis;
		say(`${scenario.name.padEnd(18)} ${scenario.about}`);
		say(
			`${''.padEnd(18)} k = ${k}, f = ${f.numerator}/${f.denominator}, ${size.nodes} nodes, ${size.slots} slots;`,
		);
		say(`${''.padEnd(18)} chance of an honest violation a run: ${violation.toExponential(1)} (${text})`);
	}
};

const listAll = ({scenarios, overlay}: SimulateOptions): void => {
	list(scenarios);
	if (overlay) say(`${OVERLAY.padEnd(18)} peers of the topic overlay: from a line, crashes, churn, sybils`);
};

/** How many failed. */
const playAll = async (options: SimulateOptions): Promise<number> => {
	const {scenarios, overlay, json} = options;
	let failed = 0;
	for (const scenario of scenarios) if (!(await play(options, scenario))) failed++;
	if (overlay && !playTopics(options)) failed++;
	const played = scenarios.length + (overlay ? 1 : 0);
	if (!json && played > 1) say(`${played - failed} scenarios passed, ${failed} failed`);
	return failed;
};

const main = async (): Promise<number> => {
	const options = readOptions(process.argv.slice(2), allScenarios);
	if (!options.ok) {
		const {code, ...data} = options.error;
		process.stderr.write(`${code}: ${JSON.stringify(data)}\n\n${USAGE}`);
		return 2;
	}
	if (options.value.help) say(USAGE);
	else if (options.value.list) listAll(options.value);
	else if (options.value.table) say(scenarioTable(options.value.scenarios));
	else return (await playAll(options.value)) === 0 ? 0 : 1;
	return 0;
};

process.exitCode = await main();
