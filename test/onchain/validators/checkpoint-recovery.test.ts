/** A dead committee is replaced by what governance passed, in contracts that were compiled with governance. */
import test, {type ExecutionContext} from 'ava';
import {toHex} from '#kernel/bytes';
import {Hash28, type Hash32} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';
import {enterpriseAddress} from '#onchain/cardano/address';
import {dataConstructor, type PlutusData} from '#onchain/cardano/plutus-data';
import {MISSED_PERIODS_DEAD} from '#onchain/checkpoint-params';
import {uncheckedCertificate} from '#onchain/committee';
import {checkpointDatum} from '#onchain/data/checkpoint-data';
import {type CommitteeRecovery, enactedRecovery, recoverRedeemer} from '#onchain/data/recovery-data';
import {
	advancePlan,
	deadFromMs,
	type NextCheckpoint,
	type RecoveryRecord,
	recoverPlan,
} from '#onchain/plans/checkpoint-plan';
import type {PlanOutput, TransactionPlan} from '#onchain/plans/transaction-plan';
import {buildScript} from '#onchain/plutus/build-script';
import {silentCheck, tracedCheck} from '#onchain/plutus/core';
import {checkpointScript} from '#onchain/validators/checkpoint';
import {
	ADA,
	COMMITTEE,
	changeOutput,
	checkpointState,
	GENESIS_HASH,
	judgeIn,
	longer,
	PERIOD_MS,
	production,
	referenceUtxos,
	refOf,
	SYSTEM_START_MS,
	scriptsOf,
	traced,
	type World,
	walletAddress,
	withJunk,
	withStake,
} from '../../support/contract-world.ts';
import {crypto} from '../../support/crypto.ts';
import type {JudgedTransaction} from '../../support/script-context.ts';
import {unanimous} from '../../support/script-verdict.ts';
import {hashOf, signCheckpoint, testCommittee} from '../../support/side-chain.ts';

const GOVERNANCE = Hash28(new Uint8Array(28).fill(0x77));
const NAME = encodeUtf8('proposal 9');
const RECORD_REF = refOf(200);
const LIVING = testCommittee([30n, 30n, 30n]);
const RECOVERY: CommitteeRecovery = {period: 3, committeeHash: LIVING.hash};
const DETAILS = {id: 9, anchorHash: hashOf(9), enactedByMs: SYSTEM_START_MS};

const governed = (world: World, check: typeof silentCheck): World => {
	const {deployment} = world;
	const {checkpoint} = deployment.scripts;
	const script = buildScript(crypto, checkpointScript(deployment.params, check, GOVERNANCE));
	const scripts = {...deployment.scripts, checkpoint: {...checkpoint, ...script}};
	const address = enterpriseAddress('testnet', {kind: 'script', hash: script.hash});
	return {
		deployment: {...deployment, scripts},
		addressOf: name => (name === 'checkpoint' ? address : world.addressOf(name)),
	};
};
const tracedWorld = governed(traced, tracedCheck);
const deployedWorld = governed(production, silentCheck);

const recordOutput = (change: Partial<PlanOutput> = {}): PlanOutput => ({
	address: enterpriseAddress('testnet', {kind: 'script', hash: GOVERNANCE}),
	lovelace: 2n * ADA,
	assets: new Map([[toHex(GOVERNANCE) + toHex(NAME), 1n]]),
	datum: enactedRecovery(RECOVERY, DETAILS),
	...change,
});
const recorded = (change: Partial<CommitteeRecovery>): Partial<PlanOutput> => ({
	datum: enactedRecovery({...RECOVERY, ...change}, DETAILS),
});

type Case = {
	readonly record?: Partial<PlanOutput>;
	readonly redeemer?: PlutusData;
	readonly plan?: (plan: TransactionPlan, world: World) => TransactionPlan;
	readonly before?: Parameters<typeof checkpointState>[1];
};

const RECORD: RecoveryRecord = {ref: RECORD_REF, name: NAME, recovery: RECOVERY};

const recover = (world: World, c: Case): JudgedTransaction => {
	const current = checkpointState(world, c.before);
	const standing = checkpointState(world).plan;
	const planned = recoverPlan(world.deployment, standing, RECORD);
	if (!planned.ok) throw new TypeError(planned.error.code);
	const redeemer = c.redeemer ?? recoverRedeemer.toData({record: NAME});
	const plan = {...planned.value, spend: [{ref: current.plan.ref, redeemer}]};
	const record = {ref: RECORD_REF, output: recordOutput(c.record)};
	return {plan: c.plan?.(plan, world) ?? plan, utxos: [current.utxo, record, ...referenceUtxos(world)]};
};

const datumWith = (change: object): PlutusData =>
	checkpointDatum.toData({
		genesisHash: GENESIS_HASH,
		period: 3,
		blockHash: hashOf(1),
		stateRoot: hashOf(2),
		payoutRoot: hashOf(3),
		committeeHash: LIVING.hash,
		...change,
	} as Parameters<typeof checkpointDatum.toData>[0]);

const refuses = async (
	t: ExecutionContext,
	make: (world: World) => JudgedTransaction,
	trace: string | undefined,
): Promise<void> => {
	const verdict = judgeIn(tracedWorld, make(tracedWorld));
	t.false(verdict.accepted);
	t.is(verdict.logs.at(-1), trace);
	await unanimous(t, scriptsOf(deployedWorld), make(deployedWorld), false);
};
const accepts = async (t: ExecutionContext, make: (world: World) => JudgedTransaction): Promise<void> => {
	t.deepEqual(judgeIn(tracedWorld, make(tracedWorld)), {accepted: true, logs: []});
	await unanimous(t, scriptsOf(deployedWorld), make(deployedWorld), true);
};

test('what governance passed replaces a committee that was silent for three periods, by anybody', async t => {
	await accepts(t, world => recover(world, {}));
	await accepts(t, world => recover(world, {plan: plan => changeOutput(plan, 0, {lovelace: 4n * ADA})}));
	t.is(deadFromMs(production.deployment, 3), SYSTEM_START_MS + (3 + 1 + MISSED_PERIODS_DEAD) * PERIOD_MS);
});

const advance = (world: World, committee: typeof LIVING, committeeHash: Hash32): JudgedTransaction => {
	const current = checkpointState(world, {committeeHash});
	const next: NextCheckpoint = {
		period: 9,
		blockHash: hashOf(0xaa),
		stateRoot: hashOf(0xbb),
		payoutRoot: hashOf(0xcc),
		nextCommitteeHash: COMMITTEE.hash,
	};
	const signatures = signCheckpoint(committee, world.deployment, next);
	const certificate = uncheckedCertificate(committee.members, signatures);
	const plan = advancePlan(world.deployment, current.plan, next, certificate);
	return {plan, utxos: [current.utxo, ...referenceUtxos(world)]};
};

test('then the new committee signs over the months that were skipped, and the dead one no more', async t => {
	await accepts(t, world => advance(world, LIVING, LIVING.hash));
	await refuses(t, world => advance(world, COMMITTEE, LIVING.hash), 'committee');
	await accepts(t, world => advance(world, COMMITTEE, COMMITTEE.hash));
});

const BAD: readonly (readonly [what: string, c: Case, trace: string | undefined])[] = [
	[
		'its committee may still sign',
		{plan: plan => ({...plan, validFromMs: (plan.validFromMs ?? 0) - 1})},
		'committee-alive',
	],
	['it does not say since when it is valid', {plan: ({validFromMs: _, ...plan}) => plan}, undefined],
	['no record is read', {plan: plan => ({...plan, read: plan.read.slice(0, 1)})}, undefined],
	['the record has another name', {redeemer: recoverRedeemer.toData({record: encodeUtf8('x')})}, undefined],
	[
		'the record is of another policy',
		{record: {assets: new Map([[`${'ab'.repeat(28)}${toHex(NAME)}`, 1n]])}},
		undefined,
	],
	['the record lies in a wallet', {record: {address: walletAddress}}, 'record-address'],
	[
		'the proposal has not been enacted',
		{record: {datum: dataConstructor(1, ...fieldsOf(recordOutput().datum))}},
		'record-enacted',
	],
	['the record has another effect', {record: {datum: withEffectTag(4)}}, 'record-effect'],
	['the record is of an earlier checkpoint', {record: recorded({period: 2})}, 'record-period'],
	['the record is of a later checkpoint', {record: recorded({period: 4})}, 'record-period'],
	[
		'the record’s hash is too short',
		{record: recorded({committeeHash: hashOf(1).slice(1) as Hash32})},
		'recovery-width',
	],
	['it has been done', {before: {committeeHash: LIVING.hash}}, 'recovery-same'],
	[
		'the output names yet another committee',
		output({datum: datumWith({committeeHash: hashOf(1)})}),
		'out-datum',
	],
	['the period changes', output({datum: datumWith({period: 4})}), 'out-datum'],
	['the payout root changes', output({datum: datumWith({payoutRoot: hashOf(4)})}), 'out-datum'],
	['the state root changes', output({datum: datumWith({stateRoot: hashOf(4)})}), 'out-datum'],
	['the genesis hash changes', output({datum: datumWith({genesisHash: hashOf(8)})}), 'out-datum'],
	['the datum has a field more', output({datum: longer(datumWith({}))}), 'out-datum'],
	['the NFT leaves', output({assets: new Map()}), 'out-nft'],
	['its ADA falls', output({lovelace: 3n * ADA - 1n}), 'out-ada'],
	['junk is added', {plan: plan => changeOutput(plan, 0, withJunk(plan.outputs[0]))}, 'out-tokens'],
	[
		'a script is put on it',
		{plan: (plan, world) => changeOutput(plan, 0, {script: world.deployment.scripts.bridge})},
		'out-script',
	],
	[
		'the output has a stake part',
		{plan: (plan, world) => changeOutput(plan, 0, {address: withStake(world.addressOf('checkpoint'))})},
		undefined,
	],
	[
		'there are two outputs',
		{plan: plan => ({...plan, outputs: [...plan.outputs, ...plan.outputs]})},
		undefined,
	],
];

function fieldsOf(data: PlutusData | undefined): readonly PlutusData[] {
	return data?.kind === 'constructor' ? data.fields : [];
}
function withEffectTag(tag: number): PlutusData {
	const [id, effect, ...rest] = fieldsOf(recordOutput().datum);
	return dataConstructor(2, id as PlutusData, dataConstructor(tag, ...fieldsOf(effect)), ...rest);
}
function output(change: Partial<PlanOutput>): Case {
	return {plan: plan => changeOutput(plan, 0, change)};
}

for (const [what, c, trace] of BAD)
	test(`no committee is replaced when ${what}`, t => refuses(t, world => recover(world, c), trace));

test('an output without the NFT is no checkpoint', async t => {
	await refuses(
		t,
		world => {
			const {plan, utxos} = recover(world, {});
			const without = utxos.map((utxo, index) =>
				index === 0 ? {...utxo, output: {...utxo.output, assets: new Map()}} : utxo,
			);
			return {plan, utxos: without};
		},
		'own-nft',
	);
});

test('contracts that were compiled without governance know no recovery', async t => {
	const make = (world: World): JudgedTransaction => recover(world, {});
	t.false(judgeIn(traced, make(traced)).accepted);
	await unanimous(t, scriptsOf(production), make(production), false);
});

test('no plan is made for another checkpoint, or for what has been done', t => {
	const {plan} = checkpointState(production, {period: 4});
	t.deepEqual(recoverPlan(production.deployment, plan, RECORD), {
		ok: false,
		error: {code: 'RECOVERY_OF_OTHER_PERIOD', period: 3, stands: 4},
	});
	const {plan: done} = checkpointState(production, {committeeHash: LIVING.hash});
	t.deepEqual(recoverPlan(production.deployment, done, RECORD), {
		ok: false,
		error: {code: 'RECOVERY_DONE', period: 3},
	});
});
