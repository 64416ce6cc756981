/** Bond scripts compiled for tests, a forest that a provider has proven, and bonds to act on. */
import {leafHash, merklePath, merkleRoot} from '#crypto/merkle-tree';
import {defined} from '#kernel/assert';
import {Hash28, type Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {BondDeployment} from '#onchain/bond-deployment';
import {bondParamsOf} from '#onchain/bond-params';
import {type BondDatum, bondDatum, type DisputedBondDatum, disputedBondDatum} from '#onchain/data/bond-data';
import {type Bond, bondOutput, type DisputedBond} from '#onchain/plans/bond-plans';
import type {TimeRange} from '#onchain/plans/governance-plans';
import {buildBond} from '#onchain/plutus/build-bond';
import {forestRowHash, PROVIDERS_SECTION, type ProvenForest, stateRootOfForest} from '#onchain/state-row';
import {type ForestCommitment, forestCommitment} from '#storage-proofs/forest';
import type {LeafOpening} from '#storage-proofs/forest-proof';
import {proofOf, worldOf} from '../storage-proofs/worlds.ts';
import {ADA, OWNER, production, refOf, traced, type World} from './contract-world.ts';
import {crypto} from './crypto.ts';
import type {Utxo} from './script-context.ts';
import {hashOf} from './side-chain.ts';

export const NOW_MS = 1_790_000_000_000;
export const RANGE: TimeRange = {fromMs: NOW_MS, toMs: NOW_MS + 600_000};
export const ANSWER_MS = 432_000_000;
export const EXIT_MS = 5_184_000_000;
export const CHALLENGER: Hash28 = Hash28(new Uint8Array(28).fill(0x44));
export const PROVIDER: Hash32 = hashOf(0x61);
export const NAME: Hash32 = hashOf(0x62);

export type BondWorld = {readonly world: World; readonly deployment: BondDeployment};

const bondWorldOf = (world: World): BondWorld => {
	const params = bondParamsOf(world.deployment.scripts, {
		bond: Lovelace(50n * ADA),
		deposit: Lovelace(20n * ADA),
		reward: Lovelace(5n * ADA),
		answerMs: ANSWER_MS,
		exitMs: EXIT_MS,
	});
	const bond = {...buildBond(crypto, params, {traced: world === traced}), reference: refOf(205)};
	return {world, deployment: {network: world.deployment.network, params, bond}};
};

/** Scripts that trace the name of a failed check, and those that are deployed. */
export const tracedBond: BondWorld = bondWorldOf(traced);
export const productionBond: BondWorld = bondWorldOf(production);

/** Agreements of pieces with one leaf, an odd tree, a full one, and nothing at all. */
const HELD = worldOf([[1, 5_000, 40_960], [0, 1024], [70_001], [2_048, 3_073]]);
export const FOREST: ForestCommitment = forestCommitment(crypto, HELD.forest);

/** The opening of a leaf of that forest. */
export const openingOf = (leaf: bigint): LeafOpening =>
	defined(proofOf(HELD, [leaf]).openings[0], 'one leaf was asked for');

/** The forest's row among other rows, under the root of a state. */
export const provenForest = (
	change: Partial<ProvenForest> = {},
): ProvenForest & {readonly stateRoot: Hash32} => {
	const row = {provider: PROVIDER, epoch: 7, ...FOREST, seed: hashOf(0x63), ...change};
	const rows = [hashOf(1), hashOf(2), forestRowHash(crypto, row), hashOf(4), hashOf(5)];
	const sections = Array.from({length: 8}, (_, number) =>
		leafHash(crypto, number === PROVIDERS_SECTION ? merkleRoot(crypto, rows) : hashOf(0x70 + number)),
	);
	const proven: ProvenForest = {
		...row,
		index: 2,
		path: merklePath(crypto, rows, 2),
		sections: merklePath(crypto, sections, PROVIDERS_SECTION),
	};
	return {...proven, stateRoot: defined(stateRootOfForest(crypto, proven), 'indexes fit')};
};

export type Known<T> = {readonly plan: T; readonly utxo: Utxo};

export const bondState = (
	{deployment}: BondWorld,
	change: Partial<BondDatum> = {},
	{number = 20, name = NAME}: {readonly number?: number; readonly name?: Hash32} = {},
): Known<Bond> => {
	const datum: BondDatum = {owner: OWNER, provider: PROVIDER, exitAfterMs: 0, ...change};
	const plan: Bond = {ref: refOf(number), lovelace: 50n * ADA, name, datum};
	const output = bondOutput(deployment, name, {lovelace: plan.lovelace, datum: bondDatum.toData(datum)});
	return {plan, utxo: {ref: plan.ref, output}};
};

export const disputedState = (
	{deployment}: BondWorld,
	change: Partial<DisputedBondDatum> = {},
	{number = 21, name = NAME}: {readonly number?: number; readonly name?: Hash32} = {},
): Known<DisputedBond> => {
	const datum: DisputedBondDatum = {
		owner: OWNER,
		provider: PROVIDER,
		exitAfterMs: 0,
		challenger: CHALLENGER,
		...FOREST,
		leaf: 50n,
		answerByMs: NOW_MS,
		...change,
	};
	const plan: DisputedBond = {ref: refOf(number), lovelace: 70n * ADA, name, datum};
	const output = bondOutput(deployment, name, {
		lovelace: plan.lovelace,
		datum: disputedBondDatum.toData(datum),
	});
	return {plan, utxo: {ref: plan.ref, output}};
};
