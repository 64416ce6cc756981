import test, {type ExecutionContext} from 'ava';
import {Lovelace} from '#kernel/lovelace';
import {dataBytes, dataConstructor} from '#onchain/cardano/plutus-data';
import {type ClaimDatum, claimDatum, payoutRedeemer} from '#onchain/data/claim-data';
import {depositDatum, provenanceDatum} from '#onchain/data/money-data';
import {
	comparePayoutLeaves,
	PAYOUT_TAG,
	type PayoutLeaf,
	type PayoutProof,
	payoutProof,
	payoutRoot,
} from '#onchain/payout';
import {payoutPlan} from '#onchain/plans/payout-plan';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {
	ADA,
	changeOutput,
	checkpointState,
	claimState,
	judgeIn,
	moneyState,
	OWNER,
	production,
	referenceUtxos,
	scriptsOf,
	traced,
	type World,
	walletAddress,
	withJunk,
	withStake,
} from '../../support/contract-world.ts';
import {crypto} from '../../support/crypto.ts';
import {runScript} from '../../support/plutus-machine.ts';
import type {JudgedTransaction} from '../../support/script-context.ts';
import {unanimous} from '../../support/script-verdict.ts';
import {hashOf} from '../../support/side-chain.ts';

const MINE = hashOf(0x40);
const OTHER = hashOf(0x41);
const TREASURY = hashOf(0x42);
const SUBSIDY = hashOf(0x43);

const LEAVES: readonly PayoutLeaf[] = [
	...[MINE, OTHER, TREASURY, SUBSIDY].map(claimId => ({
		tag: PAYOUT_TAG.withdrawal,
		claimId,
		cumulative: Lovelace(25n * ADA),
	})),
	{tag: PAYOUT_TAG.subsidy, claimId: SUBSIDY, cumulative: Lovelace(15n * ADA)},
	{tag: PAYOUT_TAG.subsidy, claimId: MINE, cumulative: Lovelace(100n * ADA)},
].sort(comparePayoutLeaves);
const ROOT = payoutRoot(crypto, LEAVES);

const proofOf = (claimId: typeof MINE, tag: PayoutLeaf['tag'] = PAYOUT_TAG.withdrawal): PayoutProof => {
	const proof = payoutProof(crypto, LEAVES, {tag, claimId});
	if (proof === undefined) throw new TypeError('no such leaf');
	return proof;
};

type Case = {
	readonly proof?: PayoutProof;
	readonly claim?: Partial<ClaimDatum>;
	readonly amount?: bigint;
	readonly plan?: (plan: TransactionPlan, world: World) => TransactionPlan;
	readonly transaction?: (transaction: JudgedTransaction, world: World) => JudgedTransaction;
};

const payout = (world: World, c: Case = {}): JudgedTransaction => {
	const proof = c.proof ?? proofOf(MINE);
	const from = proof.leaf.tag === PAYOUT_TAG.withdrawal ? 'bridge' : 'treasury';
	const claim = claimState(world, proof.leaf.claimId, c.claim);
	const checkpoint = checkpointState(world, {payoutRoot: ROOT});
	const money = [moneyState(world, from, 15n * ADA, 10), moneyState(world, from, 12n * ADA, 11)];
	const planned = payoutPlan(world.deployment, {
		claim: claim.plan,
		checkpoint: checkpoint.plan,
		proof,
		money: money.map(({plan}) => plan),
		...(c.amount === undefined ? {} : {amount: c.amount}),
	});
	if (!planned.ok) throw new TypeError(planned.error.code);
	const transaction = {
		plan: c.plan?.(planned.value, world) ?? planned.value,
		utxos: [claim.utxo, checkpoint.utxo, ...money.map(({utxo}) => utxo), ...referenceUtxos(world)],
	};
	return c.transaction?.(transaction, world) ?? transaction;
};

const accepts = async (t: ExecutionContext, c: Case) => {
	t.deepEqual(judgeIn(traced, payout(traced, c)), {accepted: true, logs: []});
	await unanimous(t, scriptsOf(production), payout(production, c), true);
};

const refuses = async (t: ExecutionContext, c: Case, trace: string | undefined) => {
	const verdict = judgeIn(traced, payout(traced, c));
	t.false(verdict.accepted);
	t.is(verdict.logs.at(-1), trace);
	await unanimous(t, scriptsOf(production), payout(production, c), false);
};

const treasuryCase = (world: World): Partial<ClaimDatum> => ({
	status: 2,
	ownerPkh: new Uint8Array(0),
	operatorVk: world.deployment.scripts.bridge.hash,
});

test('the bridge pays what a leaf says less what was claimed, from one output or several', async t => {
	await accepts(t, {});
	await accepts(t, {claim: {claimed: Lovelace(15n * ADA)}});
	await accepts(t, {claim: {status: 1}});
	await accepts(t, {amount: 18n * ADA});
});

test('the treasury pays subsidies to subsidy claims', async t => {
	await accepts(t, {proof: proofOf(SUBSIDY, PAYOUT_TAG.subsidy), claim: {status: 3}});
});

test("the treasury's share goes to the treasury, whoever brings it", async t => {
	for (const world of [traced, production]) {
		const c = {proof: proofOf(TREASURY), claim: treasuryCase(world)};
		const transaction = payout(world, c);
		t.deepEqual(transaction.plan.signers, []);
		await unanimous(t, scriptsOf(world), transaction, true);
	}
});

const forged = (change: Partial<PayoutLeaf>, index?: number): PayoutProof => {
	const proof = proofOf(MINE);
	return {...proof, leaf: {...proof.leaf, ...change}, index: index ?? proof.index};
};
const CHANGE = 1;
const noJudge = (plan: TransactionPlan): TransactionPlan => ({...plan, judge: []});
const withoutNft =
	(position: number) =>
	(transaction: JudgedTransaction): JudgedTransaction => ({
		...transaction,
		utxos: transaction.utxos.map((utxo, index) =>
			index === position ? {...utxo, output: {...utxo.output, assets: new Map()}} : utxo,
		),
	});

const BAD: readonly (readonly [string, Case, string | undefined])[] = [
	['of more than the leaf says', {proof: forged({cumulative: Lovelace(26n * ADA)})}, 'proof'],
	['at another index', {proof: forged({}, proofOf(MINE).index + 1)}, 'proof'],
	['at an index beyond the tree', {proof: forged({}, proofOf(MINE).index + 8)}, undefined],
	[
		'with a leaf of subsidies',
		{
			proof: {
				...proofOf(MINE, PAYOUT_TAG.subsidy),
				leaf: {...forged({}).leaf, cumulative: Lovelace(100n * ADA)},
			},
			amount: 20n * ADA,
		},
		'proof',
	],
	[
		"with somebody else's leaf",
		{proof: {...proofOf(OTHER), leaf: proofOf(MINE).leaf, index: proofOf(OTHER).index}},
		'proof',
	],
	['a second time', {claim: {claimed: Lovelace(25n * ADA)}, amount: 20n * ADA}, 'nothing-to-claim'],
	['beyond what was claimed already', {claim: {claimed: Lovelace(26n * ADA)}, amount: ADA}, 'claimed-falls'],
	['of one lovelace more', {amount: 20n * ADA + 1n}, 'overpaid'],
	['of a whole output too much', {amount: 27n * ADA}, 'overpaid'],
	[
		'that counts less as claimed',
		{
			plan: plan =>
				changeOutput(plan, 0, {
					datum: claimDatum.toData({
						...claimState(traced, MINE).plan.datum,
						claimed: Lovelace(6n * ADA),
					}),
				}),
		},
		'claim-datum',
	],
	['to a subsidy claim', {proof: proofOf(SUBSIDY), claim: {status: 3}}, 'claim-kind'],
	[
		'with change that looks like a deposit',
		{plan: plan => changeOutput(plan, CHANGE, {datum: depositDatum.toData({account: OWNER as never})})},
		undefined,
	],
	['with change without a datum', {plan: plan => dropDatum(plan, CHANGE)}, undefined],
	[
		'with change at an address with a stake part',
		{plan: (plan, world) => changeOutput(plan, CHANGE, {address: withStake(world.addressOf('bridge'))})},
		undefined,
	],
	[
		'with junk in the change',
		{plan: plan => changeOutput(plan, CHANGE, withJunk(plan.outputs[CHANGE]))},
		undefined,
	],
	[
		'with a script on the change',
		{plan: (plan, world) => changeOutput(plan, CHANGE, {script: world.deployment.scripts.bridge})},
		undefined,
	],
	[
		'with change to a wallet',
		{plan: plan => changeOutput(plan, CHANGE, {address: walletAddress})},
		'overpaid',
	],
	[
		'from an output that holds more than ADA',
		{
			transaction: transaction => ({
				...transaction,
				utxos: transaction.utxos.map((utxo, index) =>
					index === 2 ? {...utxo, output: {...utxo.output, ...withJunk(utxo.output)}} : utxo,
				),
			}),
		},
		undefined,
	],
	['that the bridge does not judge', {plan: noJudge}, 'not-judged'],
	['against a checkpoint without the NFT', {transaction: withoutNft(1)}, undefined],
	['to a claim without the NFT', {transaction: withoutNft(0)}, undefined],
	['without its owner', {plan: plan => ({...plan, signers: []})}, 'owner'],
	['against a checkpoint that is not read', {plan: plan => ({...plan, read: plan.read.slice(1)})}, undefined],
];

const dropDatum = (plan: TransactionPlan, position: number): TransactionPlan => ({
	...plan,
	outputs: plan.outputs.map((output, index) => {
		if (index !== position) return output;
		const {datum: _, ...rest} = output;
		return rest;
	}),
});

for (const [what, c, trace] of BAD) test(`no payout ${what}`, t => refuses(t, c, trace));

/** Where the treasury's output stands: after the claim and the change. */
const SHARE = 2;
const share = (change: Record<string, unknown>) =>
	provenanceDatum.toData({
		source: 2,
		amount: 20n * ADA,
		rate: 1_000_000n,
		reference: hashOf(1),
		...change,
	});

const SHARE_BAD: readonly (readonly [string, Case['plan'], string | undefined])[] = [
	['to a wallet', plan => changeOutput(plan as TransactionPlan, SHARE, {address: walletAddress}), undefined],
	[
		'short of one lovelace',
		plan => changeOutput(plan as TransactionPlan, SHARE, {lovelace: 20n * ADA - 1n}),
		'treasury-paid',
	],
	[
		'as a gift',
		plan => changeOutput(plan as TransactionPlan, SHARE, {datum: share({source: 3})}),
		'treasury-provenance',
	],
	[
		'under another amount',
		plan => changeOutput(plan as TransactionPlan, SHARE, {datum: share({amount: 1n})}),
		'treasury-provenance',
	],
	[
		'of another block',
		plan => changeOutput(plan as TransactionPlan, SHARE, {datum: share({reference: hashOf(9)})}),
		'treasury-provenance',
	],
	[
		'under a script',
		(plan, world) => changeOutput(plan, SHARE, {script: world.deployment.scripts.bridge}),
		'treasury-script',
	],
	[
		'while the treasury pays too',
		(plan, world) => ({
			...plan,
			judge: [
				...plan.judge,
				{
					script: world.deployment.scripts.treasury.hash,
					redeemer: payoutRedeemer.toData({claimId: MINE, cumulative: Lovelace(1n), index: 0, proof: []}),
				},
			],
		}),
		'treasury-pays-too',
	],
];

for (const [how, plan, trace] of SHARE_BAD)
	test(`the treasury's share is not paid ${how}`, async t => {
		const made = (world: World) =>
			payout(world, {proof: proofOf(TREASURY), claim: treasuryCase(world), ...(plan && {plan})});
		const {accepted, logs} = judgeIn(traced, made(traced));
		t.deepEqual({accepted, trace: logs.at(-1)}, {accepted: false, trace});
		await unanimous(t, scriptsOf(production), made(production), false);
	});

const SUBSIDY_BAD: readonly (readonly [string, Case, string | undefined])[] = [
	['to a provider claim', {proof: proofOf(SUBSIDY, PAYOUT_TAG.subsidy), claim: {status: 0}}, 'claim-kind'],
	[
		'for a leaf of withdrawals',
		{
			proof: {
				...proofOf(SUBSIDY),
				leaf: {tag: PAYOUT_TAG.subsidy, claimId: SUBSIDY, cumulative: Lovelace(25n * ADA)},
			},
			claim: {status: 3},
		},
		'proof',
	],
	[
		'of one lovelace more',
		{proof: proofOf(SUBSIDY, PAYOUT_TAG.subsidy), claim: {status: 3}, amount: 10n * ADA + 1n},
		'overpaid',
	],
];

for (const [what, c, trace] of SUBSIDY_BAD) test(`no subsidy ${what}`, t => refuses(t, c, trace));

test('one rule for the whole transaction: two claims cannot share one payout', async t => {
	for (const world of [traced, production]) {
		const other = claimState(world, OTHER, {}, 3);
		const raised = {
			...other.utxo.output,
			datum: claimDatum.toData({...other.plan.datum, claimed: Lovelace(25n * ADA)}),
		};
		const transaction = payout(world, {
			amount: 25n * ADA,
			plan: plan => ({
				...plan,
				spend: [...plan.spend, {ref: other.plan.ref, redeemer: dataConstructor(0)}],
				outputs: [...plan.outputs, raised],
			}),
		});
		const judged = {...transaction, utxos: [...transaction.utxos, other.utxo]};
		await unanimous(t, scriptsOf(world), judged, false);
	}
});

test('nobody unregisters the accounts of bridge and treasury, or delegates them', t => {
	const transaction = payout(traced);
	for (const script of [traced.deployment.scripts.bridge, traced.deployment.scripts.treasury])
		for (const certificate of [1, 2, 3]) {
			const info = dataConstructor(3, dataConstructor(certificate, dataBytes(script.hash)));
			t.false(runScript(script, transaction, {redeemer: dataConstructor(0), info}).accepted);
		}
});
