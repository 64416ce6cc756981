/** Plays one run after the other for `long.ts`. */
import process from 'node:process';
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

process.on('message', (task: LongTask | 'end') => {
	if (task === 'end') process.disconnect();
	else void play(task).then(verdict => process.send?.(verdict));
});
