import type {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {type ContractReader, createContractReader} from '#node/adapters/lucid/contract-reader';
import {deployContracts, prepareDeployment} from '#node/adapters/lucid/deploy-contracts';
import {type ExecutedTransaction, type ExecuteOptions, executePlan} from '#node/adapters/lucid/execute-plan';
import {type CardanoContracts, createLucidContracts} from '#node/adapters/lucid/lucid-contracts';
import {openLucid} from '#node/adapters/lucid/lucid-session';
import {cardanoKey} from '#onchain/cardano/key-address';
import type {Deployment} from '#onchain/deployment';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {crypto} from './crypto.ts';
import {hashOf, type TestCommittee} from './side-chain.ts';
import {type Teardown, temporaryFolder} from './temporary-folder.ts';

export type ContractDevnet = {
	readonly url: string;
	readonly deployment: Deployment;
	readonly deployed: ExecutedTransaction;
	readonly contracts: CardanoContracts;
	readonly reader: ContractReader;
	readonly execute: (plan: TransactionPlan, options?: ExecuteOptions) => Promise<ExecutedTransaction>;
};

export const WALLET: Uint8Array = new Uint8Array(32).fill(3);
const START_MS = 1_780_000_000_000;

/** A devnet of its own with the contracts deployed; slots pass ten times a second. */
export const contractDevnet = async (
	t: Teardown,
	{
		committee,
		traced,
		governance,
	}: {readonly committee: TestCommittee; readonly traced: boolean; readonly governance?: Hash28},
): Promise<ContractDevnet> => {
	const {address} = cardanoKey(crypto, 'testnet', WALLET);
	const devnet = await startCardanoDevnet({
		hasher: crypto,
		dataDir: await temporaryFolder(t),
		port: 0,
		slotLengthMs: 100,
		funds: [{address, lovelace: 100_000_000_000n}],
	});
	t.teardown(() => devnet.stop());
	const network = {magic: 42, zeroTimeMs: devnet.zeroTimeMs, slotLengthMs: 100};
	const access = {kupoUrl: devnet.url, ogmiosUrl: devnet.url, network, walletSeed: WALLET};
	const prepared = await prepareDeployment(crypto, access, {
		genesisCommitteeHash: committee.hash,
		// Long ago, so that every period of a test has ended.
		systemStartMs: START_MS,
		periodMs: 1,
		traced,
		governance,
	});
	const {deployment, transaction} = await deployContracts(access, prepared, {
		genesisHash: hashOf(7),
		backing: Lovelace(1_000_000_000n),
	});
	const session = await openLucid(access);
	return {
		url: devnet.url,
		deployment,
		deployed: transaction,
		contracts: createLucidContracts(crypto, access, deployment),
		reader: createContractReader(devnet.url, deployment),
		execute: (plan, options) => executePlan(session, access, plan, options),
	};
};
