import type {Hash28} from '#kernel/hash';

/** A compiled Plutus V3 script. */
export type PlutusScript = {
	/** CBOR byte string around the flat encoding: what a reference script and a blueprint hold. */
	readonly bytes: Uint8Array;
	/** Policy id and script hash: blake2b-224 of the language's number (3) and the bytes. */
	readonly hash: Hash28;
};
