/** What an attacker may change in a plan. */
import {dataConstructor} from '#onchain/cardano/plutus-data';
import {lockStakePlan, proposalUnit} from '#onchain/plans/governance-plans';
import {changeOutput, longer, refOf, withJunk, withStake} from './contract-world.ts';
import type {Change} from './governance-verdict.ts';
import {OWNER} from './governance-world.ts';

export const same: Change = plan => plan;
export const without =
	(name: 'judge' | 'mint' | 'signers'): Change =>
	plan => ({...plan, [name]: []});
export const stakePart =
	(position: number): Change =>
	plan =>
		changeOutput(plan, position, {address: withStake(plan.outputs[position]?.address ?? new Uint8Array(0))});
export const junkIn =
	(position: number): Change =>
	plan =>
		changeOutput(plan, position, withJunk(plan.outputs[position]));
export const scriptOn =
	(position: number): Change =>
	(plan, {treasury}) =>
		changeOutput(plan, position, {script: treasury});
export const longerIn =
	(position: number): Change =>
	plan =>
		changeOutput(plan, position, {datum: longer(plan.outputs[position]?.datum)});
export const adaLess =
	(position: number): Change =>
	plan =>
		changeOutput(plan, position, {lovelace: (plan.outputs[position]?.lovelace ?? 0n) - 1n});
export const outputMore: Change = (plan, {deployment}) => ({
	...plan,
	outputs: [...plan.outputs, ...lockStakePlan(deployment, {owner: OWNER, tokens: 1n}).outputs],
});
export const mintMore =
	(quantity: bigint): Change =>
	(plan, {deployment}) => ({
		...plan,
		mint: [...plan.mint, {unit: proposalUnit(deployment, 99), quantity, redeemer: dataConstructor(0)}],
	});

export const alsoSpending =
	(number: number): Change =>
	plan => ({...plan, spend: [...plan.spend, {ref: refOf(number), redeemer: dataConstructor(0)}]});
