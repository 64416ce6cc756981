/** The actions of merged staking: what they say and how that is written. */
import {bytes, type Codec, nullable, uint} from '#kernel/cbor/codec';
import type {Hash32, PoolId} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import {EPOCH_MAX} from '../limits.ts';
import {type StakeList, stakeListCodec} from '../pools/cardano-stake.ts';

/** Signed by the cold key of the pool of ours, if one is named. Anyone may send it. */
type CardanoPoolBind = {
	readonly kind: 'cardano-pool-bind';
	/** Cold key of a Cardano pool. */
	readonly cardanoVk: Uint8Array;
	/** The pool that its stake counts for; null: none any more. */
	readonly pool: PoolId | null;
	/** More than in the statement before; it begins with 1. */
	readonly counter: number;
	/** Of that key (`ledger/pools/cardano-stake-message`). */
	readonly signature: Uint8Array;
};

/** Free of charge, without witnesses: the signature is over the answer. */
type CardanoStakeSign = {
	readonly kind: 'cardano-stake-sign';
	/** The epoch in which it was asked. */
	readonly epoch: Epoch;
	/** Hash of the list. */
	readonly answer: Hash32;
	/** null: another member has brought it. */
	readonly stakes: StakeList | null;
	readonly memberVk: Uint8Array;
	readonly signature: Uint8Array;
};

export type CardanoStakeAction = CardanoPoolBind | CardanoStakeSign;

type Fields<T> = {readonly [K in Exclude<keyof T, 'kind'>]: Codec<T[K]>};
type Entries = {
	readonly [K in CardanoStakeAction['kind']]: readonly [
		number,
		Fields<Extract<CardanoStakeAction, {readonly kind: K}>>,
	];
};

/** For the codec of all actions. */
export const cardanoStakeActions: Entries = {
	'cardano-pool-bind': [
		45,
		{cardanoVk: bytes(32), pool: nullable(bytes<PoolId>(28)), counter: uint(), signature: bytes(64)},
	],
	'cardano-stake-sign': [
		46,
		{
			epoch: uint<Epoch>(EPOCH_MAX),
			answer: bytes<Hash32>(32),
			stakes: nullable(stakeListCodec),
			memberVk: bytes(32),
			signature: bytes(64),
		},
	],
};
