/**
 * What Transitional Praos put into its two VRF evaluations and drew from them (cardano-ledger, TPraos/BHeader.hs:
 * mkSeed, seedEta, seedL; Cardano.Ledger.BaseTypes: mkNonceFromOutputVRF).
 */
import type {Hasher} from '#crypto/crypto';
import {u64be} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {Nonce} from '../nonce/nonce.ts';
import {vrfInput} from './vrf-values.ts';

/** What an evaluation is for; each has a constant of its own, so that one output cannot serve as the other. */
export type TPraosVrfPurpose = 'nonce' | 'leader';

const CONSTANTS: Readonly<Record<TPraosVrfPurpose, number>> = {nonce: 0, leader: 1};

/** blake2b256(u64be(slot) | epoch nonce) XOR blake2b256(u64be(constant)). */
export const tpraosVrfInput = (
	hasher: Hasher,
	purpose: TPraosVrfPurpose,
	slot: number | bigint,
	epochNonce: Nonce,
): Hash32 => {
	const input = vrfInput(hasher, slot, epochNonce);
	const constant = hasher.blake2b256(u64be(CONSTANTS[purpose]));
	return Hash32(input.map((byte, index) => byte ^ (constant[index] as number)));
};

/** eta = blake2b256(output): hashed once, where Praos hashes twice. */
export const tpraosNonceContribution = (hasher: Hasher, output: Uint8Array): Hash32 =>
	hasher.blake2b256(output);
