/** Every attack against nodes that lack the rule which stops it: it has to succeed, or it tests nothing. */
import test from 'ava';
import type {Violation} from '../bounds.ts';
import {loadMutant} from '../mutants/load-mutant.ts';
import type {Change} from '../mutants/mutant-hooks.ts';
import {runScenario} from '../run-scenario.ts';
import type {Scenario} from '../scenario.ts';
import {certificateReplay} from '../scenarios/certificate-replay.ts';
import {futureBlocks} from '../scenarios/future-blocks.ts';
import {longRangeFork} from '../scenarios/long-range-fork.ts';
import {exhaustedKes, oldKesPeriod} from '../scenarios/old-kes-period.ts';
import {invalidBodies, wrongBodies} from '../scenarios/wrong-bodies.ts';

type Bite = {
	readonly without: string;
	readonly scenario: Scenario;
	readonly slots: number;
	readonly changes: readonly Change[];
	readonly caughtBy: readonly Violation['code'][];
};

const rules = 'consensus/header/rules';

const bites: readonly Bite[] = [
	{
		without: 'the rule that a certificate does not go back',
		scenario: certificateReplay,
		slots: 300,
		changes: [{file: `${rules}/check-counter.js`, find: 'if (counter < last)', replace: 'if (false)'}],
		caughtBy: ['SIMULATION_BLOCK_NOT_VALID'],
	},
	{
		without: 'the check of the KES signature',
		scenario: oldKesPeriod,
		slots: 200,
		changes: [{file: `${rules}/check-kes-signature.js`, find: 'return valid', replace: 'return true'}],
		caughtBy: ['SIMULATION_BLOCK_NOT_VALID'],
	},
	{
		without: 'the end of certificates',
		scenario: exhaustedKes,
		slots: 520,
		changes: [
			{
				file: `${rules}/check-kes-period.js`,
				find: 'evolution < BigInt(params.maxKesEvolutions)',
				replace: 'true',
			},
		],
		caughtBy: ['SIMULATION_BLOCK_NOT_VALID'],
	},
	{
		without: 'the check that a body belongs to its header',
		scenario: wrongBodies,
		slots: 60,
		changes: [
			{file: 'consensus/block/check-body.js', find: 'size !== header.bodySize', replace: 'false'},
			{file: 'consensus/block/check-body.js', find: '!equalBytes(hash, header.bodyHash)', replace: 'false'},
		],
		caughtBy: ['SIMULATION_BLOCK_NOT_VALID', 'SIMULATION_GROWTH_TOO_SLOW', 'SIMULATION_NO_AGREEMENT'],
	},
	{
		without: 'the count of witnesses',
		scenario: invalidBodies,
		slots: 300,
		changes: [
			{file: 'ledger/block/block-body.js', find: 'witnesses.length !== bodies.length', replace: 'false'},
		],
		caughtBy: ['SIMULATION_BLOCK_NOT_VALID'],
	},
	{
		without: 'the limit of k blocks',
		scenario: longRangeFork,
		slots: 800,
		changes: [
			{
				file: 'consensus/chain/fork-choice.js',
				find: 'this.#selected.length <= this.#options.k && blockNo > this.#finalNo',
				replace: 'blockNo > this.#finalNo',
			},
		],
		caughtBy: ['SIMULATION_ROLLED_BACK_TOO_FAR', 'SIMULATION_COMMON_PREFIX_BROKEN'],
	},
	{
		without: 'patience for the slot of a block',
		scenario: futureBlocks,
		slots: 200,
		changes: [
			{
				file: 'consensus/chain/fork-choice.js',
				find: 'return slotStartMs(this.#options.slots, slot) - this.#nowMs;',
				replace: 'return -1;',
			},
			{file: 'consensus/chain/placement.js', find: 'aheadMs > CLOCK_SKEW_MS_MAX', replace: 'false'},
		],
		caughtBy: ['SIMULATION_EXPECTATION_FAILED'],
	},
];

for (const {without, scenario, slots, changes, caughtBy} of bites)
	test(`${scenario.name} succeeds against nodes without ${without}`, async t => {
		t.timeout(10 * 60_000);
		const startServices = await loadMutant(changes);
		const {violation, trace} = await runScenario({scenario, seed: 5, nodes: 4, slots, startServices});
		t.log(violation ?? trace.at(-1));
		t.true(violation !== undefined && caughtBy.includes(violation.code));
	});
