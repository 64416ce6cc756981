import type {Crypto, SecretCrypto} from '#crypto/crypto';
import type {AccountId, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {AdvanceRequest} from '#node/ports/checkpoint-contract';
import type {CardanoKey} from '#onchain/cardano/key-address';
import {quorumCertificate, uncheckedCertificate} from '#onchain/committee';
import type {CheckpointDatum} from '#onchain/data/checkpoint-data';
import type {ClaimDatum} from '#onchain/data/claim-data';
import type {Provenance} from '#onchain/data/money-data';
import type {Deployment} from '#onchain/deployment';
import {governanceOf} from '#onchain/governance-deployment';
import {PAYOUT_TAG, type PayoutProof} from '#onchain/payout';
import {advancePlan} from '#onchain/plans/checkpoint-plan';
import {claimIdOf, type OpenClaimRequest, openClaimPlan} from '#onchain/plans/claim-plans';
import {bridgeDepositPlan, treasuryDepositPlan} from '#onchain/plans/deposit-plans';
import {payoutPlan} from '#onchain/plans/payout-plan';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {balanceOf, type ContractReader, createContractReader} from './contract-reader.ts';
import {walletOutput} from './deploy-contracts.ts';
import type {Deliver, ExecutedTransaction, ExecuteOptions} from './execute-plan.ts';
import {createGovernanceContracts, type GovernanceContracts} from './governance-contracts.ts';
import type {CardanoAccess, WatchedAccess} from './lucid-session.ts';
import {PlanRunner, planned} from './plan-runner.ts';
import {walletOf} from './wallet-of.ts';

export type OpenedClaim = {readonly claimId: Hash32; readonly transaction: ExecutedTransaction};

export type ClaimRequest = {
	readonly proof: PayoutProof;
	/** Lovelace to take, by default what is due; anything else is for showing that it is refused. */
	readonly amount?: bigint;
};

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
	openClaim(
		request: Pick<OpenClaimRequest, 'kind' | 'operatorVk' | 'collateral'>,
		options?: Options,
	): Promise<OpenedClaim>;
	depositToBridge(
		request: {readonly account: AccountId; readonly amount: Lovelace},
		options?: Options,
	): Promise<ExecutedTransaction>;
	depositToTreasury(
		request: {readonly amount: Lovelace; readonly provenance: Provenance},
		options?: Options,
	): Promise<ExecutedTransaction>;
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
	readonly #crypto: Crypto & SecretCrypto;
	readonly governance: GovernanceContracts | undefined;
	readonly #access: CardanoAccess | WatchedAccess;
	readonly #deployment: Deployment;
	readonly #reader: ContractReader;
	readonly #runner: PlanRunner;

	constructor(
		crypto: Crypto & SecretCrypto,
		access: CardanoAccess | WatchedAccess,
		deployment: Deployment,
		deliver?: Deliver,
	) {
		this.#crypto = crypto;
		this.#access = access;
		this.#deployment = deployment;
		this.#reader = createContractReader(access.kupoUrl, deployment);
		this.#runner = new PlanRunner(access, deliver);
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
	}

	async openClaim(
		request: Pick<OpenClaimRequest, 'kind' | 'operatorVk' | 'collateral'>,
		options: Options = {},
	): Promise<OpenedClaim> {
		const {signal} = options;
		let claimId: Hash32 | undefined;
		const plan = async (): Promise<TransactionPlan> => {
			const seed = await walletOutput(this.#access, this.wallet.address, signal);
			claimId = claimIdOf(this.#crypto, seed);
			const {keyHash: ownerKeyHash} = this.wallet;
			return openClaimPlan(this.#crypto, this.#deployment, {...request, seed, ownerKeyHash});
		};
		const transaction = await this.#runner.run(plan, options);
		return {claimId: claimId as Hash32, transaction};
	}

	depositToBridge(
		request: {readonly account: AccountId; readonly amount: Lovelace},
		options: Options = {},
	): Promise<ExecutedTransaction> {
		return this.#runner.run(async () => bridgeDepositPlan(this.#deployment, request), options);
	}

	depositToTreasury(
		request: {readonly amount: Lovelace; readonly provenance: Provenance},
		options: Options = {},
	): Promise<ExecutedTransaction> {
		return this.#runner.run(async () => treasuryDepositPlan(this.#deployment, request), options);
	}

	advanceCheckpoint(request: AdvanceRequest, options: ExecuteOptions = {}): Promise<ExecutedTransaction> {
		return this.#runner.run(() => this.#advance(request, options), options);
	}

	claimWithdrawal(request: ClaimRequest, options: ExecuteOptions = {}): Promise<ExecutedTransaction> {
		return this.#runner.run(() => this.#payout(request, options), options);
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

	async #payout({proof, amount}: ClaimRequest, {signal}: ExecuteOptions): Promise<TransactionPlan> {
		const [claim, checkpoint, money] = await Promise.all([
			this.#reader.claim(proof.leaf.claimId, signal),
			this.#reader.checkpoint(signal),
			proof.leaf.tag === PAYOUT_TAG.withdrawal
				? this.#reader.bridgeMoney(signal)
				: this.#reader.treasuryMoney(signal),
		]);
		const request = {claim, checkpoint, proof, money, ...(amount === undefined ? {} : {amount})};
		return planned(payoutPlan(this.#deployment, request));
	}
}

/** Works the deployed contracts with a wallet, through Kupo and Ogmios or the devnet. */
export const createLucidContracts = (
	crypto: Crypto & SecretCrypto,
	access: CardanoAccess,
	deployment: Deployment,
): CardanoContracts => new LucidContracts(crypto, access, deployment);

/** The same for a wallet whose key is elsewhere: every verb builds its transaction, hands the draft over and resolves. */
export const createDraftContracts = (
	crypto: Crypto & SecretCrypto,
	access: WatchedAccess,
	deployment: Deployment,
	deliver: Deliver,
): CardanoContracts => new LucidContracts(crypto, access, deployment, deliver);
