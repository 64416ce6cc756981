/** Money of a treasury that governance replaced. */
import test from 'ava';
import {equalBytes} from '#kernel/bytes';
import type {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {dataConstructor} from '#onchain/cardano/plutus-data';
import {provenanceDatum} from '#onchain/data/money-data';
import {moveTreasuryPlan} from '#onchain/plans/move-treasury-plan';
import {ADA, changeOutput, production, refOf, walletUtxo} from '../../support/contract-world.ts';
import {accepts, type Change, publishedUtxos, refuses} from '../../support/governance-verdict.ts';
import {
	type GovernanceWorld,
	governorState,
	moneyState,
	person,
	potState,
	tracedGovernance,
} from '../../support/governance-world.ts';
import {adaLess, junkIn, scriptOn, stakePart} from '../../support/plan-changes.ts';
import {runScript} from '../../support/plutus-machine.ts';
import {type JudgedTransaction, scriptRuns} from '../../support/script-context.ts';

const SUCCESSOR = person(9);

const move = (
	world: GovernanceWorld,
	{
		change = plan => plan,
		current,
		told = SUCCESSOR,
	}: {readonly change?: Change; readonly current?: Hash28; readonly told?: Hash28} = {},
): JudgedTransaction => {
	const treasury = current ?? SUCCESSOR;
	const governor = governorState(world, {treasury: treasury});
	const money = [300n * ADA, 200n * ADA].map((lovelace, index) => moneyState(world, lovelace, 30 + index));
	const {deployment, treasury: script} = world;
	const scripts = {...production.deployment.scripts, treasury: {...script, reference: refOf(203)}};
	const made = moveTreasuryPlan(
		{network: deployment.network, scripts},
		{...governor.plan, datum: {...governor.plan.datum, treasury: told}},
		money.map(({plan}) => plan),
	);
	if (!made.ok) throw new TypeError(made.error.code);
	return {
		plan: change(made.value, world),
		utxos: [
			governor.utxo,
			potState(world).utxo,
			...money.map(({utxo}) => utxo),
			walletUtxo(refOf(203)),
			...publishedUtxos(world),
		],
	};
};

test('anybody moves the money of a replaced treasury to the one that governance names', async t => {
	await accepts(t, world => move(world));
});

const REFUSED: readonly (readonly [
	string,
	(world: GovernanceWorld) => JudgedTransaction,
	string | undefined,
])[] = [
	[
		'out of the treasury that pays still',
		world => move(world, {current: world.treasury.hash}),
		'move-replaced',
	],
	['to another script', world => move(world, {told: person(8)}), 'move-whole'],
	['less a lovelace', world => move(world, {change: adaLess(0)}), 'move-whole'],
	['to an address with a stake part', world => move(world, {change: stakePart(0)}), undefined],
	['with a token', world => move(world, {change: junkIn(0)}), undefined],
	['with a reference script', world => move(world, {change: scriptOn(0)}), undefined],
	[
		'as a gift',
		world =>
			move(world, {
				change: plan =>
					changeOutput(plan, 0, {
						datum: provenanceDatum.toData({source: 3, amount: 1n, rate: 1n, reference: new Uint8Array(0)}),
					}),
			}),
		undefined,
	],
	[
		'without the governor',
		world => move(world, {change: plan => ({...plan, read: plan.read.slice(1)})}),
		undefined,
	],
];
for (const [what, make, trace] of REFUSED)
	test(`no money of a treasury is moved ${what}`, t => refuses(t, make, trace));

test('money is moved alone, so that no other rule counts what arrives as its own', t => {
	const redeemer = dataConstructor(0);
	const beside: Change = (plan, {deployment}) => ({
		...plan,
		judge: [...plan.judge, {script: deployment.governance.hash, redeemer}],
	});
	const transaction = move(tracedGovernance, {change: beside});
	const {treasury} = tracedGovernance;
	const run = scriptRuns(transaction).findLast(({script}) => equalBytes(script, treasury.hash));
	if (run === undefined) return t.fail('the treasury judges');
	t.is(runScript(treasury, transaction, run).logs.at(-1), 'move-alone');
});

test('the plan refuses a treasury that is not replaced, and an empty one', t => {
	const world = production;
	const governor = (treasury: Hash28) => ({
		ref: refOf(1),
		lovelace: 3n * ADA,
		datum: {
			nextProposal: 0,
			settings: [],
			treasury: treasury,
			periodStartMs: 0,
			periodPaid: Lovelace(0n),
			periodBase: Lovelace(0n),
		},
	});
	t.deepEqual(moveTreasuryPlan(world.deployment, governor(world.deployment.scripts.treasury.hash), []), {
		ok: false,
		error: {code: 'TREASURY_NOT_REPLACED'},
	});
	t.deepEqual(moveTreasuryPlan(world.deployment, governor(SUCCESSOR), []), {
		ok: false,
		error: {code: 'TREASURY_EMPTY'},
	});
});
