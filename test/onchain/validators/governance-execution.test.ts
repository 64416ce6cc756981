import test from 'ava';
import {EMPTY_ROOT} from '#crypto/merkle-tree';
import {Lovelace} from '#kernel/lovelace';
import {dataBytes, dataConstructor, dataInteger, type PlutusData} from '#onchain/cardano/plutus-data';
import {
	closeAction,
	enactedDatum,
	type GovernorDatum,
	type ProposalDatum,
	settingsList,
} from '#onchain/data/governance-data';
import {
	committeeRecoveryEffect,
	grantEffect,
	protocolUpgradeEffect,
	scriptReplacementEffect,
	settingsEffect,
	sideChainParametersEffect,
} from '#onchain/data/governance-effect';
import {provenanceDatum} from '#onchain/data/money-data';
import {potDatum, TOKEN_SUPPLY} from '#onchain/data/token-data';
import {executeProposalPlan} from '#onchain/plans/execute-proposal-plan';
import {lockStakePlan} from '#onchain/plans/governance-plans';
import {tokenUnit} from '#onchain/plans/token-plans';
import {ADA, changeOutput, refOf, walletAddress, walletUtxo} from '../../support/contract-world.ts';
import {governing, paying} from '../../support/execution-changes.ts';
import {accepts, type Change, publishedUtxos, refuses} from '../../support/governance-verdict.ts';
import {
	ALLOCATED,
	type GovernanceWorld,
	governorState,
	grantOf,
	moneyState,
	NOW_MS,
	OWNER,
	passedState,
	person,
	potState,
	RANGE,
	SETTINGS,
	TOKENS,
	tracedGovernance,
} from '../../support/governance-world.ts';
import {
	adaLess,
	junkIn,
	longerIn,
	mintMore,
	scriptOn,
	stakePart,
	without,
} from '../../support/plan-changes.ts';
import {runScript} from '../../support/plutus-machine.ts';
import {type JudgedTransaction, scriptRuns} from '../../support/script-context.ts';
import {hashOf} from '../../support/side-chain.ts';

type PotState = Parameters<typeof potState>[1];

type Execution = {
	readonly effect?: PlutusData | ((world: GovernanceWorld) => PlutusData);
	readonly proposal?: Partial<ProposalDatum>;
	readonly governor?: Partial<GovernorDatum>;
	readonly change?: Change;
	/** Lovelace in each output of the treasury. */
	readonly money?: readonly bigint[];
	readonly pot?: PotState;
	/** What the plan is told of the effect and the governor, where that is not what stands on the chain. */
	readonly told?: {
		readonly effect?: PlutusData;
		readonly governor?: Partial<GovernorDatum>;
		readonly pot?: PotState;
	};
};

/** What the plan refuses itself is asked for with votes and times that pass, and changed afterwards. */
const execute = (world: GovernanceWorld, options: Execution = {}): JudgedTransaction => {
	const {effect = grantOf(50n * ADA), money = [300n * ADA, 200n * ADA]} = options;
	const carried = typeof effect === 'function' ? effect(world) : effect;
	const proposal = passedState(world, {effect: carried, ...options.proposal});
	const governor = governorState(world, options.governor);
	const treasury = money.map((lovelace, index) => moneyState(world, lovelace, 30 + index));
	const pot = potState(world, options.pot);
	const sources = {
		money: treasury.map(({plan}) => plan),
		treasuryReference: refOf(203),
		pot: {...pot.plan, ...potState(world, options.told?.pot ?? options.pot).plan},
	};
	const passed = passedState(world, {effect: options.told?.effect ?? carried}).plan;
	const known = governorState(world, options.told?.governor ?? options.governor).plan;
	const planned = {
		...passed,
		datum: {
			...passed.datum,
			expiresAtMs: RANGE.toMs,
			executableAtMs: RANGE.fromMs,
			deposit: proposal.plan.datum.deposit,
		},
	};
	const made = executeProposalPlan(world.deployment, {
		governor: known,
		proposal: planned,
		range: RANGE,
		sources,
	});
	if (!made.ok) throw new TypeError(made.error.code);
	const {change = plan => plan} = options;
	return {
		plan: change(made.value, world),
		utxos: [
			proposal.utxo,
			governor.utxo,
			pot.utxo,
			...treasury.map(({utxo}) => utxo),
			walletUtxo(refOf(203)),
			...publishedUtxos(world),
		],
	};
};

const EFFECTS: readonly (readonly [string, PlutusData])[] = [
	['parameters of the side-chain', sideChainParametersEffect.toData({change: Uint8Array.of(1, 2)})],
	['an upgrade of the protocol', protocolUpgradeEffect.toData({version: 2, activationEpoch: 9})],
	['settings', settingsEffect.toData({settings: settingsList({...SETTINGS, quorum: 1n})})],
	['another treasury', scriptReplacementEffect.toData({contract: 0, hash: person(9)})],
	['another bridge', scriptReplacementEffect.toData({contract: 1, hash: person(9)})],
	['another committee', committeeRecoveryEffect.toData({period: 4, committeeHash: hashOf(1)})],
	['a grant', grantOf(50n * ADA)],
	['a grant of tokens', grantOf(2n * ADA, 7n * TOKENS)],
];
for (const [what, effect] of EFFECTS)
	test(`a passed proposal for ${what} takes effect`, t => accepts(t, world => execute(world, {effect})));

test('a grant at the cap, at the first and at the last moment, and of all tokens that are not kept', async t => {
	await accepts(t, world => execute(world, {proposal: {executableAtMs: NOW_MS, expiresAtMs: RANGE.toMs}}));
	const started = {
		periodStartMs: NOW_MS - 1,
		periodPaid: Lovelace(20n * ADA),
		periodBase: Lovelace(700n * ADA),
	};
	await accepts(t, world => execute(world, {governor: started}));
	await accepts(t, world => execute(world, {effect: grantOf(2n * ADA, TOKEN_SUPPLY - ALLOCATED)}));
});

test('a grant of all tokens, once what was unclaimed is the treasury’s', async t => {
	const pot = {datum: {allocationRoot: EMPTY_ROOT, unclaimed: 0n}};
	await accepts(t, world => execute(world, {effect: grantOf(2n * ADA, TOKEN_SUPPLY), pot}));
});

const UPGRADE = protocolUpgradeEffect.toData({version: 2, activationEpoch: 9});
const tokenGrant = grantOf(2n * ADA, 7n * TOKENS);
const toTreasury = ({treasury}: GovernanceWorld): PlutusData =>
	grantEffect.toData({
		address: dataConstructor(
			0,
			dataConstructor(1, {kind: 'bytes', bytes: treasury.hash}),
			dataConstructor(1),
		),
		lovelace: Lovelace(50n * ADA),
		tokens: 0n,
		datum: dataConstructor(2, dataConstructor(1)),
	});

const LONG_SETTINGS = dataConstructor(3, {
	kind: 'list',
	items: [...settingsList(SETTINGS), 0n].map(dataInteger),
});
const SHORT_HASH = dataConstructor(4, dataInteger(0), dataBytes(new Uint8Array(27)));
const recording =
	(effect: PlutusData): Change =>
	plan =>
		changeOutput(plan, 1, {
			datum: enactedDatum.toData({id: 6, effect, anchorHash: hashOf(9), enactedByMs: RANGE.toMs}),
		});

const BAD: readonly (readonly [string, Execution, string | undefined])[] = [
	['too early', {proposal: {executableAtMs: NOW_MS + 1}}, 'execute-early'],
	['too late', {proposal: {expiresAtMs: RANGE.toMs - 1}}, 'execute-late'],
	[
		'over a wide range of time',
		{change: plan => ({...plan, validToMs: NOW_MS + 3_600_001})},
		'execute-range',
	],
	['without the quorum', {proposal: {yes: 5_000_000n * TOKENS - 1n, no: 0n, abstain: 0n}}, 'quorum'],
	['on a tie', {proposal: {yes: 3_000_000n * TOKENS, no: 3_000_000n * TOKENS}}, 'majority'],
	['by abstentions alone', {proposal: {yes: 0n, no: 0n, abstain: 9_000_000n * TOKENS}}, 'majority'],
	[
		'for a committee that two thirds do not want',
		{
			effect: committeeRecoveryEffect.toData({period: 4, committeeHash: hashOf(1)}),
			proposal: {yes: 4_000_000n * TOKENS - 1n, no: 2_000_000n * TOKENS},
		},
		'majority',
	],
	['without the rule', {change: without('judge')}, 'not-judged'],
	[
		'beside another output there',
		{
			change: (plan, {deployment}) => ({
				...plan,
				outputs: [...plan.outputs, ...lockStakePlan(deployment, {owner: OWNER, tokens: 1n}).outputs],
			}),
		},
		'execute-touches',
	],
	['while an NFT is made', {change: mintMore(1n)}, 'execute-mint'],
	['so that the record bears less', {change: longerIn(1)}, 'record-datum'],
	['so that the record has a stake part', {change: stakePart(1)}, 'record-address'],
	['so that the record holds junk', {change: junkIn(1)}, 'record-nft'],
	['so that the record bears a script', {change: scriptOn(1)}, 'record-script'],
	['without giving the deposit back', {change: adaLess(2)}, 'refund'],
	[
		'so that the deposit goes elsewhere',
		{change: plan => changeOutput(plan, 2, {address: walletAddress})},
		'refund',
	],
	['out of another treasury', {change: paying({treasury: person(8)})}, 'execute-treasury'],
	['so that an upgrade pays', {effect: UPGRADE, change: paying({lovelace: Lovelace(1n)})}, 'pays-nothing'],
	[
		'so that an upgrade pays tokens',
		{effect: UPGRADE, change: paying({lovelace: Lovelace(0n), tokens: 1n})},
		'pays-nothing',
	],
	[
		'so that the governor changes with it',
		{effect: UPGRADE, change: governing({nextProposal: 3})},
		'governor-datum',
	],
	[
		'for settings that do not work',
		{effect: settingsEffect.toData({settings: settingsList({...SETTINGS, expiryMs: 0n})})},
		'settings',
	],
	[
		'for settings that are too many',
		{
			effect: LONG_SETTINGS,
			told: {effect: UPGRADE},
			change: recording(LONG_SETTINGS),
		},
		'settings',
	],
	[
		'for a script that is none',
		{
			effect: SHORT_HASH,
			told: {effect: UPGRADE},
			change: recording(SHORT_HASH),
		},
		'replacement',
	],
	['to another address', {change: plan => changeOutput(plan, 3, {address: walletAddress})}, 'grant-address'],
	['to the address with a stake part', {change: stakePart(3)}, 'grant-address'],
	['for less than was voted', {change: adaLess(3)}, 'grant-value'],
	[
		'with a datum that was not voted',
		{change: plan => changeOutput(plan, 3, {datum: dataConstructor(0)})},
		'grant-datum',
	],
	['with a script on the grant', {change: scriptOn(3)}, 'grant-script'],
	['to the treasury itself, which would count it as kept', {effect: toTreasury}, 'grant-to-treasury'],
	['for more than was voted', {change: paying({lovelace: Lovelace(51n * ADA)})}, 'grant-amounts'],
	['so that more leaves the treasury', {change: adaLess(4)}, 'grant-overpaid'],
	[
		'with the change as a deposit',
		{
			change: plan =>
				changeOutput(plan, 4, {
					datum: provenanceDatum.toData({source: 3, amount: 1n, rate: 1n, reference: new Uint8Array(0)}),
				}),
		},
		undefined,
	],
	['so that the period begins long ago', {change: governing({periodStartMs: NOW_MS - 1})}, 'governor-datum'],
	[
		'so that it does not count in the period',
		{change: governing({periodPaid: Lovelace(0n)})},
		'governor-datum',
	],
	[
		'with a treasury that is larger than shown',
		{change: governing({periodBase: Lovelace(900n * ADA)})},
		'governor-datum',
	],
	[
		'so that more tokens leave the pot',
		{
			effect: tokenGrant,
			change: (plan, {deployment}) =>
				changeOutput(plan, 5, {assets: new Map([[tokenUnit(deployment), TOKEN_SUPPLY - 8n * TOKENS]])}),
		},
		'grant-tokens',
	],
	[
		'out of what is kept for claims',
		{
			effect: grantOf(2n * ADA, TOKEN_SUPPLY - ALLOCATED + 1n),
			told: {pot: {datum: {unclaimed: 0n}}},
			change: (plan, world) => changeOutput(plan, 5, {datum: potDatum.toData(potState(world).plan.datum)}),
		},
		'grant-allocated',
	],
	['so that the pot changes', {effect: tokenGrant, change: longerIn(5)}, 'grant-datum'],
];

for (const [how, options, trace] of BAD)
	test(`nothing is executed ${how}`, t => refuses(t, world => execute(world, options), trace));

test('nobody gets more than the cap in a period, however it is cut', async t => {
	const started = {
		periodStartMs: NOW_MS - 1,
		periodPaid: Lovelace(10n * ADA),
		periodBase: Lovelace(400n * ADA),
	};
	const after = governing({
		...started,
		periodPaid: Lovelace(60n * ADA),
		periodBase: Lovelace(510n * ADA),
	});
	await refuses(t, world => execute(world, {governor: started, told: {governor: {}}, change: after}), 'cap');
	const sources = {money: [{ref: refOf(30), lovelace: 100n * ADA}], treasuryReference: refOf(203)};
	t.deepEqual(
		executeProposalPlan(tracedGovernance.deployment, {
			governor: governorState(tracedGovernance).plan,
			proposal: passedState(tracedGovernance, {effect: grantOf(11n * ADA)}).plan,
			range: RANGE,
			sources,
		}),
		{ok: false, error: {code: 'GRANT_OVER_CAP', wanted: 11n * ADA, left: 10n * ADA}},
	);
});

test('a plan says why a proposal cannot be executed', t => {
	const plan = (change: Partial<ProposalDatum>) =>
		executeProposalPlan(tracedGovernance.deployment, {
			governor: governorState(tracedGovernance).plan,
			proposal: passedState(tracedGovernance, change).plan,
			range: RANGE,
		});
	t.deepEqual(plan({yes: 0n}), {ok: false, error: {code: 'PROPOSAL_NOT_PASSED', proposal: 6}});
	t.deepEqual(plan({executableAtMs: NOW_MS + 1, expiresAtMs: RANGE.toMs}), {
		ok: false,
		error: {
			code: 'PROPOSAL_NOT_EXECUTABLE',
			proposal: 6,
			executableAtMs: NOW_MS + 1,
			expiresAtMs: RANGE.toMs,
		},
	});
	t.deepEqual(plan({}), {
		ok: false,
		error: {code: 'GRANT_MONEY_MISSING', wanted: 50n * ADA, available: 0n},
	});
	t.deepEqual(plan({effect: dataConstructor(0)}), {
		ok: false,
		error: {code: 'DATUM_WRONG_SHAPE', datum: 'Grant'},
	});
});

test('the treasury pays beside an execution that names it, and beside nothing else of governance', t => {
	const verdict = (change: Change) => {
		const world = tracedGovernance;
		const transaction = execute(world, {change});
		const run = scriptRuns(transaction).at(-1);
		if (run === undefined) throw new TypeError('no script runs');
		return runScript(world.treasury, transaction, run).logs.at(-1);
	};
	t.is(
		verdict(plan => plan),
		undefined,
	);
	t.is(verdict(paying({treasury: person(8)})), 'grant-treasury');
	t.is(verdict(paying({lovelace: Lovelace(49n * ADA)})), 'grant-overpaid');
	const redeemer = closeAction.toData({proposal: 6});
	const closing: Change = plan => ({
		...plan,
		judge: plan.judge.map((entry, index) => (index === 0 ? {...entry, redeemer} : entry)),
	});
	t.is(verdict(closing), 'grant-executed');
});
