import test from 'ava';
import {EMPTY_ROOT} from '#crypto/merkle-tree';
import {allocationRoot} from '#onchain/allocation';
import {reserveDatum} from '#onchain/data/money-data';
import {type PotDatum, potDatum, TOKEN_SUPPLY} from '#onchain/data/token-data';
import {scriptAddress} from '#onchain/plans/deploy-plan';
import {sweepUnclaimedPlan} from '#onchain/plans/sweep-unclaimed-plan';
import {tokenUnit} from '#onchain/plans/token-plans';
import {
	ADA,
	changeOutput,
	longer,
	otherConstructor,
	refOf,
	walletUtxo,
	withJunk,
	withStake,
} from '../../support/contract-world.ts';
import {crypto} from '../../support/crypto.ts';
import {accepts, type Change, type Make, publishedUtxos, refuses} from '../../support/governance-verdict.ts';
import {
	ALLOCATED,
	ALLOCATIONS,
	CLAIM_UNTIL_MS,
	type GovernanceWorld,
	person,
	potState,
	tracedGovernance,
} from '../../support/governance-world.ts';
import type {JudgedTransaction} from '../../support/script-context.ts';
import {hashOf} from '../../support/side-chain.ts';

const SWEPT: Partial<PotDatum> = {allocationRoot: EMPTY_ROOT, unclaimed: 0n};
const JUST_OVER_MS = CLAIM_UNTIL_MS + 1;

const sweep = (
	world: GovernanceWorld,
	change: Change = plan => plan,
	pot = potState(world),
): JudgedTransaction => {
	const made = sweepUnclaimedPlan(world.deployment, pot.plan, JUST_OVER_MS);
	if (!made.ok) throw new TypeError(made.error.code);
	return {
		plan: change(made.value, world),
		utxos: [pot.utxo, walletUtxo(refOf(203)), ...publishedUtxos(world)],
	};
};

test('what is unclaimed after the time to claim becomes the treasury’s, by anybody', async t => {
	await accepts(t, world => sweep(world));
	const partly = {tokens: ALLOCATED, datum: {unclaimed: 1n}};
	await accepts(t, world => sweep(world, plan => plan, potState(world, partly)));
	const more = (plan: JudgedTransaction['plan']) => changeOutput(plan, 0, {lovelace: 5n * ADA});
	await accepts(t, world => sweep(world, more));
});

test('a sweep is planned when its time has come and something is left', t => {
	const {deployment} = tracedGovernance;
	const {plan: pot} = potState(tracedGovernance);
	t.deepEqual(sweepUnclaimedPlan(deployment, pot, CLAIM_UNTIL_MS), {
		ok: false,
		error: {code: 'CLAIMS_STILL_OPEN', claimUntilMs: CLAIM_UNTIL_MS},
	});
	const {plan: swept} = potState(tracedGovernance, {datum: SWEPT});
	t.deepEqual(sweepUnclaimedPlan(deployment, swept, JUST_OVER_MS), {ok: false, error: {code: 'CLAIMS_OVER'}});
});

const leaving =
	(change: Partial<PotDatum>): Change =>
	(plan, world) =>
		changeOutput(plan, 0, {datum: potDatum.toData({...potState(world).plan.datum, ...SWEPT, ...change})});

const tokensLess =
	(less: bigint): Change =>
	(plan, {deployment}) =>
		changeOutput(plan, 0, {assets: new Map([[tokenUnit(deployment), TOKEN_SUPPLY - less]])});

/** Two pots that leave as one: the tokens of the second would be anybody's. */
const sweepingTwo: Make = world => {
	const {plan, utxos} = sweep(world);
	const second = potState(world, {number: 20});
	const spend = plan.spend.flatMap(each => [each, {...each, ref: second.plan.ref}]);
	return {plan: {...plan, spend}, utxos: [...utxos, second.utxo]};
};

/** Of a pot that was swept, as if it had not been. */
const sweepingAgain: Make = world => {
	const {utxo} = potState(world, {datum: SWEPT});
	return sweep(world, plan => plan, {...potState(world), utxo});
};

const SWEEP_BAD: readonly (readonly [string, Make, string | undefined])[] = [
	[
		'in the last moment to claim',
		world => sweep(world, plan => ({...plan, validFromMs: CLAIM_UNTIL_MS})),
		'sweep-early',
	],
	['without saying when', world => sweep(world, ({validFromMs: _none, ...plan}) => plan), undefined],
	['twice, so as to be in the way of others', sweepingAgain, 'sweep-nothing'],
	['so that one token is lost', world => sweep(world, tokensLess(1n)), 'sweep-tokens'],
	[
		'so that whoever does it takes what is unclaimed',
		world => sweep(world, tokensLess(ALLOCATED)),
		'sweep-tokens',
	],
	[
		'so that all tokens go to the treasury’s script, where nothing can pay them',
		world =>
			sweep(world, (plan, {deployment, treasury}) => ({
				...changeOutput(plan, 0, {assets: new Map()}),
				outputs: [
					...changeOutput(plan, 0, {assets: new Map()}).outputs,
					{
						address: scriptAddress('testnet', treasury.hash),
						lovelace: 2n * ADA,
						assets: new Map([[tokenUnit(deployment), TOKEN_SUPPLY]]),
						datum: reserveDatum.toData({}),
					},
				],
			})),
		'sweep-tokens',
	],
	['so that one allocation is kept', world => sweep(world, leaving({unclaimed: 1n})), 'sweep-datum'],
	[
		'so that another list can claim',
		world => sweep(world, leaving({allocationRoot: hashOf(1)})),
		'sweep-datum',
	],
	[
		'so that the list can go on claiming',
		world => sweep(world, leaving({allocationRoot: allocationRoot(crypto, ALLOCATIONS)})),
		'sweep-datum',
	],
	[
		'so that another script governs the pot',
		world => sweep(world, leaving({governance: person(9)})),
		'sweep-datum',
	],
	[
		'with a datum field more',
		world => sweep(world, plan => changeOutput(plan, 0, {datum: longer(plan.outputs[0]?.datum)})),
		'sweep-datum',
	],
	[
		'with another constructor',
		world => sweep(world, plan => changeOutput(plan, 0, {datum: otherConstructor(plan.outputs[0]?.datum)})),
		'sweep-datum',
	],
	[
		'with ADA of the pot',
		world => sweep(world, plan => changeOutput(plan, 0, {lovelace: 3n * ADA - 1n})),
		'pot-ada',
	],
	[
		'so that the pot holds junk',
		world => sweep(world, plan => changeOutput(plan, 0, withJunk(plan.outputs[0]))),
		'pot-assets',
	],
	[
		'so that the pot bears a script',
		world => sweep(world, (plan, {treasury}) => changeOutput(plan, 0, {script: treasury})),
		'pot-script',
	],
	[
		'so that the pot gets a stake part',
		world =>
			sweep(world, plan =>
				changeOutput(plan, 0, {address: withStake(plan.outputs[0]?.address ?? new Uint8Array(0))}),
			),
		undefined,
	],
	['out of two pots at once', sweepingTwo, 'pot-one'],
];

for (const [how, make, trace] of SWEEP_BAD)
	test(`what is unclaimed does not become the treasury’s ${how}`, t => refuses(t, make, trace));
