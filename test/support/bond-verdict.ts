import type {ExecutionContext} from 'ava';
import {toHex} from '#kernel/bytes';
import type {PlanOutput, TransactionPlan} from '#onchain/plans/transaction-plan';
import {type BondWorld, productionBond, tracedBond} from './bond-world.ts';
import {changeOutput, walletUtxo} from './contract-world.ts';
import {runScript} from './plutus-machine.ts';
import {type JudgedTransaction, scriptRuns, type Utxo} from './script-context.ts';
import {threeVerdicts} from './three-verdicts.ts';

export type Make = (world: BondWorld) => JudgedTransaction;
export type Change = (plan: TransactionPlan, world: BondWorld) => TransactionPlan;

const ownRuns = ({deployment}: BondWorld, transaction: JudgedTransaction) =>
	scriptRuns(transaction).filter(({script}) => toHex(script) === toHex(deployment.bond.hash));

/** What the traced scripts say: the name of the check that failed first. */
const traceOf = (transaction: JudgedTransaction): {readonly accepted: boolean; readonly trace?: string} => {
	for (const run of ownRuns(tracedBond, transaction)) {
		const {accepted, logs} = runScript(tracedBond.deployment.bond, transaction, run);
		const trace = logs.at(-1);
		if (!accepted) return {accepted, ...(trace === undefined ? {} : {trace})};
	}
	return {accepted: true};
};

/** Of each evaluator: whether it accepts all runs of the script as it is deployed. */
const judgedBy = async (make: Make) => {
	const transaction = make(productionBond);
	const runs = ownRuns(productionBond, transaction);
	const verdicts = await Promise.all(
		runs.map(run => threeVerdicts(productionBond.deployment.bond, transaction, run)),
	);
	return {
		runs: runs.length > 0,
		plu: verdicts.every(({plu}) => plu),
		aiken: verdicts.every(({aiken}) => aiken),
		scalus: verdicts.every(({scalus}) => scalus),
	};
};

/** The script accepts the transaction: traced, and as it is deployed by all three evaluators. */
export const accepts = async (t: ExecutionContext, make: Make): Promise<void> => {
	t.deepEqual(traceOf(make(tracedBond)), {accepted: true});
	t.deepEqual(await judgedBy(make), {runs: true, plu: true, aiken: true, scalus: true});
};

/** All refuse it, for the check of that name; undefined where the script fails before it can say why. */
export const refuses = async (t: ExecutionContext, make: Make, trace: string | undefined): Promise<void> => {
	t.deepEqual(traceOf(make(tracedBond)), {accepted: false, ...(trace === undefined ? {} : {trace})});
	t.deepEqual(await judgedBy(make), {runs: true, plu: false, aiken: false, scalus: false});
};

/** What is done wrong, with what options, and the check that says so. */
export type Bad<O> = readonly (readonly [how: string, options: O, trace: string | undefined])[];

export const same: Change = plan => plan;

/** The output at a position, changed. */
export const output =
	(change: (before: PlanOutput, world: BondWorld) => Partial<PlanOutput>, position = 0): Change =>
	(plan, world) =>
		changeOutput(plan, position, change(plan.outputs[position] as PlanOutput, world));
export const adaLess = (position = 0): Change =>
	output(({lovelace}) => ({lovelace: lovelace - 1n}), position);

/** What holds the published script, reduced to what scripts see of it. */
export const published = ({deployment}: BondWorld): readonly Utxo[] =>
	deployment.bond.reference === undefined ? [] : [walletUtxo(deployment.bond.reference)];
