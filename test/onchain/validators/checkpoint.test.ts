import test, {type ExecutionContext} from 'ava';
import {concat, u64be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {dataBytes, type PlutusData} from '#onchain/cardano/plutus-data';
import {uncheckedCertificate} from '#onchain/committee';
import {checkpointDatum} from '#onchain/data/checkpoint-data';
import {advancePlan, type NextCheckpoint} from '#onchain/plans/checkpoint-plan';
import {deployPlan} from '#onchain/plans/deploy-plan';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {
	ADA,
	COMMITTEE,
	changeOutput,
	checkpointState,
	GENESIS_HASH,
	judgeIn,
	longer,
	otherConstructor,
	production,
	referenceUtxos,
	refOf,
	SEED,
	scriptsOf,
	traced,
	type World,
	walletAddress,
	walletUtxo,
	withJunk,
	withStake,
} from '../../support/contract-world.ts';
import type {JudgedTransaction} from '../../support/script-context.ts';
import {unanimous} from '../../support/script-verdict.ts';
import {hashOf, signCheckpoint, testCommittee} from '../../support/side-chain.ts';

const NEXT: NextCheckpoint = {
	period: 4,
	blockHash: hashOf(0xaa),
	stateRoot: hashOf(0xbb),
	payoutRoot: hashOf(0xcc),
	nextCommitteeHash: COMMITTEE.hash,
};

type Case = {
	readonly next?: Partial<NextCheckpoint>;
	/** Which members sign, by weight. */
	readonly signs?: (weight: bigint) => boolean;
	/** What they sign instead. */
	readonly signed?: Partial<NextCheckpoint>;
	readonly redeemer?: (fields: PlutusData[]) => void;
	readonly plan?: (plan: TransactionPlan, world: World) => TransactionPlan;
	readonly transaction?: (transaction: JudgedTransaction, world: World) => JudgedTransaction;
	readonly deployment?: Partial<World['deployment']>;
};

const advance = (world: World, c: Case): JudgedTransaction => {
	const current = checkpointState(world);
	const next = {...NEXT, ...c.next};
	const signing = {...world.deployment, ...c.deployment};
	const signatures = signCheckpoint(COMMITTEE, signing, {...next, ...c.signed}, c.signs);
	const certificate = uncheckedCertificate(COMMITTEE.members, signatures);
	const plan = advancePlan(world.deployment, current.plan, next, certificate);
	const redeemer = plan.spend[0]?.redeemer;
	if (redeemer?.kind !== 'constructor') throw new TypeError('an advance has a redeemer');
	const fields = [...redeemer.fields];
	c.redeemer?.(fields);
	const changed = {...plan, spend: [{ref: current.plan.ref, redeemer: {...redeemer, fields}}]};
	const transaction = {
		plan: c.plan?.(changed, world) ?? changed,
		utxos: [current.utxo, ...referenceUtxos(world)],
	};
	return c.transaction?.(transaction, world) ?? transaction;
};

const refuses = async (
	t: ExecutionContext,
	make: (world: World) => JudgedTransaction,
	trace: string | undefined,
) => {
	const verdict = judgeIn(traced, make(traced));
	t.false(verdict.accepted);
	t.is(verdict.logs.at(-1), trace);
	await unanimous(t, scriptsOf(production), make(production), false);
};

const GOOD: readonly (readonly [string, Case])[] = [
	['all sign', {}],
	['periods are skipped', {next: {period: 9}}],
	['its ADA grows', {plan: plan => changeOutput(plan, 0, {lovelace: 4n * ADA})}],
	[
		'the wallet has change',
		{plan: plan => ({...plan, outputs: [...plan.outputs, {address: walletAddress, lovelace: ADA}]})},
	],
];

for (const [when, c] of GOOD)
	test(`a checkpoint advances when ${when}`, async t => {
		t.deepEqual(judgeIn(traced, advance(traced, c)), {accepted: true, logs: []});
		await unanimous(t, scriptsOf(production), advance(production, c), true);
	});

const flippedBit = (hash: Hash32): Hash32 =>
	Uint8Array.from(hash, (byte, at) => (at === 0 ? byte ^ 1 : byte)) as Hash32;
const datumWith = (change: object): PlutusData =>
	checkpointDatum.toData({
		genesisHash: GENESIS_HASH,
		...NEXT,
		committeeHash: NEXT.nextCommitteeHash,
		...change,
	});

/** Members twice, so that their weight would count twice. */
const doubled = concat(
	...COMMITTEE.members.flatMap(({verificationKey, weight}) => {
		const entry = concat(verificationKey, u64be(weight));
		return [entry, entry];
	}),
);
const other = testCommittee([1n]);

const BAD: readonly (readonly [what: string, c: Case, trace: string | undefined])[] = [
	[
		'an output without the NFT poses as the checkpoint',
		{
			transaction: transaction => ({
				...transaction,
				utxos: transaction.utxos.map((utxo, index) =>
					index === 0 ? {...utxo, output: {...utxo.output, assets: new Map()}} : utxo,
				),
			}),
		},
		'own-nft',
	],
	['the NFT leaves', {plan: plan => changeOutput(plan, 0, {assets: new Map()})}, 'out-nft'],
	[
		'the NFT is replaced by one of the same name',
		{plan: plan => changeOutput(plan, 0, {assets: new Map([[`${'cd'.repeat(28)}${'00'.repeat(10)}`, 1n]])})},
		'out-nft',
	],
	['junk is added', {plan: plan => changeOutput(plan, 0, withJunk(plan.outputs[0]))}, 'out-tokens'],
	['its ADA falls', {plan: plan => changeOutput(plan, 0, {lovelace: 3n * ADA - 1n})}, 'out-ada'],
	[
		'a script is put on it',
		{plan: (plan, world) => changeOutput(plan, 0, {script: world.deployment.scripts.bridge})},
		'out-script',
	],
	[
		'its datum has a field more',
		{plan: plan => changeOutput(plan, 0, {datum: longer(plan.outputs[0]?.datum)})},
		'out-datum',
	],
	[
		'its datum has another constructor',
		{plan: plan => changeOutput(plan, 0, {datum: otherConstructor(plan.outputs[0]?.datum)})},
		'out-datum',
	],
	[
		'its datum is not what was signed',
		{plan: plan => changeOutput(plan, 0, {datum: datumWith({payoutRoot: hashOf(0xcd)})})},
		'out-datum',
	],
	[
		'the genesis hash changes',
		{plan: plan => changeOutput(plan, 0, {datum: datumWith({genesisHash: hashOf(8)})})},
		'out-datum',
	],
	['a root is too short', {next: {stateRoot: new Uint8Array(31) as Hash32}}, 'widths'],
	['the period is the same', {next: {period: 3}}, 'period'],
	['the period is an older one', {next: {period: 2}}, 'period'],
	[
		'it comes before the period ends',
		{plan: plan => ({...plan, validFromMs: (plan.validFromMs ?? 0) - 1})},
		'too-early',
	],
	[
		'it does not say since when it is valid',
		{
			plan: ({validFromMs: _, ...plan}) => plan,
		},
		undefined,
	],
	[
		'another committee signs',
		{
			redeemer: fields => {
				const packed = concat(
					...other.members.map(({verificationKey, weight}) => concat(verificationKey, u64be(weight))),
				);
				fields[0] = dataBytes(packed);
			},
		},
		'committee',
	],
	[
		'members are counted twice',
		{
			redeemer: fields => {
				fields[0] = dataBytes(doubled);
			},
		},
		'committee',
	],
	['exactly two thirds sign', {signs: weight => weight === 40n}, 'quorum'],
	['one of two signs', {redeemer: fields => clearSignatures(fields, 1)}, 'quorum'],
	['nobody signs', {signs: () => false}, 'quorum'],
	['a signature is missing from the list', {redeemer: fields => cutSignatures(fields)}, 'quorum'],
	['signatures are of another state', {signed: {stateRoot: flippedBit(NEXT.stateRoot)}}, undefined],
	['signatures are of another period', {signed: {period: 5}}, undefined],
	['signatures are of another next committee', {signed: {nextCommitteeHash: hashOf(1)}}, undefined],
	['signatures are of another side-chain', {deployment: {genesisHash: hashOf(8)}}, undefined],
	[
		'signatures are of another Cardano network',
		{deployment: {params: {...traced.deployment.params, networkMagic: 1}}},
		undefined,
	],
	[
		'the output has a stake part',
		{plan: (plan, world) => changeOutput(plan, 0, {address: withStake(world.addressOf('checkpoint'))})},
		undefined,
	],
	['the output goes to a wallet', {plan: plan => changeOutput(plan, 0, {address: walletAddress})}, undefined],
	[
		'there are two outputs',
		{plan: plan => ({...plan, outputs: [...plan.outputs, ...plan.outputs]})},
		undefined,
	],
];

const clearSignatures = (fields: PlutusData[], count: number): void => {
	const signatures = fields[1];
	if (signatures?.kind !== 'list') return;
	const items = signatures.items.map((item, index) => (index < count ? dataBytes(new Uint8Array(0)) : item));
	fields[1] = {...signatures, items};
};

const cutSignatures = (fields: PlutusData[]): void => {
	const signatures = fields[1];
	if (signatures?.kind === 'list') fields[1] = {...signatures, items: signatures.items.slice(0, -1)};
};

for (const [what, c, trace] of BAD)
	test(`a checkpoint does not advance when ${what}`, t => refuses(t, world => advance(world, c), trace));

test('signatures of another deployment are worth nothing', async t => {
	await refuses(
		t,
		world => {
			const {scripts} = world.deployment;
			return advance(world, {deployment: {scripts: {...scripts, checkpoint: scripts.bridge}}});
		},
		undefined,
	);
});

const deploy = (world: World, change: (plan: TransactionPlan) => TransactionPlan): JudgedTransaction => {
	const plan = deployPlan({
		prepared: world.deployment,
		genesisHash: GENESIS_HASH,
		backing: Lovelace(100n * ADA),
	});
	return {plan: change(plan), utxos: [walletUtxo(SEED), walletUtxo(refOf(50))]};
};

test('the deployment mints one checkpoint NFT and one treasury claim', t => {
	for (const world of [traced, production])
		t.deepEqual(
			judgeIn(
				world,
				deploy(world, plan => plan),
			),
			{accepted: true, logs: []},
		);
});

const mintOf = (plan: TransactionPlan, quantity: bigint): TransactionPlan => ({
	...plan,
	mint: plan.mint.map((entry, index) => (index === 0 ? {...entry, quantity} : entry)),
});
const genesisDatum = (change: object): PlutusData =>
	checkpointDatum.toData({
		genesisHash: GENESIS_HASH,
		period: 0,
		blockHash: hashOf(0),
		stateRoot: hashOf(0),
		payoutRoot: hashOf(0),
		committeeHash: COMMITTEE.hash,
		...change,
	});

const MINT_BAD: readonly (readonly [
	string,
	(plan: TransactionPlan, world: World) => TransactionPlan,
	string | undefined,
])[] = [
	[
		'without its seed',
		plan => ({...plan, spend: [{ref: refOf(50)}], mint: plan.mint.slice(0, 1)}),
		'mint-seed',
	],
	['twice at once', plan => mintOf(plan, 2n), 'mint-one'],
	['and is burnt', plan => mintOf(plan, -1n), 'mint-one'],
	['beside junk', plan => changeOutput(plan, 0, withJunk(plan.outputs[0])), 'mint-value'],
	[
		'under a script',
		(plan, world) => changeOutput(plan, 0, {script: world.deployment.scripts.bridge}),
		'mint-script',
	],
	[
		'for a short genesis hash',
		plan => changeOutput(plan, 0, {datum: genesisDatum({genesisHash: hashOf(1).slice(1)})}),
		'mint-genesis',
	],
	['for a later period', plan => changeOutput(plan, 0, {datum: genesisDatum({period: 1})}), 'mint-datum'],
	[
		'with payouts',
		plan => changeOutput(plan, 0, {datum: genesisDatum({payoutRoot: hashOf(1)})}),
		'mint-datum',
	],
	[
		'for another committee',
		plan => changeOutput(plan, 0, {datum: genesisDatum({committeeHash: hashOf(1)})}),
		'mint-datum',
	],
	['with a longer datum', plan => changeOutput(plan, 0, {datum: longer(genesisDatum({}))}), 'mint-datum'],
	['to a wallet', plan => changeOutput(plan, 0, {address: walletAddress}), undefined],
	[
		'to an address with a stake part',
		(plan, world) => changeOutput(plan, 0, {address: withStake(world.addressOf('checkpoint'))}),
		undefined,
	],
];

for (const [how, change, trace] of MINT_BAD)
	test(`no checkpoint NFT is minted ${how}`, t =>
		refuses(t, world => deploy(world, plan => change(plan, world)), trace));
