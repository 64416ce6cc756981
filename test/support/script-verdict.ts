/** What one script says of a transaction: traced, and as it is deployed by three evaluators. */
import type {ExecutionContext} from 'ava';
import {toHex} from '#kernel/bytes';
import type {PlanOutput, TransactionPlan} from '#onchain/plans/transaction-plan';
import type {PlutusScript, PublishedScript} from '#onchain/plutus-script';
import {changeOutput, walletUtxo} from './contract-world.ts';
import {runScript} from './plutus-machine.ts';
import {type JudgedTransaction, scriptRuns, type Utxo} from './script-context.ts';
import {threeVerdicts} from './three-verdicts.ts';

export type Make<W> = (world: W) => JudgedTransaction;
export type Change<W> = (plan: TransactionPlan, world: W) => TransactionPlan;
/** What is done wrong, with what options, and the check that says so. */
export type Bad<O> = readonly (readonly [how: string, options: O, trace: string | undefined])[];

export type ScriptVerdicts<W> = {
	/** The script accepts the transaction: traced, and as it is deployed by all three evaluators. */
	readonly accepts: (t: ExecutionContext, make: Make<W>) => Promise<void>;
	/** All refuse it, for the check of that name; undefined where the script fails before it can say why. */
	readonly refuses: (t: ExecutionContext, make: Make<W>, trace: string | undefined) => Promise<void>;
};

const runsOf = (script: PlutusScript, transaction: JudgedTransaction) =>
	scriptRuns(transaction).filter(run => toHex(run.script) === toHex(script.hash));

/** The name of the check that failed first. */
const traceOf = (
	script: PlutusScript,
	transaction: JudgedTransaction,
): {readonly accepted: boolean; readonly trace?: string} => {
	for (const run of runsOf(script, transaction)) {
		const {accepted, logs} = runScript(script, transaction, run);
		const trace = logs.at(-1);
		if (!accepted) return {accepted, ...(trace === undefined ? {} : {trace})};
	}
	return {accepted: true};
};

/** Of each evaluator: whether it accepts all runs of the script. */
const judgedBy = async (script: PlutusScript, transaction: JudgedTransaction) => {
	const runs = runsOf(script, transaction);
	const verdicts = await Promise.all(runs.map(run => threeVerdicts(script, transaction, run)));
	return {
		runs: runs.length > 0,
		plu: verdicts.every(({plu}) => plu),
		aiken: verdicts.every(({aiken}) => aiken),
		scalus: verdicts.every(({scalus}) => scalus),
	};
};

/**
 * Three evaluators say the same of a transaction: all runs of these scripts in it are accepted, or those that plu-ts's
 * machine refuses are refused by the others too.
 */
export const unanimous = async (
	t: ExecutionContext,
	scripts: readonly PlutusScript[],
	transaction: JudgedTransaction,
	accepted: boolean,
): Promise<void> => {
	const runs = scripts.flatMap(script => runsOf(script, transaction).map(run => ({script, run})));
	const judged = accepted
		? runs
		: runs.filter(({script, run}) => !runScript(script, transaction, run).accepted);
	t.true(judged.length > 0, 'a script has judged so');
	const verdicts = await Promise.all(judged.map(({script, run}) => threeVerdicts(script, transaction, run)));
	for (const verdict of verdicts) t.deepEqual(verdict, {plu: accepted, aiken: accepted, scalus: accepted});
};

/** For a script in a world where it traces and in one where it is as it is deployed. */
export const scriptVerdicts = <W>(
	{traced, production}: {readonly traced: W; readonly production: W},
	scriptOf: (world: W) => PlutusScript,
): ScriptVerdicts<W> => ({
	accepts: async (t, make) => {
		t.deepEqual(traceOf(scriptOf(traced), make(traced)), {accepted: true});
		t.deepEqual(await judgedBy(scriptOf(production), make(production)), {
			runs: true,
			plu: true,
			aiken: true,
			scalus: true,
		});
	},
	refuses: async (t, make, trace) => {
		t.deepEqual(traceOf(scriptOf(traced), make(traced)), {
			accepted: false,
			...(trace === undefined ? {} : {trace}),
		});
		t.deepEqual(await judgedBy(scriptOf(production), make(production)), {
			runs: true,
			plu: false,
			aiken: false,
			scalus: false,
		});
	},
});

/** Nothing is changed. */
export const same = (plan: TransactionPlan): TransactionPlan => plan;

/** The output at a position, changed. */
export const output =
	<W>(change: (before: PlanOutput, world: W) => Partial<PlanOutput>, position = 0): Change<W> =>
	(plan, world) =>
		changeOutput(plan, position, change(plan.outputs[position] as PlanOutput, world));
export const adaLess = (position = 0): Change<unknown> =>
	output(({lovelace}) => ({lovelace: lovelace - 1n}), position);

/** What holds a published script, reduced to what scripts see of it. */
export const publishedUtxo = ({reference}: PublishedScript): readonly Utxo[] =>
	reference === undefined ? [] : [walletUtxo(reference)];
