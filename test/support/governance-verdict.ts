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

export type Make = (world: GovernanceWorld) => JudgedTransaction;
export type Change = (plan: TransactionPlan, world: GovernanceWorld) => TransactionPlan;

/** All scripts, traced and as deployed, accept the transaction. */
export const accepts = (t: ExecutionContext, make: Make): void => {
	for (const world of [tracedGovernance, productionGovernance]) {
		const {accepted, logs} = judgeGovernance(world, make(world));
		t.deepEqual({accepted, logs}, {accepted: true, logs: []});
	}
};

/** A script refuses it for the check of that name; undefined where it fails before it can say why. */
export const refuses = (t: ExecutionContext, make: Make, trace: string | undefined): void => {
	const {accepted, logs} = judgeGovernance(tracedGovernance, make(tracedGovernance));
	t.deepEqual({accepted, trace: logs.at(-1)}, {accepted: false, trace});
	t.false(judgeGovernance(productionGovernance, make(productionGovernance)).accepted);
};

/** What holds the published scripts, reduced to what scripts see of it. */
export const publishedUtxos = ({deployment}: GovernanceWorld): readonly Utxo[] =>
	[deployment.token.reference, deployment.governance.reference].flatMap(ref =>
		ref === undefined ? [] : [walletUtxo(ref)],
	);
