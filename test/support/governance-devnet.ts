/** Governance on a devnet of its own: a list of holders, and time that passes by hand, so that a vote of a week takes no time. */

import {compareBytes} from '#kernel/bytes';
import type {GovernanceContracts} from '#node/adapters/lucid/governance-contracts';
import type {Allocation} from '#onchain/allocation';
import {allocationRoot} from '#onchain/allocation';
import {cardanoKey} from '#onchain/cardano/key-address';
import {DEFAULT_SETTINGS, type GovernanceSettings} from '#onchain/data/governance-data';
import {CLAIM_TIME_MS} from '#onchain/token-params';
import {
	type ContractDevnet,
	contractDevnet,
	type DevnetWallet,
	MANUAL_START_MS,
	passSlots,
	WALLET,
} from './contract-devnet.ts';
import {crypto} from './crypto.ts';
import {type TestCommittee, testCommittee} from './side-chain.ts';
import type {Teardown} from './temporary-folder.ts';

export const TOKENS = 1_000_000n;
export const ADA = 1_000_000n;
/** Slots of half an hour: the longest range of a transaction has two. */
const SLOT_MS = 1_800_000;
/** As long as holders are usually given, from the first slot on. */
export const CLAIM_UNTIL_MS: number = MANUAL_START_MS + CLAIM_TIME_MS.usual;

/** Each is given that many million tokens. */
const HOLDINGS = [4n, 3n, 2n] as const;
const seedOf = (index: number): Uint8Array => new Uint8Array(32).fill(0x41 + index);
/** Of four, three and two million tokens. */
export const HOLDERS: readonly Uint8Array[] = HOLDINGS.map((_, index) => seedOf(index));
const keyHashOf = (seed: Uint8Array) => cardanoKey(crypto, 'testnet', seed).keyHash;

/** The holders' keys and, as on a real list, many more: proofs have ten hashes. */
export const ALLOCATIONS: readonly Allocation[] = [
	...HOLDINGS.map((millions, index) => ({
		keyHash: keyHashOf(seedOf(index)),
		amount: millions * 1_000_000n * TOKENS,
	})),
	...Array.from({length: 1_021}, (_, index) => ({
		keyHash: crypto.blake2b224(Uint8Array.of(index >> 8, index & 255)),
		amount: 1_000n * TOKENS,
	})),
].sort((a, b) => compareBytes(a.keyHash, b.keyHash));

export const ALLOCATED: bigint = ALLOCATIONS.reduce((sum, {amount}) => sum + amount, 0n);

export type Governed = DevnetWallet & {readonly governance: GovernanceContracts};

export type GovernanceDevnet = {
	readonly devnet: ContractDevnet;
	/** The wallet that deployed; it has no tokens. */
	readonly operator: Governed;
	/** Of four, three and two million tokens. */
	readonly holders: readonly [Governed, Governed, Governed];
	readonly network: {readonly slotLengthMs: number};
	/** Lets time pass, in whole slots. */
	readonly pass: (ms: bigint | number) => Promise<void>;
};

const governed = (wallet: DevnetWallet): Governed => {
	const {governance} = wallet.contracts;
	if (governance === undefined) throw new TypeError('the deployment has governance');
	return {...wallet, governance};
};

export const governanceDevnet = async (
	t: Teardown,
	{
		traced,
		settings = DEFAULT_SETTINGS,
		committee = testCommittee([40n, 40n, 20n]),
	}: {
		readonly traced: boolean;
		readonly settings?: GovernanceSettings;
		readonly committee?: TestCommittee;
	},
): Promise<GovernanceDevnet> => {
	const devnet = await contractDevnet(t, {
		committee,
		traced,
		slots: {lengthMs: SLOT_MS, manual: true},
		wallets: HOLDERS,
		governance: {
			allocationRoot: allocationRoot(crypto, ALLOCATIONS),
			allocated: ALLOCATED,
			claimUntilMs: CLAIM_UNTIL_MS,
			settings,
		},
	});
	const wallets = await Promise.all([WALLET, ...HOLDERS].map(devnet.walletOf));
	const [operator, first, second, third] = wallets.map(governed) as [Governed, Governed, Governed, Governed];
	const pass = (ms: bigint | number): Promise<void> => passSlots(devnet.url, Math.ceil(Number(ms) / SLOT_MS));
	return {devnet, operator, holders: [first, second, third], network: {slotLengthMs: SLOT_MS}, pass};
};
