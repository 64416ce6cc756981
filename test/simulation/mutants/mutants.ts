import type {Violation} from '../bounds.ts';
import type {Change} from './mutant-hooks.ts';

/** A node with a fault in its rules, and the promise that shows it. */
export type Mutant = {
	readonly name: string;
	readonly changes: readonly Change[];
	readonly caughtBy: readonly Violation['code'][];
	/** The network is in halves between these slots. */
	readonly apart?: {readonly from: number; readonly to: number};
};

const forkChoice = 'consensus/chain/fork-choice.js';

export const mutants: readonly Mutant[] = [
	{
		name: 'undoes more than k blocks',
		changes: [
			{
				file: forkChoice,
				find: 'this.#selected.length <= this.#options.k && blockNo > this.#finalNo',
				replace: 'blockNo > this.#finalNo',
			},
		],
		caughtBy: ['SIMULATION_ROLLED_BACK_TOO_FAR', 'SIMULATION_COMMON_PREFIX_BROKEN'],
		apart: {from: 20, to: 100},
	},
	{
		name: 'takes the higher VRF output of two equally long chains',
		changes: [
			{
				file: 'consensus/chain/chain-selection.js',
				find: 'compareBytes(candidate.vrfOutput, current.vrfOutput) < 0',
				replace: 'compareBytes(candidate.vrfOutput, current.vrfOutput) > 0',
			},
		],
		caughtBy: ['SIMULATION_NOT_PREFERRED'],
	},
	{
		name: 'takes every VRF proof for one that leads, its own included',
		changes: [
			{
				file: 'consensus/forge/leader-proof.js',
				find: 'isBelowThreshold(leaderValue(crypto, vrfOutput), threshold)',
				replace: 'true',
			},
			{file: 'consensus/header/rules/check-leader.js', find: 'return leads ?', replace: 'return true ?'},
		],
		caughtBy: ['SIMULATION_BLOCK_NOT_VALID'],
	},
	{
		name: 'forgets to roll the nonces back',
		changes: [
			{
				file: 'node/services/chain/judge-headers.js',
				find: 'this.#below = this.#base;',
				replace:
					'this.#below = {...this.#base, praosState: (this.#state.selected.at(-1) ?? this.#base).praosState};',
			},
		],
		caughtBy: ['SIMULATION_STATE_DIFFERS', 'SIMULATION_BLOCK_NOT_VALID'],
	},
	{
		name: 'forgets certificate counters',
		changes: [
			{
				file: 'consensus/praos-state.js',
				find: 'counters.get(key) === counter ? counters :',
				replace: 'true ? counters :',
			},
		],
		caughtBy: ['SIMULATION_STATE_DIFFERS'],
	},
	{
		name: 'lets late blocks into the nonce of the next epoch',
		changes: [
			{
				file: 'consensus/praos-state.js',
				find: 'isBeforeFreeze(params, header.slot) ?',
				replace: 'true ?',
			},
		],
		caughtBy: ['SIMULATION_STATE_DIFFERS'],
	},
	{
		name: 'does not undo the ledger of a block that leaves the chain',
		changes: [
			{
				file: 'ledger/state/diff.js',
				find: "export const undoDiff = (state, diff) => move(state, diff, 'before');",
				replace: "export const undoDiff = (state, diff) => move(state, {...diff, blocksMade: []}, 'before');",
			},
		],
		caughtBy: ['SIMULATION_LEDGER_DIFFERS'],
	},
];
