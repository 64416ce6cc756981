/** Plays one run after the other for `long.ts`. */
import {parentPort} from 'node:worker_threads';
import {defined} from '#kernel/assert';
import type {Violation} from './bounds.ts';
import {runScenario} from './run-scenario.ts';
import {allScenarios} from './scenarios/all.ts';

export type LongTask = {readonly scenario: string; readonly seed: number; readonly isShort: boolean};

export type LongVerdict = {
	readonly scenario: string;
	readonly seed: number;
	readonly slots: number;
	readonly blocks: number;
	readonly hash: string;
	readonly seconds: number;
	readonly violation: Violation | null;
};

const port = defined(parentPort, 'it is started as a worker');

const play = async ({scenario: name, seed, isShort}: LongTask): Promise<LongVerdict> => {
	const scenario = defined(
		allScenarios.find(other => other.name === name),
		'its scenario is known',
	);
	const {size, blocks, hash, seconds, violation} = await runScenario({
		scenario,
		seed,
		...(isShort && {slots: scenario.shortSlots}),
	});
	return {scenario: name, seed, slots: size.slots, blocks, hash, seconds, violation: violation ?? null};
};

port.on('message', (task: LongTask | 'end') => {
	if (task === 'end') port.close();
	else void play(task).then(verdict => port.postMessage(verdict));
});
