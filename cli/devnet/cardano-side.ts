/** Everything that a devnet does on Cardano, for its people: deployment, claims, checkpoints, balances. */
import {writeFile} from 'node:fs/promises';
import {type CommitteeMember, committeeHash} from '#crypto/checkpoint-message';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {type GenesisHash, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {CardanoGenesis} from '#ledger/genesis/genesis';
import {openCardanoIndex} from '#node/adapters/cardano-index';
import {deployContracts, prepareDeployment} from '#node/adapters/lucid/deploy-contracts';
import type {SeedOptions} from '#node/adapters/lucid/found-governance';
import {type CardanoContracts, createLucidContracts} from '#node/adapters/lucid/lucid-contracts';
import type {CardanoAccess, CardanoPlace, WatchedAccess} from '#node/adapters/lucid/lucid-session';
import type {CheckpointView, PayoutProofView} from '#node/ports/control-api';
import {encodeDeployment, type PreparedDeployment} from '#onchain/deployment';
import type {GovernanceTerms} from '#onchain/governance-terms';
import {advanceRequest, payoutProofFrom} from '../checkpoint-request.ts';
import type {CardanoReady} from '../commands/cardano-devnet.ts';
import type {Layout} from './layout.ts';
import type {Person, ProviderPerson} from './people.ts';

/** What a transaction on Cardano was: for the account of the run. */
export type CardanoReceipt = {
	readonly txId: string;
	readonly bytes: number;
	readonly fee: bigint;
	readonly cpu: bigint;
	readonly memory: bigint;
};

type Executed = {
	readonly txId: Uint8Array;
	readonly size: number;
	readonly fee: bigint;
	readonly executionUnits: {readonly cpu: bigint; readonly memory: bigint};
};

const receiptOf = ({txId, size, fee, executionUnits}: Executed): CardanoReceipt => ({
	txId: toHex(txId),
	bytes: size,
	fee,
	...executionUnits,
});

/** Refusals by the ledger throw CARDANO_TRANSACTION_REFUSED with its reason. */
export type CardanoSide = {
	/** Opens the claim UTxO of a provider, paid for by its owner; returns the claim id in hexadecimal. */
	openClaim(provider: ProviderPerson): Promise<string>;
	/** Hands a checkpoint in. `unchecked` sends exactly these signatures and leaves the verdict to the ledger alone. */
	advance(
		checkpoint: CheckpointView,
		signatures: CheckpointView['signatures'],
		options?: {readonly unchecked?: boolean},
	): Promise<CardanoReceipt>;
	/** Claims what `proof` grants to its owner; another `amount` of lovelace only to see it refused. */
	claim(
		owner: Person,
		proof: PayoutProofView,
		options?: {readonly amount?: bigint; readonly unchecked?: boolean},
	): Promise<CardanoReceipt>;
	/** Takes the treasury's leaf from the bridge to the treasury script; anyone may. */
	claimTreasury(proof: PayoutProofView): Promise<CardanoReceipt>;
	bridgeBalance(): Promise<bigint>;
	treasuryBalance(): Promise<bigint>;
	/** All that a person can do there. */
	contractsOf(person: Pick<Person, 'seed'>): CardanoContracts;
	/** What is at the person's address on Cardano. */
	walletBalance(person: Person): Promise<bigint>;
};

export type Prepared = {
	readonly deployment: PreparedDeployment;
	/** For the genesis file. */
	readonly section: Omit<CardanoGenesis, 'stableDepth'>;
};

/** `operator`: whose wallet deploys and hands checkpoints in. */
export type Access = {
	readonly crypto: Crypto & SecretCrypto;
	readonly ready: CardanoReady;
	readonly operator: Pick<Person, 'seed'>;
};

/** A wallet by its key or, where that is elsewhere, by its address. */
export type Operator =
	| Pick<Person, 'seed'>
	| Pick<CardanoAccess, 'walletKey'>
	| Pick<WatchedAccess, 'walletAddress' | 'nativeScript'>;

export const placeOf = ({
	url,
	ogmiosUrl = url,
	networkMagic,
	zeroTimeMs,
	slotLengthMs,
}: CardanoReady): CardanoPlace => ({
	kupoUrl: url,
	ogmiosUrl,
	network: {magic: networkMagic, zeroTimeMs, slotLengthMs},
});

const accessOf = (ready: CardanoReady, {seed}: Pick<Person, 'seed'>): CardanoAccess => ({
	...placeOf(ready),
	walletKey: seed,
});

/** Compiles the contracts for the committee of the genesis. Nothing is on Cardano yet, but a wallet of one output may be split for governance. */
export const prepareContracts = async (
	{crypto, ready, operator}: Omit<Access, 'operator'> & {readonly operator: Operator},
	committee: readonly CommitteeMember[],
	options: {
		readonly systemStartMs: number;
		readonly periodMs: number;
		/** Without it nobody governs. */
		readonly governance?: GovernanceTerms | undefined;
		readonly deliver?: SeedOptions['deliver'];
	},
): Promise<Prepared> => {
	const wallet = 'seed' in operator ? {walletKey: operator.seed} : operator;
	const deployment = await prepareDeployment(
		crypto,
		{...placeOf(ready), ...wallet},
		{
			genesisCommitteeHash: committeeHash(crypto, committee),
			...options,
		},
	);
	const start = await openCardanoIndex(ready.url).checkpoint(0, undefined);
	const {scripts, treasuryClaimId, governance} = deployment;
	return {
		deployment,
		section: {
			networkMagic: ready.networkMagic,
			checkpointScriptHash: scripts.checkpoint.hash,
			bridgeScriptHash: scripts.bridge.hash,
			treasuryScriptHash: scripts.treasury.hash,
			registryPolicy: scripts.registry.hash,
			treasuryClaimId,
			governanceScriptHash: governance?.governance.hash ?? null,
			start: start ?? {slot: 0, hash: Hash32(new Uint8Array(32))},
		},
	};
};

/** Deploys in one transaction: NFT, reference scripts, and ADA equal to the genesis credits in the bridge. */
export const deployOnCardano = async (
	access: Access,
	layout: Pick<Layout, 'deployment'>,
	{deployment: prepared}: Prepared,
	{genesisHash, backing}: {readonly genesisHash: GenesisHash; readonly backing: bigint},
): Promise<{readonly side: CardanoSide; readonly receipt: CardanoReceipt}> => {
	const {crypto, ready, operator} = access;
	const {deployment, transaction} = await deployContracts(accessOf(ready, operator), prepared, {
		genesisHash,
		backing: Lovelace(backing),
	});
	await writeFile(layout.deployment, encodeDeployment(deployment));
	const wallets = new Map<string, CardanoContracts>();
	const contractsOf = (person: Pick<Person, 'seed'>): CardanoContracts => {
		const name = toHex(crypto.ed25519VerificationKey(person.seed));
		const known = wallets.get(name) ?? createLucidContracts(crypto, accessOf(ready, person), deployment);
		wallets.set(name, known);
		return known;
	};
	const operators = contractsOf(operator);

	const side: CardanoSide = {
		openClaim: async ({owner, operatorVk}) => {
			const request = {kind: 'provider', operatorVk, collateral: Lovelace(50_000_000n)} as const;
			return toHex((await contractsOf(owner).openClaim(request)).claimId);
		},
		advance: async (checkpoint, signatures, {unchecked = false} = {}) => {
			const request = advanceRequest(crypto, checkpoint, signatures);
			return receiptOf(await operators.advanceCheckpoint(request, {unchecked}));
		},
		claim: async (owner, proof, {amount, unchecked = false} = {}) => {
			const request = {proof: payoutProofFrom(proof), ...(amount !== undefined && {amount})};
			return receiptOf(await contractsOf(owner).claimWithdrawal(request, {unchecked}));
		},
		claimTreasury: async proof =>
			receiptOf(await operators.claimTreasuryShare({proof: payoutProofFrom(proof)})),
		bridgeBalance: () => operators.bridgeBalance(),
		treasuryBalance: () => operators.treasuryBalance(),
		contractsOf,
		walletBalance: async person => {
			const {address} = contractsOf(person).wallet;
			const outputs = await openCardanoIndex(ready.url).matches(address, 'unspent', undefined);
			return outputs.reduce((sum, {lovelace}) => sum + lovelace, 0n);
		},
	};
	return {side, receipt: receiptOf(transaction)};
};
