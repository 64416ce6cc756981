/** What cold keys of Cardano pools and members of the committee sign. Fixed widths only, so that no encoding is ambiguous. */
import type {Hasher} from '#crypto/crypto';
import {compareBytes, u32be, u64be} from '#kernel/bytes';
import type {GenesisHash, Hash32, PoolId} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';
import type {LedgerEnv} from '../environment.ts';
import type {StakeList, StakeQuestion} from './cardano-stake.ts';

const POOL_DOMAIN = encodeUtf8('dcloud/cardano-pool/v1');
const LIST_DOMAIN = encodeUtf8('dcloud/cardano-stake-list/v1');
const STAKE_DOMAIN = encodeUtf8('dcloud/cardano-stake/v1');
const NO_POOL = new Uint8Array(28);

export type CardanoPoolStatement = {
	readonly genesisHash: GenesisHash;
	/** The Cardano pool's cold key, Ed25519, 32 bytes. */
	readonly cardanoVk: Uint8Array;
	/** The pool of ours that its stake is to count for; null: none. */
	readonly pool: PoolId | null;
	readonly counter: number;
};

/** The 32 bytes that a Cardano pool's cold key signs, once, where it is kept. */
export const cardanoPoolMessage = (
	hasher: Hasher,
	{genesisHash, cardanoVk, pool, counter}: CardanoPoolStatement,
): Hash32 =>
	hasher.blake2b256(POOL_DOMAIN, genesisHash, hasher.blake2b224(cardanoVk), pool ?? NO_POOL, u64be(counter));

export const stakeListHash = (hasher: Hasher, stakes: StakeList): Hash32 =>
	hasher.blake2b256(LIST_DOMAIN, ...stakes.flatMap(({cardanoPool, stake}) => [cardanoPool, u64be(stake)]));

/** The 32 bytes that a member of the committee signs with its checkpoint key. */
export const cardanoStakeMessage = (
	{crypto, genesis, genesisHash}: LedgerEnv,
	{epoch, mcRef}: StakeQuestion,
	answer: Hash32,
): Hash32 =>
	crypto.blake2b256(
		STAKE_DOMAIN,
		genesisHash,
		u32be(genesis.cardano.networkMagic),
		u64be(epoch),
		u64be(mcRef.slot),
		mcRef.hash,
		answer,
	);

/** By pool id, each once, none without stake. */
export const isOrdered = (stakes: StakeList): boolean =>
	stakes.every(({cardanoPool, stake}, index) => {
		const before = stakes[index - 1]?.cardanoPool;
		return stake > 0n && (before === undefined || compareBytes(before, cardanoPool) < 0);
	});
