/** What is put into the VRF and what is drawn from its output (ouroboros-consensus, Praos/VRF.hs). */
import type {Hasher} from '#crypto/crypto';
import {u64be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Nonce} from '../nonce/nonce.ts';

const LEADER = Uint8Array.of(0x4c);
const NONCE = Uint8Array.of(0x4e);

/** alpha = blake2b256(u64be(slot) | epoch nonce). Any u64 is a slot here. */
export const vrfInput = (hasher: Hasher, slot: number | bigint, epochNonce: Nonce): Hash32 =>
	epochNonce === 'neutral' ? hasher.blake2b256(u64be(slot)) : hasher.blake2b256(u64be(slot), epochNonce);

/** blake2b256("L" | beta): a number in [0, 2^256), big-endian, to be compared with the pool's threshold. */
export const leaderValue = (hasher: Hasher, vrfOutput: Uint8Array): Hash32 =>
	hasher.blake2b256(LEADER, vrfOutput);

/** eta = blake2b256(blake2b256("N" | beta)): hashed twice, as Cardano does. */
export const nonceContribution = (hasher: Hasher, vrfOutput: Uint8Array): Hash32 =>
	hasher.blake2b256(hasher.blake2b256(NONCE, vrfOutput));
