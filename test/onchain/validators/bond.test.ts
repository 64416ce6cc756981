import test from 'ava';
import {toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {dataBytes, dataConstructor, dataInteger, type PlutusData} from '#onchain/cardano/plutus-data';
import {burnBondRedeemer, type DisputedBondDatum} from '#onchain/data/bond-data';
import {
	announceExitPlan,
	keepBondPlan,
	leaveBondPlan,
	registerBondPlan,
	slashBondPlan,
} from '#onchain/plans/bond-plans';
import {accepts, published, refuses} from '../../support/bond-verdict.ts';
import {
	type BondWorld,
	bondState,
	disputedState,
	EXIT_MS,
	NOW_MS,
	PROVIDER,
	RANGE,
	tracedBond,
} from '../../support/bond-world.ts';
import {
	ADA,
	claimState,
	JUNK,
	longer,
	OWNER,
	otherConstructor,
	refOf,
	walletAddress,
	walletUtxo,
	withJunk,
	withStake,
} from '../../support/contract-world.ts';
import {crypto} from '../../support/crypto.ts';
import {runScript} from '../../support/plutus-machine.ts';
import type {JudgedTransaction, Utxo} from '../../support/script-context.ts';
import {adaLess, type Bad, type Change as ChangeIn, output, same} from '../../support/script-verdict.ts';
import {hashOf} from '../../support/side-chain.ts';

type Change = ChangeIn<BondWorld>;

const SEED = refOf(60);
const nobody = Hash28(new Uint8Array(28).fill(0x33));
/** Of a bond's datum: owner, provider, exit. */
const bondFields = (exitAfterMs: number): readonly PlutusData[] => [
	dataBytes(OWNER),
	dataBytes(PROVIDER),
	dataInteger(exitAfterMs),
];

const unsigned: Change = plan => ({...plan, signers: [nobody]});
const elsewhere = output(() => ({address: walletAddress}));
const staked = output(({address}) => ({address: withStake(address)}));
const junk = output(first => withJunk(first));
const scripted = output<BondWorld>((_first, {world}) => ({script: world.deployment.scripts.bridge}));
const longerDatum = output(({datum}) => ({datum: longer(datum)}));
const otherDatum = output(({datum}) => ({datum: otherConstructor(datum)}));

// Registering

type Registering = {
	readonly change?: Change;
	readonly claim?: {readonly ownerPkh?: Uint8Array; readonly status?: number};
};

const registering = (world: BondWorld, {change = same, claim = {}}: Registering = {}): JudgedTransaction => {
	const known = claimState(world.world, PROVIDER, {...claim});
	const plan = registerBondPlan(crypto, world.deployment, {
		seed: SEED,
		owner: OWNER,
		provider: PROVIDER,
		claim: known.plan.ref,
	});
	const second = bondState(world);
	return {
		plan: change(plan, world),
		utxos: [walletUtxo(SEED), walletUtxo(refOf(61)), known.utxo, second.utxo, ...published(world)],
	};
};

test('whoever owns a provider’s claim puts up its bond', t => accepts(t, world => registering(world)));

const mintMore: Change = (plan, {deployment}) => {
	const unit = toHex(deployment.bond.hash) + toHex(hashOf(1));
	const [first] = plan.mint;
	return first === undefined ? plan : {...plan, mint: [first, {...first, unit}]};
};

const REGISTER_BAD: Bad<Registering> = [
	[
		'under the name of an output that is not spent',
		{change: plan => ({...plan, spend: [{ref: refOf(61)}]})},
		'register-seed',
	],
	[
		'twice',
		{change: plan => ({...plan, mint: plan.mint.map(each => ({...each, quantity: 2n}))})},
		'register-one',
	],
	['with a second one for nothing', {change: mintMore}, 'register-one'],
	['in a wallet', {change: elsewhere}, 'register-address'],
	['at an address with a stake part', {change: staked}, 'register-address'],
	['with junk', {change: junk}, 'register-tokens'],
	['with a script on it', {change: scripted}, 'register-script'],
	['with a lovelace less', {change: adaLess()}, 'register-bond'],
	['for the claim of somebody else', {claim: {ownerPkh: nobody}}, 'register-claim'],
	['for a claim that is no provider’s', {claim: {status: 1}}, 'register-claim'],
	[
		'for a claim that is not shown',
		{
			change: (plan, {deployment}) => ({
				...plan,
				read: deployment.bond.reference === undefined ? [] : [deployment.bond.reference],
			}),
		},
		undefined,
	],
	['without its owner', {change: unsigned}, 'register-owner'],
	[
		'that exits already',
		{change: output(() => ({datum: dataConstructor(0, ...bondFields(1))}))},
		'register-datum',
	],
	['with a datum field more', {change: longerDatum}, 'register-datum'],
	['under another constructor', {change: otherDatum}, 'register-datum'],
];

for (const [how, options, trace] of REGISTER_BAD)
	test(`no bond is put up ${how}`, t => refuses(t, world => registering(world, options), trace));

// Keeping

type Keeping = {readonly change?: Change; readonly second?: boolean};

const keeping = (world: BondWorld, {change = same, second = false}: Keeping = {}): JudgedTransaction => {
	const bond = bondState(world, {exitAfterMs: 5});
	const other = bondState(world, {}, {number: 22, name: hashOf(0x64)});
	const plan = keepBondPlan(world.deployment, bond.plan, {more: 3n * ADA, owner: nobody});
	const redeemer = plan.spend[0]?.redeemer ?? dataConstructor(0);
	const changed = change(plan, world);
	return {
		plan: second ? {...changed, spend: [...changed.spend, {ref: other.plan.ref, redeemer}]} : changed,
		utxos: [bond.utxo, other.utxo, ...published(world)],
	};
};

test('its owner tops a bond up and gives it to another owner', t => accepts(t, world => keeping(world)));

const KEEP_BAD: Bad<Keeping> = [
	['without its owner', {change: unsigned}, 'owner'],
	['so that its ADA falls', {change: output(() => ({lovelace: 50n * ADA - 1n}))}, 'bond-ada'],
	['into a wallet', {change: elsewhere}, 'bond-address'],
	['to an address with a stake part', {change: staked}, 'bond-address'],
	['with junk', {change: junk}, 'bond-tokens'],
	['with a script on it', {change: scripted}, 'bond-script'],
	['with a datum field more', {change: longerDatum}, 'bond-datum'],
	['into one that is disputed', {change: otherDatum}, 'bond-datum'],
	[
		'so that it forgets its exit',
		{change: output(() => ({datum: dataConstructor(0, ...bondFields(0))}))},
		'bond-datum',
	],
	['together with another, so that one output stands for both', {second: true}, 'alone'],
	['by burning it', {change: plan => ({...plan, outputs: []})}, undefined],
	[
		'under an action that there is not',
		{change: plan => ({...plan, spend: plan.spend.map(each => ({...each, redeemer: dataConstructor(6)}))})},
		undefined,
	],
];

for (const [how, options, trace] of KEEP_BAD)
	test(`a bond is not changed ${how}`, t => refuses(t, world => keeping(world, options), trace));

test('a bond without its NFT stays locked', t =>
	refuses(
		t,
		world => {
			const transaction = keeping(world);
			const utxos = transaction.utxos.map(utxo => ({...utxo, output: {...utxo.output, assets: new Map()}}));
			return {...transaction, utxos};
		},
		undefined,
	));

// Leaving

type Leaving = {readonly change?: Change; readonly exitAfterMs?: number; readonly disputed?: boolean};

const announcing = (world: BondWorld, {change = same, disputed = false}: Leaving = {}): JudgedTransaction => {
	const bond = disputed ? disputedState(world) : bondState(world);
	const plan = announceExitPlan(world.deployment, bond.plan, RANGE);
	return {plan: change(plan, world), utxos: [bond.utxo, ...published(world)]};
};

test('its owner announces the exit of a bond', t => accepts(t, world => announcing(world)));

const ANNOUNCE_BAD: Bad<Leaving> = [
	['by anybody else', {change: unsigned}, 'owner'],
	[
		'for an earlier time',
		{change: output(() => ({datum: dataConstructor(0, ...bondFields(RANGE.toMs + EXIT_MS - 1))}))},
		'bond-datum',
	],
	['at no time', {change: ({validToMs: _, ...plan}) => plan}, undefined],
	['while it is disputed', {disputed: true}, 'state'],
];

for (const [how, options, trace] of ANNOUNCE_BAD)
	test(`no exit is announced ${how}`, t => refuses(t, world => announcing(world, options), trace));

const leaving = (
	world: BondWorld,
	{change = same, exitAfterMs = NOW_MS, disputed = false}: Leaving = {},
): JudgedTransaction => {
	const bond = bondState(world, {exitAfterMs});
	const made = leaveBondPlan(world.deployment, {
		...bond.plan,
		datum: {...bond.plan.datum, exitAfterMs: NOW_MS},
	});
	if (!made.ok) throw new TypeError(made.error.code);
	const held = disputed ? disputedState(world, {exitAfterMs}, {number: 20}) : bond;
	return {
		plan: change(made.value, world),
		utxos: [held.utxo, bondState(world, {}, {number: 22, name: hashOf(0x64)}).utxo, ...published(world)],
	};
};

test('its owner takes a bond back once the time of its exit has come', t =>
	accepts(t, world => leaving(world)));

const LEAVE_BAD: Bad<Leaving> = [
	['by anybody else', {change: unsigned}, 'owner'],
	['a millisecond too early', {exitAfterMs: NOW_MS + 1}, 'exit-time'],
	['without an announcement', {exitAfterMs: 0}, 'exit-time'],
	['at no time', {change: ({validFromMs: _, ...plan}) => plan}, undefined],
	['while it is disputed', {disputed: true}, 'state'],
	['so that its NFT lives on', {change: plan => ({...plan, mint: []})}, 'burn'],
	[
		'with a new one instead',
		{change: plan => ({...plan, mint: plan.mint.map(each => ({...each, quantity: 1n}))})},
		'burn',
	],
];

for (const [how, options, trace] of LEAVE_BAD)
	test(`a bond is not taken back ${how}`, t => refuses(t, world => leaving(world, options), trace));

test('the policy burns one NFT at a time, and mints none under the redeemer of burning', async t => {
	const redeemer = burnBondRedeemer.toData({});
	const alone =
		(quantity: bigint, more: boolean) =>
		(world: BondWorld): JudgedTransaction => {
			const {plan, utxos} = leaving(world);
			const burnt = plan.mint.map(each => ({...each, quantity, redeemer}));
			const other = {unit: toHex(world.deployment.bond.hash) + toHex(hashOf(0x64)), quantity: -1n, redeemer};
			// The policy alone: nothing is spent.
			return {plan: {...plan, spend: [], mint: more ? [...burnt, other] : burnt}, utxos};
		};
	await accepts(t, alone(-1n, false));
	await refuses(t, alone(1n, false), 'burn-one');
	await refuses(t, alone(-2n, false), 'burn-one');
	await refuses(t, alone(-1n, true), 'burn-one');
});

// Slashing

type Slashing = {
	readonly change?: Change;
	readonly datum?: Partial<DisputedBondDatum>;
	readonly two?: boolean;
};

const slashing = (
	world: BondWorld,
	{change = same, datum = {}, two = false}: Slashing = {},
): JudgedTransaction => {
	const bond = disputedState(world);
	const other = disputedState(world, {}, {number: 23, name: hashOf(0x64)});
	const plan = change(slashBondPlan(world.deployment, bond.plan), world);
	const spend = [
		...plan.spend,
		{ref: other.plan.ref, redeemer: plan.spend[0]?.redeemer ?? dataConstructor(0)},
	];
	return {
		plan: two ? {...plan, spend} : plan,
		utxos: [disputedState(world, datum).utxo, other.utxo, ...published(world)],
	};
};

test('a bond that nobody answers for goes to the treasury, and what is due to whoever disputed', async t => {
	await accepts(t, world => slashing(world));
	const [treasury, challenger] = slashBondPlan(tracedBond.deployment, disputedState(tracedBond).plan).outputs;
	t.deepEqual([treasury?.lovelace, challenger?.lovelace], [45n * ADA, 25n * ADA]);
});

const SLASH_BAD: Bad<Slashing> = [
	['a millisecond too early', {datum: {answerByMs: NOW_MS + 1}}, 'slash-time'],
	['at no time', {change: ({validFromMs: _, ...plan}) => plan}, undefined],
	['so that its NFT lives on', {change: plan => ({...plan, mint: []})}, 'burn'],
	['with a lovelace less for the treasury', {change: adaLess()}, 'slash-treasury'],
	['with junk for the treasury', {change: output(first => withJunk(first))}, 'slash-treasury'],
	[
		'with a script on the treasury’s part',
		{change: output<BondWorld>((_, {world}) => ({script: world.deployment.scripts.bridge}))},
		'slash-treasury',
	],
	[
		'so that the treasury’s part has a stake part',
		{change: output(({address}) => ({address: withStake(address)}))},
		undefined,
	],
	[
		'so that the treasury’s part is named after nothing',
		{change: output(() => ({datum: dataConstructor(1)}))},
		undefined,
	],
	['with a lovelace less for whoever disputed', {change: adaLess(1)}, 'slash-challenger'],
	[
		'and nothing for whoever disputed',
		{change: plan => ({...plan, outputs: plan.outputs.slice(0, 1)})},
		undefined,
	],
	['to somebody who did not dispute', {change: output(() => ({address: walletAddress}), 1)}, undefined],
];

for (const [how, options, trace] of SLASH_BAD)
	test(`no bond is slashed ${how}`, t => refuses(t, world => slashing(world, options), trace));

test('attack: double satisfaction – one payment to the treasury does not stand for two bonds', t =>
	refuses(t, world => slashing(world, {two: true}), 'alone'));

test('a bond of which nothing is asked is not slashed', t =>
	refuses(
		t,
		world => {
			const {plan, utxos} = slashing(world);
			return {plan, utxos: [bondState(world, {}, {number: 21}).utxo, ...utxos.slice(1)]};
		},
		'state',
	));

test('attack: fake NFT – a bond with a token of another policy stays where it is', t =>
	refuses(
		t,
		world => {
			const {plan, utxos} = slashing(world);
			const fake = {
				...(utxos[0] as Utxo),
				output: {...(utxos[0] as Utxo).output, assets: new Map([[JUNK, 1n]])},
			};
			return {plan, utxos: [fake, ...utxos.slice(1)]};
		},
		undefined,
	));

test('an exit that was not announced is not planned', t => {
	const {plan} = bondState(tracedBond);
	t.deepEqual(leaveBondPlan(tracedBond.deployment, plan), {
		ok: false,
		error: {code: 'BOND_EXIT_NOT_ANNOUNCED'},
	});
});

test('the script judges nothing but minting and spending', t => {
	const info = dataConstructor(3, dataConstructor(0));
	const {bond} = tracedBond.deployment;
	t.false(runScript(bond, keeping(tracedBond), {redeemer: dataConstructor(0), info}).accepted);
});
