import {writeFile} from 'node:fs/promises';
import type {CommitteeMember} from '#crypto/checkpoint-message';
import type {Crypto} from '#crypto/crypto';
import type {GenesisHash} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {
	type CardanoGenesis,
	type Genesis,
	type GenesisAccount,
	genesisHashOf,
	genesisToJson,
} from '#ledger/genesis/genesis';
import {genesisProfiles} from '#ledger/genesis/profiles';
import {genesisCommittee, NOWHERE} from '../genesis-place.ts';
import {type Layout, STAKE_PERCENT} from './layout.ts';
import type {People} from './people.ts';

const ADA = 1_000_000n;
const DEVNET_MAGIC = 1094;

/** What the people of the devnet own at the start, in ADA: the pools' stake is 40/40/20 of a million. */
const STAKE = 1_000_000n;
const CUSTOMER = 20_000n;
const REPAIRER = 1_000n;
const NEWCOMER = 5_000n;
const PROVIDER = 2_000n;

const credits = (ada: bigint): Lovelace => Lovelace(ada * ADA);

const accountsOf = (people: People): readonly GenesisAccount[] => [
	...people.producers.map(({owner, pool}, index) => ({
		account: owner.account,
		balance: credits((STAKE * BigInt(STAKE_PERCENT[index] ?? 0)) / 100n),
		pool,
	})),
	{account: people.customer.account, balance: credits(CUSTOMER), pool: null},
	{account: people.repairer.account, balance: credits(REPAIRER), pool: null},
	{account: people.newcomer.account, balance: credits(NEWCOMER), pool: null},
	...people.providers.map(({owner}) => ({account: owner.account, balance: credits(PROVIDER), pool: null})),
];

/** All credits of a devnet's genesis, in lovelace: what the bridge must hold. */
export const devnetCredits = (people: People): bigint =>
	accountsOf(people).reduce((sum, {balance}) => sum + balance, 0n);

export const devnetGenesis = (
	crypto: Crypto,
	people: People,
	place: {
		readonly systemStartMs: number;
		readonly slotMs?: number;
		readonly cardano: Omit<CardanoGenesis, 'stableDepth'>;
	},
): Genesis => {
	const {stableDepth, ...profile} = genesisProfiles.devnet;
	return {
		...profile,
		networkMagic: DEVNET_MAGIC,
		systemStartMs: place.systemStartMs,
		slotMs: place.slotMs ?? profile.slotMs,
		accounts: accountsOf(people),
		pools: people.producers.map(({keys, owner}) => ({
			coldVk: keys.coldVk,
			vrfKeyHash: crypto.blake2b256(keys.vrfVk),
			checkpointVk: keys.checkpointVk,
			rewardAccount: owner.account,
			cost: Lovelace(0n),
			margin: Ratio(1n, 20n),
		})),
		cardano: {...place.cardano, stableDepth},
	};
};

/** Writes the genesis file; returns the hash that names the network. */
export const writeGenesis = async (
	crypto: Crypto,
	layout: Layout,
	genesis: Genesis,
): Promise<GenesisHash> => {
	await writeFile(layout.genesis, genesisToJson(genesis));
	return genesisHashOf(crypto, genesis);
};

/** The committee that signs the first checkpoint. */
export const devnetCommittee = (crypto: Crypto, people: People): readonly CommitteeMember[] =>
	genesisCommittee(crypto, devnetGenesis(crypto, people, {systemStartMs: 0, cardano: NOWHERE}));
