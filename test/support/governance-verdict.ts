import type {ExecutionContext} from 'ava';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {walletUtxo} from './contract-world.ts';
import {
	type GovernanceWorld,
	judgeGovernance,
	productionGovernance,
	tracedGovernance,
} from './governance-world.ts';
import type {JudgedTransaction, Utxo} from './script-context.ts';
import {unanimous} from './script-verdict.ts';

export type Make = (world: GovernanceWorld) => JudgedTransaction;
export type Change = (plan: TransactionPlan, world: GovernanceWorld) => TransactionPlan;

/** All scripts, traced and as deployed by all evaluators, accept the transaction. */
export const accepts = async (t: ExecutionContext, make: Make): Promise<void> => {
	const {accepted, logs} = judgeGovernance(tracedGovernance, make(tracedGovernance));
	t.deepEqual({accepted, logs}, {accepted: true, logs: []});
	await unanimous(t, productionGovernance.scripts, make(productionGovernance), true);
};

/** A script refuses it for the check of that name; undefined where it fails before it can say why. */
export const refuses = async (t: ExecutionContext, make: Make, trace: string | undefined): Promise<void> => {
	const {accepted, logs} = judgeGovernance(tracedGovernance, make(tracedGovernance));
	t.deepEqual({accepted, trace: logs.at(-1)}, {accepted: false, trace});
	await unanimous(t, productionGovernance.scripts, make(productionGovernance), false);
};

/** What holds the published scripts, reduced to what scripts see of it. */
export const publishedUtxos = ({deployment}: GovernanceWorld): readonly Utxo[] =>
	[deployment.token.reference, deployment.governance.reference].flatMap(ref =>
		ref === undefined ? [] : [walletUtxo(ref)],
	);
