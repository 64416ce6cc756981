import {assert} from './assert.ts';
import type {Brand} from './brand.ts';

/** 32 bytes of blake2b-256. */
export type Hash32 = Brand<Uint8Array, 'Hash32'>;
/** 28 bytes of blake2b-224. */
export type Hash28 = Brand<Uint8Array, 'Hash28'>;

/** blake2b-256 of a header's bytes as they came over the wire. */
export type HeaderHash = Hash32;
/** blake2b-256 of domain, genesis hash and transaction body. */
export type TxId = Hash32;
/** blake2b-256 of the genesis in canonical CBOR. */
export type GenesisHash = Hash32;
/** blake2b-224 of a pool's cold verification key, as on Cardano. */
export type PoolId = Hash28;
/** blake2b-224 of an account's Ed25519 verification key: the form of a Cardano payment key hash. */
export type AccountId = Hash28;

export const Hash32 = (bytes: Uint8Array): Hash32 => {
	assert(bytes.length === 32, () => `not a 32-byte hash: ${bytes.length} bytes`);
	return bytes as Hash32;
};

export const Hash28 = (bytes: Uint8Array): Hash28 => {
	assert(bytes.length === 28, () => `not a 28-byte hash: ${bytes.length} bytes`);
	return bytes as Hash28;
};
