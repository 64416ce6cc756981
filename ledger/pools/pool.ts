import {bytes, type Codec, lovelace, nullable, ratio, record, uint} from '#kernel/cbor/codec';
import type {AccountId, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {Ratio} from '#kernel/ratio';
import type {Epoch} from '#kernel/slot';
import {EPOCH_MAX} from '../limits.ts';

/** What a pool says of itself; it takes effect with the next stake snapshot. */
export type PoolParameters = {
	/** Ed25519, 32 bytes. The pool's id is its blake2b-224. */
	readonly coldVk: Uint8Array;
	/** blake2b-256 of the VRF verification key. */
	readonly vrfKeyHash: Hash32;
	/** Ed25519, 32 bytes: signs checkpoints. */
	readonly checkpointVk: Uint8Array;
	readonly rewardAccount: AccountId;
	/** Taken first from the rewards of an epoch. */
	readonly cost: Lovelace;
	/** Part of what is left after the cost that is the operator's; at most 1. */
	readonly margin: Ratio;
};

export type Pool = PoolParameters & {
	/** The boundary at which the pool goes. */
	readonly retiresAt: Epoch | null;
};

const parameters = {
	coldVk: bytes(32),
	vrfKeyHash: bytes<Hash32>(32),
	checkpointVk: bytes(32),
	rewardAccount: bytes<AccountId>(28),
	cost: lovelace,
	margin: ratio,
};

export const poolParametersCodec: Codec<PoolParameters> = record(parameters);
export const poolCodec: Codec<Pool> = record({...parameters, retiresAt: nullable(uint<Epoch>(EPOCH_MAX))});
