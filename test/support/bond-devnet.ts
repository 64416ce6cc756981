/** The whole life of providers' bonds on the devnet: put up, kept, disputed, answered, disputed again and slashed; another taken back. */
import {leafHash, rootOfPath} from '#crypto/merkle-tree';
import {pieceIdOf} from '#crypto/piece-id';
import {assert, defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {walletOutput} from '#node/adapters/lucid/deploy-contracts';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import type {BondDeployment} from '#onchain/bond-deployment';
import {BOND_TERMS, bondParamsOf} from '#onchain/bond-params';
import {cardanoKey} from '#onchain/cardano/key-address';
import {bondDatum, disputedBondDatum} from '#onchain/data/bond-data';
import {
	announceExitPlan,
	answerDisputePlan,
	type Bond,
	type DisputedBond,
	disputeBondPlan,
	keepBondPlan,
	leaveBondPlan,
	publishBondPlan,
	registerBondPlan,
	slashBondPlan,
} from '#onchain/plans/bond-plans';
import {claimIdOf} from '#onchain/plans/claim-plans';
import type {TimeRange} from '#onchain/plans/governance-plans';
import {slotStart} from '#onchain/plans/time-range';
import {buildBond} from '#onchain/plutus/build-bond';
import {type ProvenForest, stateRootOfForest} from '#onchain/state-row';
import {challengeIndexes} from '#storage-proofs/challenge';
import {agreementPayloadOf} from '#storage-proofs/forest';
import type {LeafOpening} from '#storage-proofs/forest-proof';
import {followTriePath, type TriePath} from '#storage-proofs/trie/trie-path';
import {
	type ContractDevnet,
	type ContractDevnetOptions,
	passSlots,
	slotNow,
	WALLET,
} from './contract-devnet.ts';
import {crypto} from './crypto.ts';
import {must} from './must.ts';
import {hashOf, signCheckpoint, type TestCommittee} from './side-chain.ts';

const ADA = 1_000_000n;
const DAY_MS = 86_400_000;
const OWNER = cardanoKey(crypto, 'testnet', WALLET).keyHash;

/** As deep as with ten terabytes: a thousand agreements, a hundred thousand pieces in each, pieces of four MiB. */
const AGREEMENT_DEPTHS = 10;
const PIECE_DEPTHS = 17;
const PIECE_LEVELS = 12;
const PIECE_BYTES = 2 ** 22;
/** As many rows as five thousand providers have in a month. */
const ROW_LEVELS = 18;

const AGREEMENT_ID = hashOf(0);
const REVISION = 9n;
const TOTAL_LEAVES = BigInt(2 ** PIECE_LEVELS + AGREEMENT_DEPTHS + PIECE_DEPTHS);

/** What stands beside the way down: one leaf each. */
const pathOf = (depths: number): TriePath =>
	Array.from({length: depths}, (_, depth) => ({depth, sibling: hashOf(depth + 1), siblingSum: 1n}));

const pieceAt = (index: number): Pick<LeafOpening, 'pieceId' | 'piece'> => {
	const leaf = new Uint8Array(1024).fill(7);
	const path = Array.from({length: PIECE_LEVELS}, (_, level) => hashOf(0x40 + level));
	const root = defined(rootOfPath(crypto, leafHash(crypto, leaf), index, path), 'the index fits the path');
	return {pieceId: pieceIdOf(crypto, PIECE_BYTES, root), piece: {pieceLength: PIECE_BYTES, leaf, path}};
};

type Shown = {readonly opening: LeafOpening; readonly root: Hash32};

/** A forest of which one leaf is known, so that it stands at `wanted` of all; undefined where it cannot. */
const forestAround = (wanted: bigint): Shown | undefined => {
	for (let index = Number(wanted); index >= 0 && index >= Number(wanted) - PIECE_DEPTHS; index--) {
		const {pieceId, piece} = pieceAt(index);
		const piecePath = pathOf(PIECE_DEPTHS);
		const leaves = BigInt(2 ** PIECE_LEVELS);
		const inAgreement = must(
			followTriePath(crypto, {key: pieceId, sum: leaves, payload: new Uint8Array(0)}, piecePath),
		);
		if (inAgreement.offset + BigInt(index) !== wanted) continue;
		const agreementPath = pathOf(AGREEMENT_DEPTHS);
		const payload = agreementPayloadOf(inAgreement.root, REVISION);
		const leaf = {key: AGREEMENT_ID, sum: inAgreement.sum, payload};
		const {root, sum} = must(followTriePath(crypto, leaf, agreementPath));
		assert(sum === TOTAL_LEAVES, 'all leaves are counted');
		const opening = {
			agreementId: AGREEMENT_ID,
			revisionNo: REVISION,
			agreementRoot: inAgreement.root,
			agreementPath,
			pieceId,
			piecePath,
			piece,
		};
		return {root, opening};
	}
	return undefined;
};

/** A proven forest of a provider, with the leaf that its first challenge asks for. */
export const provenAndShown = (
	genesisHash: Hash32,
	provider: Hash32,
): ProvenForest & {readonly opening: LeafOpening} => {
	for (let number = 1; ; number++) {
		const seed = hashOf(number);
		const drawn = {genesisHash, seed, providerId: provider, epoch: Epoch(7), totalLeaves: TOTAL_LEAVES};
		const shown = forestAround(defined(challengeIndexes(crypto, drawn)[0], 'eight are drawn'));
		if (shown === undefined) continue;
		const {root, opening} = shown;
		const siblings = (count: number) => Array.from({length: count}, (_, level) => hashOf(0x90 + level));
		const row = {provider, epoch: 7, seed, root, totalLeaves: TOTAL_LEAVES};
		return {...row, index: 1_234, path: siblings(ROW_LEVELS), sections: siblings(3), opening};
	}
};

const deploymentOf = ({deployment}: ContractDevnet): BondDeployment => {
	const params = bondParamsOf(deployment.scripts, BOND_TERMS);
	return {network: deployment.network, params, bond: buildBond(crypto, params)};
};

const SLOT_MS = 600_000;
export const BOND_SLOTS: NonNullable<ContractDevnetOptions['slots']> = {lengthMs: SLOT_MS, manual: true};

/** From now to half an hour from now. */
const rangeNow = async ({url, deployment}: ContractDevnet): Promise<TimeRange> => {
	const fromMs = slotStart(deployment.network, await slotNow(url));
	return {fromMs, toMs: fromMs + 3 * SLOT_MS};
};

export type BondLife = {readonly step: string; readonly transaction: ExecutedTransaction};

/** A bond and where it is after a transaction whose first output it is. */
const after = <T extends Bond | DisputedBond>(bond: T, {txId}: ExecutedTransaction): T => ({
	...bond,
	ref: {txId, index: 0},
});

/** A checkpoint of the next period, under whose state that forest was proven. */
export const checkpointWith = async (
	{contracts, deployment}: ContractDevnet,
	committee: TestCommittee,
	forest: ProvenForest,
): Promise<void> => {
	const next = {
		period: (await contracts.readCheckpoint()).period + 1,
		blockHash: hashOf(1),
		stateRoot: defined(stateRootOfForest(crypto, forest), 'indexes fit'),
		payoutRoot: hashOf(3),
		nextCommitteeHash: committee.hash,
	};
	const signatures = signCheckpoint(committee, deployment, next);
	await contracts.advanceCheckpoint({next, committee: committee.members, signatures});
};

/** All transactions of bonds, once, on a devnet with a committee of its own. */
export const liveBonds = async (
	devnet: ContractDevnet,
	committee: TestCommittee,
): Promise<readonly BondLife[]> => {
	const {contracts, deployment, execute, reader} = devnet;
	const life: BondLife[] = [];
	const step = async (
		name: string,
		transaction: Promise<ExecutedTransaction>,
	): Promise<ExecutedTransaction> => {
		life.push({step: name, transaction: await transaction});
		return transaction;
	};
	const opened = await contracts.openClaim({
		kind: 'provider',
		operatorVk: new Uint8Array(32),
		collateral: Lovelace(0n),
	});
	const {claimId: provider} = opened;
	const {opening, ...forest} = provenAndShown(deployment.genesisHash, provider);
	await checkpointWith(devnet, committee, forest);
	const compiled = deploymentOf(devnet);
	const published = await step('publish-bond', execute(publishBondPlan(compiled)));
	const bonds: BondDeployment = {
		...compiled,
		bond: {...compiled.bond, reference: {txId: published.txId, index: 0}},
	};
	const putUp = async (name: string): Promise<Bond> => {
		const seed = await walletOutput({kupoUrl: devnet.url}, contracts.wallet.address);
		const claim = (await reader.claim(provider)).ref;
		const {txId} = await step(
			name,
			execute(registerBondPlan(crypto, bonds, {seed, owner: OWNER, provider, claim})),
		);
		const datum = {owner: OWNER, provider, exitAfterMs: 0};
		return {ref: {txId, index: 0}, lovelace: 50n * ADA, name: claimIdOf(crypto, seed), datum};
	};
	const leaving = await putUp('register-bond');
	const exit = await rangeNow(devnet);
	const announced = await step('announce-exit', execute(announceExitPlan(bonds, leaving, exit)));
	const first = await putUp('register-another-bond');
	const kept = await step('keep-bond', execute(keepBondPlan(bonds, first, {more: 2n * ADA})));
	const idle: Bond = {...after(first, kept), lovelace: 52n * ADA};
	const dispute = async (name: string, bond: Bond): Promise<DisputedBond> => {
		const checkpoint = await reader.checkpoint();
		const range = await rangeNow(devnet);
		const request = {checkpoint, forest, challenge: 0, challenger: OWNER, range};
		const plan = must(disputeBondPlan(crypto, bonds, bond, request));
		const datum = must(disputedBondDatum.fromData(defined(plan.outputs[0]?.datum, 'the bond goes on')));
		const lovelace = bond.lovelace + bonds.params.deposit;
		return {...after({...bond, datum}, await step(name, execute(plan))), lovelace};
	};
	const asked = await dispute('dispute-bond', idle);
	const answer = must(answerDisputePlan(crypto, bonds, asked, opening));
	const answered = await step('answer-dispute', execute(answer));
	const datum = must(bondDatum.fromData(defined(answer.outputs[0]?.datum, 'the bond goes on')));
	const again = await dispute('dispute-again', {
		...after({...asked, datum}, answered),
		lovelace: asked.lovelace,
	});
	const slashed = slashBondPlan(bonds, again);
	await passSlots(devnet.url, (61 * DAY_MS) / SLOT_MS);
	await step('slash-bond', execute(slashed));
	const left = {
		...after(leaving, announced),
		datum: {...leaving.datum, exitAfterMs: exit.toMs + bonds.params.exitMs},
	};
	await step('leave-bond', execute(must(leaveBondPlan(bonds, left))));
	return life;
};
