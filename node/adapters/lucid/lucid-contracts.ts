import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import type {AccountId, Hash28, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import type {AdvanceRequest} from '#node/ports/checkpoint-contract';
import {bondsOf} from '#onchain/bond-deployment';
import {addressText} from '#onchain/cardano/address';
import type {CardanoKey} from '#onchain/cardano/key-address';
import {type NativeScript, nativeScriptHash} from '#onchain/cardano/native-script';
import {quorumCertificate, uncheckedCertificate} from '#onchain/committee';
import type {CheckpointDatum} from '#onchain/data/checkpoint-data';
import type {ClaimDatum} from '#onchain/data/claim-data';
import type {Provenance} from '#onchain/data/money-data';
import type {Deployment} from '#onchain/deployment';
import {governanceOf} from '#onchain/governance-deployment';
import {PAYOUT_TAG, type PayoutProof} from '#onchain/payout';
import {advancePlan} from '#onchain/plans/checkpoint-plan';
import {claimIdOf, type OpenClaimRequest, openClaimPlan} from '#onchain/plans/claim-plans';
import {networkIdOf, scriptAddress} from '#onchain/plans/deploy-plan';
import {bridgeDepositPlan, treasuryDepositPlan} from '#onchain/plans/deposit-plans';
import {type CoOwners, payoutPlan} from '#onchain/plans/payout-plan';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {type BondContracts, createBondContracts} from './bond-contracts.ts';
import {balanceOf, type ContractReader, createContractReader} from './contract-reader.ts';
import {walletOutput} from './deploy-contracts.ts';
import type {Deliver, ExecutedTransaction, ExecuteOptions} from './execute-plan.ts';
import {createGovernanceContracts, type GovernanceContracts} from './governance-contracts.ts';
import type {CardanoAccess, WatchedAccess} from './lucid-session.ts';
import {
	bridgeDepositPurpose,
	checkpointPurpose,
	openClaimPurpose,
	payoutPurpose,
	purposeOn,
	treasuryDepositPurpose,
} from './payment-purpose.ts';
import {PlanRunner, planned, type WalletOptions} from './plan-runner.ts';
import {walletOf} from './wallet-of.ts';

export type OpenedClaim = {readonly claimId: Hash32; readonly transaction: ExecutedTransaction};

export type ClaimRequest = {
	readonly proof: PayoutProof;
	/** Lovelace to take, by default what is due; anything else is for showing that it is refused. */
	readonly amount?: bigint;
	/** Of a claim that several keys own together. */
	readonly owners?: NativeScript | undefined;
};

export type ClaimOpening = Pick<OpenClaimRequest, 'kind' | 'operatorVk' | 'collateral'> & {
	/** Who owns it, if not the wallet's key. */
	readonly owners?: NativeScript | undefined;
};

export type TreasuryDepositRequest = {readonly amount: Lovelace; readonly provenance: Provenance};

type Options = {readonly signal?: AbortSignal};

/**
 * What can be done with the contracts, by one wallet. Each verb resolves once its transaction is in a block and throws
 * `NodeError`: CARDANO_TRANSACTION_REFUSED (the ledger's `reason`), CARDANO_SCRIPT_REFUSED (found before
 * submission), CARDANO_FUNDS_MISSING, CARDANO_OUTPUT_SPENT after several tries, CARDANO_UNREACHABLE, and what its plan says.
 * With `unchecked` nothing is judged before the ledger does.
 */
export type CardanoContracts = {
	readonly wallet: CardanoKey;
	/** undefined where nobody governs. */
	readonly governance: GovernanceContracts | undefined;
	/** undefined where providers put up no bonds. */
	readonly bonds: BondContracts | undefined;
	openClaim(request: ClaimOpening, options?: Options): Promise<OpenedClaim>;
	depositToBridge(
		request: {readonly account: AccountId; readonly amount: Lovelace},
		options?: Options,
	): Promise<ExecutedTransaction>;
	depositToTreasury(request: TreasuryDepositRequest, options?: Options): Promise<ExecutedTransaction>;
	/** Only what an earlier run has signed for this very deposit; nothing is signed. */
	resumeTreasuryDeposit(
		request: TreasuryDepositRequest,
		options?: Options,
	): Promise<ExecutedTransaction | undefined>;
	advanceCheckpoint(request: AdvanceRequest, options?: ExecuteOptions): Promise<ExecutedTransaction>;
	/** A withdrawal of the wallet's own claim. */
	claimWithdrawal(request: ClaimRequest, options?: ExecuteOptions): Promise<ExecutedTransaction>;
	/** The treasury's share of the fees, to the treasury; anybody may do it. */
	claimTreasuryShare(request: ClaimRequest, options?: ExecuteOptions): Promise<ExecutedTransaction>;
	/** A subsidy of the wallet's own subsidy claim, from the treasury. */
	claimSubsidy(request: ClaimRequest, options?: ExecuteOptions): Promise<ExecutedTransaction>;
	readCheckpoint(options?: Options): Promise<CheckpointDatum>;
	readClaim(claimId: Hash32, options?: Options): Promise<ClaimDatum>;
	bridgeBalance(options?: Options): Promise<Lovelace>;
	treasuryBalance(options?: Options): Promise<Lovelace>;
};

class LucidContracts implements CardanoContracts {
	readonly wallet: CardanoKey;
	readonly governance: GovernanceContracts | undefined;
	readonly bonds: BondContracts | undefined;
	readonly #crypto: Crypto & SecretCrypto;
	readonly #access: CardanoAccess | WatchedAccess;
	readonly #deployment: Deployment;
	readonly #reader: ContractReader;
	readonly #runner: PlanRunner;

	constructor(
		crypto: Crypto & SecretCrypto,
		access: CardanoAccess | WatchedAccess,
		deployment: Deployment,
		options: WalletOptions,
	) {
		this.#crypto = crypto;
		this.#access = access;
		this.#deployment = deployment;
		this.#reader = createContractReader(access.kupoUrl, deployment);
		this.#runner = new PlanRunner(access, options);
		this.wallet = walletOf(crypto, access);
		const governance = governanceOf(deployment);
		this.governance =
			governance &&
			createGovernanceContracts(crypto, {
				kupoUrl: access.kupoUrl,
				deployment: governance,
				contracts: deployment,
				wallet: this.wallet,
				runner: this.#runner,
			});
		const bonds = bondsOf(deployment);
		this.bonds =
			bonds &&
			createBondContracts(crypto, {
				kupoUrl: access.kupoUrl,
				deployment: bonds,
				wallet: this.wallet,
				runner: this.#runner,
				contracts: this.#reader,
			});
	}

	async openClaim(request: ClaimOpening, {signal}: Options = {}): Promise<OpenedClaim> {
		let claimId: Hash32 | undefined;
		const opening = {...request, ...this.#ownerOf(request)};
		const plan = async (): Promise<TransactionPlan> => {
			await this.#mustStand(signal);
			const seed = await walletOutput(this.#access, this.wallet.address, signal);
			claimId = claimIdOf(this.#crypto, seed);
			return openClaimPlan(this.#crypto, this.#deployment, {...opening, seed});
		};
		const transaction = await this.#execute(openClaimPurpose(opening), plan, {signal});
		return {claimId: claimId ?? (await this.#reader.claimOpenedBy(transaction.txId, signal)), transaction};
	}

	depositToBridge(
		request: {readonly account: AccountId; readonly amount: Lovelace},
		{signal}: Options = {},
	): Promise<ExecutedTransaction> {
		return this.#execute(
			bridgeDepositPurpose(request),
			() => this.#mustStand(signal).then(() => bridgeDepositPlan(this.#deployment, request)),
			{signal},
		);
	}

	resumeTreasuryDeposit(
		request: TreasuryDepositRequest,
		{signal}: Options = {},
	): Promise<ExecutedTransaction | undefined> {
		const purpose = purposeOn(this.#deployment, treasuryDepositPurpose(request));
		return this.#runner.resume(purpose, signal);
	}

	depositToTreasury(request: TreasuryDepositRequest, {signal}: Options = {}): Promise<ExecutedTransaction> {
		return this.#execute(
			treasuryDepositPurpose(request),
			() => this.#mustStand(signal).then(() => treasuryDepositPlan(this.#deployment, request)),
			{signal},
		);
	}

	advanceCheckpoint(request: AdvanceRequest, options: ExecuteOptions = {}): Promise<ExecutedTransaction> {
		return this.#execute(checkpointPurpose(request), () => this.#advance(request, options), options);
	}

	claimWithdrawal(request: ClaimRequest, options: ExecuteOptions = {}): Promise<ExecutedTransaction> {
		return this.#execute(payoutPurpose(request), () => this.#payout(request, options), options);
	}

	claimTreasuryShare(request: ClaimRequest, options: ExecuteOptions = {}): Promise<ExecutedTransaction> {
		return this.claimWithdrawal(request, options);
	}

	claimSubsidy(request: ClaimRequest, options: ExecuteOptions = {}): Promise<ExecutedTransaction> {
		return this.claimWithdrawal(request, options);
	}

	async readCheckpoint({signal}: Options = {}): Promise<CheckpointDatum> {
		return (await this.#reader.checkpoint(signal)).datum;
	}

	async readClaim(claimId: Hash32, {signal}: Options = {}): Promise<ClaimDatum> {
		return (await this.#reader.claim(claimId, signal)).datum;
	}

	async bridgeBalance({signal}: Options = {}): Promise<Lovelace> {
		return balanceOf(await this.#reader.bridgeMoney(signal));
	}

	async treasuryBalance({signal}: Options = {}): Promise<Lovelace> {
		return balanceOf(await this.#reader.treasuryMoney(signal));
	}

	/** On another network the addresses are the same, and nobody would ever pay out what is sent there. Throws CARDANO_CONTRACT_MISSING. */
	async #mustStand(signal: AbortSignal | undefined): Promise<void> {
		await this.#reader.checkpoint(signal);
	}

	/** What a wallet signs for one side-chain is none of another's business. */
	#execute(
		purpose: string,
		plan: () => Promise<TransactionPlan>,
		options: ExecuteOptions,
	): Promise<ExecutedTransaction> {
		return this.#runner.run(purposeOn(this.#deployment, purpose), plan, options);
	}

	async #advance(
		{next, committee, signatures}: AdvanceRequest,
		{unchecked, signal}: ExecuteOptions,
	): Promise<TransactionPlan> {
		const current = await this.#reader.checkpoint(signal);
		const claim = {
			...next,
			genesisHash: this.#deployment.genesisHash,
			cardanoNetworkMagic: this.#deployment.params.networkMagic,
			checkpointScriptHash: this.#deployment.scripts.checkpoint.hash,
		};
		const certificate = unchecked
			? uncheckedCertificate(committee, signatures)
			: planned(quorumCertificate(this.#crypto, claim, committee, signatures));
		return advancePlan(this.#deployment, current, next, certificate);
	}

	#ownerOf({owners}: ClaimOpening): Pick<OpenClaimRequest, 'ownerKeyHash' | 'ownerAddress'> {
		if (owners === undefined) return {ownerKeyHash: this.wallet.keyHash};
		const hash = nativeScriptHash(this.#crypto, owners);
		return {ownerKeyHash: hash, ownerAddress: this.#scriptAddress(hash)};
	}

	#scriptAddress(hash: Hash28): Uint8Array {
		return scriptAddress(networkIdOf(this.#deployment.network.magic), hash);
	}

	/** The owners with an output that they act by. */
	async #coOwners(
		script: NativeScript,
		claim: ClaimDatum,
		signal: AbortSignal | undefined,
	): Promise<CoOwners> {
		const hash = nativeScriptHash(this.#crypto, script);
		if (!equalBytes(hash, claim.ownerPkh))
			throw new NodeError({
				code: 'CARDANO_CLAIM_OTHER_OWNER',
				message: 'The claim is owned by somebody else than the keys of this policy.',
				policy: toHex(hash),
				owner: toHex(claim.ownerPkh),
			});
		const address = this.#scriptAddress(hash);
		const [utxo] = await this.#reader.moneyOf(addressText(address), signal);
		if (utxo !== undefined) return {script, address, utxo};
		throw new NodeError({
			code: 'CARDANO_FUNDS_MISSING',
			message: `The owners act by spending an output at ${addressText(address)}, and there is none: send 2 ADA to it.`,
			address: addressText(address),
		});
	}

	async #payout({proof, amount, owners}: ClaimRequest, {signal}: ExecuteOptions): Promise<TransactionPlan> {
		const [claim, checkpoint, money] = await Promise.all([
			this.#reader.claim(proof.leaf.claimId, signal),
			this.#reader.checkpoint(signal),
			proof.leaf.tag === PAYOUT_TAG.withdrawal
				? this.#reader.bridgeMoney(signal)
				: this.#reader.treasuryMoney(signal),
		]);
		const coOwners = owners && (await this.#coOwners(owners, claim.datum, signal));
		const asked = amount === undefined ? {} : {amount};
		const request = {claim, checkpoint, proof, money, owners: coOwners, ...asked};
		return planned(payoutPlan(this.#deployment, request));
	}
}

/** Works the deployed contracts with a wallet, through Kupo and Ogmios or the devnet. */
export const createLucidContracts = (
	crypto: Crypto & SecretCrypto,
	access: CardanoAccess,
	deployment: Deployment,
	options: Omit<WalletOptions, 'deliver'> = {},
): CardanoContracts => new LucidContracts(crypto, access, deployment, options);

/** The same for a wallet whose key is elsewhere: every verb builds its transaction, hands the draft over and resolves. */
export const createDraftContracts = (
	crypto: Crypto & SecretCrypto,
	access: WatchedAccess,
	deployment: Deployment,
	deliver: Deliver,
): CardanoContracts => new LucidContracts(crypto, access, deployment, {deliver});
