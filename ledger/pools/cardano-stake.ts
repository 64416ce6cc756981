/** Merged staking: stake that pools of Cardano have there, and which pools of ours it counts for. */
import {bytes, type Codec, list, lovelace, nullable, record, uint} from '#kernel/cbor/codec';
import type {Hash28, Hash32, PoolId} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {type McRef, mcRef} from '#kernel/main-chain-event';
import type {Epoch} from '#kernel/slot';
import {EPOCH_MAX} from '../limits.ts';

/** What a Cardano pool's cold key said last. Its key is the Cardano pool's id. */
export type CardanoPool = {
	/** The pool of ours that its stake counts for; null: none any more. */
	readonly pool: PoolId | null;
	/** Rises with every statement: an older one is worth nothing. */
	readonly counter: number;
};

export const cardanoPoolCodec: Codec<CardanoPool> = record({
	pool: nullable(bytes<PoolId>(28)),
	counter: uint(),
});

/** More pools of Cardano do not count at a time: those with the most stake do. */
export const CARDANO_POOLS_MAX = 200;

/** Active stake of pools of Cardano, by pool id, ascending, none without stake. */
export type StakeList = readonly {readonly cardanoPool: Hash28; readonly stake: Lovelace}[];

export const stakeListCodec: Codec<StakeList> = list(
	record({cardanoPool: bytes<Hash28>(28), stake: lovelace}),
	CARDANO_POOLS_MAX,
);

/** What the committee is asked in an epoch: the active stake of the Cardano epoch that this block of Cardano lies in. */
export type StakeQuestion = {readonly epoch: Epoch; readonly mcRef: McRef};

export const stakeQuestionCodec: Codec<StakeQuestion> = record({epoch: uint<Epoch>(EPOCH_MAX), mcRef});

/** What a member said to the question that stands. Its key is the member's key. */
export type StakeVote = {
	/** Hash of the list. */
	readonly answer: Hash32;
};

export const stakeVoteCodec: Codec<StakeVote> = record({answer: bytes<Hash32>(32)});

/** What more than two thirds of the committee said last. */
export type AttestedStake = StakeQuestion & {readonly stakes: StakeList};

export const attestedStakeCodec: Codec<AttestedStake> = record({
	epoch: uint<Epoch>(EPOCH_MAX),
	mcRef,
	stakes: stakeListCodec,
});

/** What Cardano's stake adds to the weight of pools of ours, by pool id, ascending. Its key is the snapshot's epoch. */
export type CardanoWeights = readonly {readonly pool: PoolId; readonly weight: Lovelace}[];

export const cardanoWeightsCodec: Codec<CardanoWeights> = list(
	record({pool: bytes<PoolId>(28), weight: lovelace}),
	CARDANO_POOLS_MAX,
);
