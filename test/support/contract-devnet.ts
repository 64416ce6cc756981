import type {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {type ContractReader, createContractReader} from '#node/adapters/lucid/contract-reader';
import {deployContracts, prepareDeployment} from '#node/adapters/lucid/deploy-contracts';
import {type ExecutedTransaction, type ExecuteOptions, executePlan} from '#node/adapters/lucid/execute-plan';
import {type CardanoContracts, createLucidContracts} from '#node/adapters/lucid/lucid-contracts';
import {openLucid} from '#node/adapters/lucid/lucid-session';
import {cardanoKey, type PaymentKey} from '#onchain/cardano/key-address';
import type {Deployment} from '#onchain/deployment';
import type {GovernanceTerms} from '#onchain/governance-terms';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {crypto} from './crypto.ts';
import {hashOf, type TestCommittee} from './side-chain.ts';
import {type Teardown, temporaryFolder} from './temporary-folder.ts';

/** What one wallet can do. */
export type DevnetWallet = {
	readonly contracts: CardanoContracts;
	readonly execute: (plan: TransactionPlan, options?: ExecuteOptions) => Promise<ExecutedTransaction>;
};

export type ContractDevnet = DevnetWallet & {
	readonly url: string;
	readonly deployment: Deployment;
	readonly deployed: ExecutedTransaction;
	/** Of governance. */
	readonly founding: readonly ExecutedTransaction[];
	readonly reader: ContractReader;
	/** Of another key that was given money at the start. */
	readonly walletOf: (key: PaymentKey) => Promise<DevnetWallet>;
};

export type ContractDevnetOptions = {
	readonly committee: TestCommittee;
	readonly traced: boolean;
	readonly governance?: GovernanceTerms | Hash28;
	/** With `manual` slots pass by hand, and each transaction makes its block. Default: ten slots a second. */
	readonly slots?: {readonly lengthMs: number; readonly manual: boolean};
	/** Further wallets with a thousand ADA each. */
	readonly wallets?: readonly PaymentKey[];
};

export const WALLET: Uint8Array = new Uint8Array(32).fill(3);
const START_MS = 1_780_000_000_000;
/** When slot 0 of a devnet begins whose slots pass by hand. */
export const MANUAL_START_MS = 1_790_000_000_000;
const ADA = 1_000_000n;

/** A devnet of its own with the contracts deployed. */
export const contractDevnet = async (
	t: Teardown,
	{committee, traced, governance, slots, wallets = []}: ContractDevnetOptions,
): Promise<ContractDevnet> => {
	const fundOf = (key: PaymentKey, lovelace: bigint) => ({
		address: cardanoKey(crypto, 'testnet', key).address,
		lovelace,
	});
	const {lengthMs: slotLengthMs, manual} = slots ?? {lengthMs: 100, manual: false};
	const devnet = await startCardanoDevnet({
		hasher: crypto,
		dataDir: await temporaryFolder(t),
		port: 0,
		slotLengthMs,
		funds: [fundOf(WALLET, 100_000n * ADA), ...wallets.map(seed => fundOf(seed, 1_000n * ADA))],
		...(manual && {manualSlots: true, instantBlocks: true, zeroTimeMs: MANUAL_START_MS}),
	});
	t.teardown(() => devnet.stop());
	const network = {magic: 42, zeroTimeMs: devnet.zeroTimeMs, slotLengthMs};
	const access = {kupoUrl: devnet.url, ogmiosUrl: devnet.url, network, walletKey: WALLET};
	const prepared = await prepareDeployment(crypto, access, {
		genesisCommitteeHash: committee.hash,
		// Long ago, so that every period of a test has ended.
		systemStartMs: START_MS,
		periodMs: 1,
		traced,
		governance,
	});
	const {deployment, transaction, founding} = await deployContracts(access, prepared, {
		genesisHash: hashOf(7),
		backing: Lovelace(1_000n * ADA),
	});
	const walletOf = async (walletKey: PaymentKey): Promise<DevnetWallet> => {
		const own = {...access, walletKey};
		const session = await openLucid(own);
		return {
			contracts: createLucidContracts(crypto, own, deployment),
			execute: (plan, options) => executePlan(session, own, plan, options),
		};
	};
	return {
		...(await walletOf(WALLET)),
		url: devnet.url,
		deployment,
		deployed: transaction,
		founding,
		reader: createContractReader(devnet.url, deployment),
		walletOf,
	};
};

/** The slot of the newest block of a devnet. */
export const slotNow = async (url: string): Promise<number> => {
	const answer = await fetch(`${url}/health`);
	return Number(answer.headers.get('x-most-recent-checkpoint'));
};

/** Lets slots pass on a devnet where they pass by hand. */
export const passSlots = async (url: string, slots: number): Promise<void> => {
	const body = JSON.stringify({slots});
	const headers = {'content-type': 'application/json'};
	const answer = await fetch(`${url}/devnet/advance`, {method: 'POST', headers, body});
	if (!answer.ok) throw new TypeError(await answer.text());
};
