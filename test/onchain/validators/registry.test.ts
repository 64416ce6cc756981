import test, {type ExecutionContext} from 'ava';
import {toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {dataConstructor, type PlutusData} from '#onchain/cardano/plutus-data';
import {type ClaimDatum, claimDatum, payoutRedeemer} from '#onchain/data/claim-data';
import {claimIdOf, openClaimPlan} from '#onchain/plans/claim-plans';
import {emptyPlan, type PlanOutput, type TransactionPlan} from '#onchain/plans/transaction-plan';
import {
	ADA,
	changeOutput,
	claimState,
	judgeIn,
	longer,
	OPERATOR_VK,
	OWNER,
	otherConstructor,
	production,
	referenceUtxos,
	refOf,
	traced,
	type World,
	walletAddress,
	walletUtxo,
	withJunk,
	withStake,
} from '../../support/contract-world.ts';
import {crypto} from '../../support/crypto.ts';
import {runScript} from '../../support/plutus-machine.ts';
import {type JudgedTransaction, scriptRuns} from '../../support/script-context.ts';
import {unanimous} from '../../support/script-verdict.ts';
import {hashOf} from '../../support/side-chain.ts';

const SEED = refOf(60);
const CLAIM_ID = claimIdOf(crypto, SEED);

type Change = (plan: TransactionPlan, world: World) => TransactionPlan;

const open = (world: World, change: Change): JudgedTransaction => {
	const plan = openClaimPlan(crypto, world.deployment, {
		kind: 'provider',
		seed: SEED,
		ownerKeyHash: OWNER,
		operatorVk: OPERATOR_VK,
		collateral: Lovelace(2n * ADA),
	});
	const utxos = [walletUtxo(SEED), walletUtxo(refOf(61)), ...referenceUtxos(world)];
	return {plan: change(plan, world), utxos};
};

/** The registry's own verdict; the bridge has tests of its own. */
const verdictOf = (world: World, transaction: JudgedTransaction) => {
	const {registry} = world.deployment.scripts;
	const own = scriptRuns(transaction).filter(({script}) => toHex(script) === toHex(registry.hash));
	const verdicts = own.map(run => runScript(registry, transaction, run));
	return {
		accepted: verdicts.every(({accepted}) => accepted),
		trace: verdicts.find(({accepted}) => !accepted)?.logs.at(-1),
	};
};

const accepts = async (t: ExecutionContext, make: (world: World) => JudgedTransaction) => {
	t.deepEqual(verdictOf(traced, make(traced)), {accepted: true, trace: undefined});
	await unanimous(t, [production.deployment.scripts.registry], make(production), true);
};

const refuses = async (
	t: ExecutionContext,
	make: (world: World) => JudgedTransaction,
	trace: string | undefined,
) => {
	t.deepEqual(verdictOf(traced, make(traced)), {accepted: false, trace});
	await unanimous(t, [production.deployment.scripts.registry], make(production), false);
};

const datumOf = (change: Partial<ClaimDatum>): PlutusData =>
	claimDatum.toData({
		ownerPkh: OWNER,
		operatorVk: OPERATOR_VK,
		claimed: Lovelace(0n),
		collateral: Lovelace(2n * ADA),
		status: 0,
		exitAfter: 0n,
		...change,
	});
const withDatum =
	(change: Partial<ClaimDatum>): Change =>
	plan =>
		changeOutput(plan, 0, {datum: datumOf(change)});
const noBytes = new Uint8Array(0);

test('the claim of a provider, an account, a subsidy or the treasury opens', async t => {
	await accepts(t, world => open(world, plan => plan));
	await accepts(t, world => open(world, withDatum({status: 1})));
	await accepts(t, world => open(world, withDatum({status: 3})));
	await accepts(t, world =>
		open(world, withDatum({status: 2, ownerPkh: noBytes, operatorVk: new Uint8Array(28)})),
	);
});

const mintMore: Change = (plan, world) => {
	const unit = toHex(world.deployment.scripts.registry.hash) + toHex(hashOf(1));
	const [first] = plan.mint;
	return first === undefined ? plan : {...plan, mint: [first, {...first, unit}]};
};

const OPEN_BAD: readonly (readonly [string, Change, string | undefined])[] = [
	['that names an output which is not spent', plan => ({...plan, spend: [{ref: refOf(61)}]}), 'open-seed'],
	['twice', plan => ({...plan, mint: plan.mint.map(entry => ({...entry, quantity: 2n}))}), 'open-one'],
	['and another token with it', mintMore, 'open-one'],
	[
		'at an address with a stake part',
		(plan, world) => changeOutput(plan, 0, {address: withStake(world.addressOf('registry'))}),
		'open-address',
	],
	['in a wallet', plan => changeOutput(plan, 0, {address: walletAddress}), 'open-address'],
	['with junk', plan => changeOutput(plan, 0, withJunk(plan.outputs[0])), 'open-value'],
	[
		'with a script on it',
		(plan, world) => changeOutput(plan, 0, {script: world.deployment.scripts.bridge}),
		'open-script',
	],
	['of a provider without an owner', withDatum({ownerPkh: noBytes}), 'open-names'],
	['with a short operator key', withDatum({operatorVk: OPERATOR_VK.slice(0, 31)}), 'open-names'],
	['of the treasury with an owner', withDatum({status: 2, operatorVk: new Uint8Array(28)}), 'open-names'],
	[
		'of the treasury without a bridge',
		withDatum({status: 2, ownerPkh: noBytes, operatorVk: new Uint8Array(32)}),
		'open-names',
	],
	['of a kind that there is not', withDatum({status: 4}), 'open-names'],
	['with more collateral than ADA', withDatum({collateral: Lovelace(3n * ADA + 1n)}), 'open-collateral'],
	['of which something was claimed', withDatum({claimed: Lovelace(1n)}), 'open-datum'],
	['that exits', withDatum({exitAfter: 1n}), 'open-datum'],
	[
		'with a datum field more',
		plan => changeOutput(plan, 0, {datum: longer(plan.outputs[0]?.datum)}),
		'open-datum',
	],
	[
		'with another constructor',
		plan => changeOutput(plan, 0, {datum: otherConstructor(plan.outputs[0]?.datum)}),
		'open-datum',
	],
	[
		'under another name',
		(plan, world) => {
			const unit = toHex(world.deployment.scripts.registry.hash) + toHex(hashOf(1));
			const renamed = {...plan, mint: plan.mint.map(entry => ({...entry, unit}))};
			return changeOutput(renamed, 0, {assets: new Map([[unit, 1n]])});
		},
		undefined,
	],
];

for (const [what, change, trace] of OPEN_BAD)
	test(`no claim opens ${what}`, t => refuses(t, world => open(world, change), trace));

type Update = {
	readonly before?: Partial<ClaimDatum>;
	readonly after?: Partial<ClaimDatum>;
	readonly output?: (output: PlanOutput, world: World) => PlanOutput | undefined;
	readonly plan?: Change;
};

/** The claim spent and put back with changes. */
const update = (
	world: World,
	{before = {}, after = {}, output, plan = same => same}: Update,
): JudgedTransaction => {
	const claim = claimState(world, CLAIM_ID, before);
	const unchanged = {...claim.utxo.output, datum: claimDatum.toData({...claim.plan.datum, ...after})};
	const next = output === undefined ? unchanged : output(unchanged, world);
	const spending: TransactionPlan = {
		...emptyPlan,
		spend: [{ref: claim.plan.ref, redeemer: dataConstructor(0)}],
		outputs: next === undefined ? [] : [next],
		signers: [OWNER],
	};
	return {plan: plan(spending, world), utxos: [claim.utxo]};
};

const someoneElse = Hash28(new Uint8Array(28).fill(0x33));

test('its owner renames, tops up and gives away a claim', async t => {
	await accepts(t, world => update(world, {}));
	await accepts(t, world => update(world, {after: {operatorVk: new Uint8Array(32)}}));
	await accepts(t, world => update(world, {after: {ownerPkh: someoneElse}}));
	await accepts(t, world => update(world, {after: {collateral: Lovelace(3n * ADA)}}));
	await accepts(t, world => update(world, {output: output => ({...output, lovelace: 9n * ADA})}));
});

const UPDATE_BAD: readonly (readonly [string, Update, string | undefined])[] = [
	['without its owner', {plan: plan => ({...plan, signers: [someoneElse]})}, 'owner'],
	['so that less counts as claimed', {after: {claimed: Lovelace(5n * ADA - 1n)}}, 'claimed-falls'],
	['into another kind', {after: {status: 3}}, 'claim-datum'],
	['so that it exits', {after: {exitAfter: 5n}}, 'claim-datum'],
	['to a short owner', {after: {ownerPkh: noBytes}}, 'names'],
	[
		'so that its collateral falls',
		{before: {collateral: Lovelace(2n * ADA)}, after: {collateral: Lovelace(ADA)}},
		'collateral',
	],
	['so that its collateral is not there', {after: {collateral: Lovelace(4n * ADA)}}, 'collateral-covered'],
	['into a wallet', {output: output => ({...output, address: walletAddress})}, 'claim-address'],
	[
		'to an address with a stake part',
		{output: output => ({...output, address: withStake(output.address)})},
		'claim-address',
	],
	['with junk', {output: output => ({...output, ...withJunk(output)})}, 'claim-tokens'],
	[
		'with a script on it',
		{output: (output, {deployment}) => ({...output, script: deployment.scripts.bridge})},
		'claim-script',
	],
	['with a datum field more', {output: output => ({...output, datum: longer(output.datum)})}, 'claim-datum'],
	[
		'under another constructor',
		{output: output => ({...output, datum: otherConstructor(output.datum)})},
		'claim-datum',
	],
	['by burning it', {output: () => undefined}, undefined],
];

for (const [how, change, trace] of UPDATE_BAD)
	test(`a claim does not change ${how}`, t => refuses(t, world => update(world, change), trace));

test('an output without the NFT stays locked at the registry', async t => {
	await refuses(
		t,
		world => {
			const transaction = update(world, {});
			const utxos = transaction.utxos.map(utxo => ({...utxo, output: {...utxo.output, assets: new Map()}}));
			return {...transaction, utxos};
		},
		undefined,
	);
});

/** The treasury's claim raised to 9 ADA beside a payout that the bridge judges. */
const treasuryUpdate = (
	world: World,
	payout: {claimId?: Uint8Array; cumulative?: bigint; script?: Hash28} | undefined,
	change: Update = {},
): JudgedTransaction => {
	const bridge = world.deployment.scripts.bridge.hash;
	return update(world, {
		before: {status: 2, ownerPkh: noBytes, operatorVk: bridge},
		after: {claimed: Lovelace(9n * ADA), ...change.after},
		...(change.output === undefined ? {} : {output: change.output}),
		plan: plan => ({
			...plan,
			signers: [],
			judge:
				payout === undefined
					? []
					: [
							{
								script: payout.script ?? bridge,
								redeemer: payoutRedeemer.toData({
									claimId: (payout.claimId ?? CLAIM_ID) as typeof CLAIM_ID,
									cumulative: Lovelace(payout.cumulative ?? 9n * ADA),
									index: 0,
									proof: [],
								}),
							},
						],
		}),
	});
};

test('anybody may act for the treasury beside a payout of its claim', async t => {
	await accepts(t, world => treasuryUpdate(world, {}));
});

const TREASURY_BAD: readonly (readonly [string, (world: World) => JudgedTransaction, string | undefined])[] =
	[
		['without a payout', world => treasuryUpdate(world, undefined), undefined],
		[
			'beside a payout of another claim',
			world => treasuryUpdate(world, {claimId: hashOf(1)}),
			'treasury-payout',
		],
		['beyond the payout', world => treasuryUpdate(world, {cumulative: 8n * ADA}), 'treasury-payout'],
		[
			'beside a payout that another script judges',
			world => treasuryUpdate(world, {script: world.deployment.scripts.treasury.hash}),
			undefined,
		],
		[
			'to have an owner',
			world => treasuryUpdate(world, {}, {after: {ownerPkh: OWNER}}),
			'treasury-unchanged',
		],
		[
			'to have another judge',
			world => treasuryUpdate(world, {}, {after: {operatorVk: OWNER}}),
			'treasury-unchanged',
		],
		[
			'so that its ADA falls',
			world => treasuryUpdate(world, {}, {output: output => ({...output, lovelace: 2n * ADA})}),
			'treasury-unchanged',
		],
	];

for (const [how, make, trace] of TREASURY_BAD)
	test(`the treasury's claim does not change ${how}`, t => refuses(t, make, trace));

test('the registry judges nothing but minting and spending', t => {
	const transaction = update(traced, {});
	const {registry} = traced.deployment.scripts;
	const info = dataConstructor(3, dataConstructor(0));
	t.false(runScript(registry, transaction, {redeemer: dataConstructor(0), info}).accepted);
	t.true(judgeIn(traced, transaction).accepted);
});
