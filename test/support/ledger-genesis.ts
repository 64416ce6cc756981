import {Hash28, Hash32, type PoolId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import type {Genesis} from '#ledger/genesis/genesis';
import {genesisProfiles} from '#ledger/genesis/profiles';
import {crypto} from './crypto.ts';
import {hashOf, type Party, party} from './ledger-chain.ts';

export const ada = (amount: number): Lovelace => Lovelace(BigInt(amount) * 1_000_000n);

/** The accounts of every test network, each with 1,000,000 ADA; the first three delegate to the three pools. */
export const alice: Party = party('alice');
export const bob: Party = party('bob');
export const carol: Party = party('carol');
export const dave: Party = party('dave');

export type PoolKeys = {readonly cold: Party; readonly checkpoint: Party; readonly vrfKeyHash: Hash32};

export const poolKeys: readonly PoolKeys[] = [1, 2, 3].map(number => ({
	cold: party(`cold ${number}`),
	checkpoint: party(`checkpoint ${number}`),
	vrfKeyHash: hashOf(`vrf ${number}`),
}));

export const poolIds: readonly PoolId[] = poolKeys.map(({cold}) => crypto.blake2b224(cold.verificationKey));

const script = (name: string): Hash28 => Hash28(hashOf(name).slice(0, 28));

/** A network of the `test` profile: 100 slots an epoch, two epochs a period. */
export const testGenesis = (change: Partial<Genesis> = {}): Genesis => {
	const {stableDepth, ...profile} = genesisProfiles.test;
	return {
		networkMagic: 42,
		systemStartMs: 1_700_000_000_000,
		...profile,
		accounts: [alice, bob, carol, dave].map(({account}, index) => ({
			account,
			balance: ada(1_000_000),
			pool: poolIds[index] ?? null,
		})),
		pools: poolKeys.map(({cold, checkpoint, vrfKeyHash}, index) => ({
			coldVk: cold.verificationKey,
			vrfKeyHash,
			checkpointVk: checkpoint.verificationKey,
			rewardAccount: [alice, bob, carol][index]?.account ?? dave.account,
			cost: Lovelace(1000n),
			margin: Ratio(1n, 20n),
		})),
		cardano: {
			networkMagic: 7,
			checkpointScriptHash: script('checkpoint script'),
			bridgeScriptHash: script('bridge script'),
			treasuryScriptHash: script('treasury script'),
			registryPolicy: script('registry policy'),
			treasuryClaimId: hashOf('treasury claim'),
			governanceScriptHash: null,
			start: {slot: 10, hash: Hash32(hashOf('cardano start'))},
			stableDepth,
		},
		...change,
	};
};
