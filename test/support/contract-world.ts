/** Contracts compiled for tests, traced and as deployed, and states of theirs to act on. */
import {toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {McOutRef} from '#kernel/main-chain-event';
import {enterpriseAddress} from '#onchain/cardano/address';
import {dataConstructor, type PlutusData} from '#onchain/cardano/plutus-data';
import type {ContractName} from '#onchain/contract-names';
import {CHECKPOINT_NFT_NAME, type CheckpointDatum, checkpointDatum} from '#onchain/data/checkpoint-data';
import {type ClaimDatum, claimDatum} from '#onchain/data/claim-data';
import {reserveDatum} from '#onchain/data/money-data';
import type {Deployment} from '#onchain/deployment';
import {claimIdOf} from '#onchain/plans/claim-plans';
import {scriptAddress} from '#onchain/plans/deploy-plan';
import type {PlanOutput, PlanUtxo, PlanUtxoWith, TransactionPlan} from '#onchain/plans/transaction-plan';
import {buildContracts} from '#onchain/plutus/build-contracts';
import type {PlutusScript} from '#onchain/plutus-script';
import {crypto} from './crypto.ts';
import {judge, type Verdict} from './plutus-machine.ts';
import type {JudgedTransaction, Utxo} from './script-context.ts';
import {hashOf, type TestCommittee, testCommittee} from './side-chain.ts';

export const ADA = 1_000_000n;
export const COMMITTEE: TestCommittee = testCommittee([40n, 20n]);
export const GENESIS_HASH: Hash32 = hashOf(7);
export const PERIOD_MS = 1_000;
export const SYSTEM_START_MS = 1_780_000_000_000;
export const OWNER: Hash28 = Hash28(new Uint8Array(28).fill(0x11));
export const OPERATOR_VK: Uint8Array = new Uint8Array(32).fill(0x22);

export const refOf = (number: number): McOutRef => ({
	txId: Hash32(crypto.blake2b256(Uint8Array.of(number))),
	index: 0,
});
export const SEED: McOutRef = refOf(0);
export const walletAddress: Uint8Array = enterpriseAddress('testnet', {kind: 'key', hash: OWNER});

export type World = {readonly deployment: Deployment; readonly addressOf: (name: ContractName) => Uint8Array};

const params = {
	seed: SEED,
	genesisCommitteeHash: COMMITTEE.hash,
	systemStartMs: SYSTEM_START_MS,
	periodMs: PERIOD_MS,
	networkMagic: 42,
};

const worldOf = (traced: boolean): World => {
	const contracts = buildContracts(crypto, params, {traced});
	const deployed = (name: ContractName, number: number) => ({...contracts[name], reference: refOf(number)});
	const deployment: Deployment = {
		network: {magic: 42, zeroTimeMs: SYSTEM_START_MS, slotLengthMs: 1_000},
		params,
		genesisHash: GENESIS_HASH,
		treasuryClaimId: claimIdOf(crypto, SEED),
		scripts: {
			checkpoint: deployed('checkpoint', 101),
			registry: deployed('registry', 102),
			treasury: deployed('treasury', 103),
			bridge: deployed('bridge', 104),
		},
	};
	return {deployment, addressOf: name => scriptAddress('testnet', contracts[name].hash)};
};

/** Scripts that trace the name of a failed check, and those that are deployed. */
export const traced: World = worldOf(true);
export const production: World = worldOf(false);

/** An output of a wallet, for seeds and references. */
export const walletUtxo = (ref: McOutRef): Utxo => ({
	ref,
	output: {address: walletAddress, lovelace: 100n * ADA},
});

/** What holds a reference script, reduced to what scripts see of it. */
export const referenceUtxos = ({deployment}: World): readonly Utxo[] =>
	Object.values(deployment.scripts).map(({reference}) => walletUtxo(reference));

const nftOutput = (
	world: World,
	nft: {readonly name: ContractName; readonly token: Uint8Array},
	lovelace: bigint,
	datum: PlutusData,
): PlanOutput => ({
	address: world.addressOf(nft.name),
	lovelace,
	assets: new Map([[toHex(world.deployment.scripts[nft.name].hash) + toHex(nft.token), 1n]]),
	datum,
});

export type State<T> = {readonly utxo: Utxo; readonly plan: PlanUtxoWith<T>};

const stateOf = <T>(ref: McOutRef, output: PlanOutput, datum: T): State<T> => ({
	utxo: {ref, output},
	plan: {ref, lovelace: output.lovelace, datum},
});

export const checkpointState = (
	world: World,
	change: Partial<CheckpointDatum> = {},
): State<CheckpointDatum> => {
	const datum: CheckpointDatum = {
		genesisHash: GENESIS_HASH,
		period: 3,
		blockHash: hashOf(1),
		stateRoot: hashOf(2),
		payoutRoot: hashOf(3),
		committeeHash: COMMITTEE.hash,
		...change,
	};
	const nft = {name: 'checkpoint', token: CHECKPOINT_NFT_NAME} as const;
	return stateOf(refOf(1), nftOutput(world, nft, 3n * ADA, checkpointDatum.toData(datum)), datum);
};

export const claimState = (
	world: World,
	claimId: Hash32,
	change: Partial<ClaimDatum> = {},
	number = 2,
): State<ClaimDatum> => {
	const datum: ClaimDatum = {
		ownerPkh: OWNER,
		operatorVk: OPERATOR_VK,
		claimed: Lovelace(5n * ADA),
		collateral: Lovelace(0n),
		status: 0,
		exitAfter: 0n,
		...change,
	};
	const nft = {name: 'registry', token: claimId} as const;
	return stateOf(refOf(number), nftOutput(world, nft, 3n * ADA, claimDatum.toData(datum)), datum);
};

export const moneyState = (
	world: World,
	name: 'bridge' | 'treasury',
	lovelace: bigint,
	number: number,
): {readonly utxo: Utxo; readonly plan: PlanUtxo} => {
	const ref = refOf(number);
	const output = {address: world.addressOf(name), lovelace, datum: reserveDatum.toData({})};
	return {utxo: {ref, output}, plan: {ref, lovelace}};
};

/** The plan with one output replaced. */
export const changeOutput = (
	plan: TransactionPlan,
	position: number,
	change: Partial<PlanOutput>,
): TransactionPlan => ({
	...plan,
	outputs: plan.outputs.map((output, index) => (index === position ? {...output, ...change} : output)),
});

/** A token of somebody else's policy. */
export const JUNK: string = `${'ab'.repeat(28)}00`;
export const withJunk = (output: PlanOutput | undefined): Partial<PlanOutput> => ({
	assets: new Map([...(output?.assets ?? []), [JUNK, 1n]]),
});

/** A script address with a stake part of the attacker's. */
export const withStake = (address: Uint8Array): Uint8Array =>
	Uint8Array.of(0x10, ...address.slice(1), ...new Uint8Array(28).fill(0xee));

/** One datum field more. */
export const longer = (datum: PlutusData | undefined): PlutusData =>
	datum?.kind === 'constructor'
		? dataConstructor(datum.tag, ...datum.fields, dataConstructor(0))
		: dataConstructor(0);

/** The same fields under another constructor. */
export const otherConstructor = (datum: PlutusData | undefined): PlutusData =>
	datum?.kind === 'constructor' ? dataConstructor(datum.tag + 1, ...datum.fields) : dataConstructor(9);

export const scriptsOf = ({deployment}: Pick<World, 'deployment'>): readonly PlutusScript[] =>
	Object.values(deployment.scripts);

/** Verdict of a world's scripts. */
export const judgeIn = (world: World, transaction: JudgedTransaction): Verdict =>
	judge(scriptsOf(world), transaction);
