import type {Hash28} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';

/** A compiled Plutus V3 script. */
export type PlutusScript = {
	/** CBOR byte string around the flat encoding: what a reference script and a blueprint hold. */
	readonly bytes: Uint8Array;
	/** Policy id and script hash: blake2b-224 of the language's number (3) and the bytes. */
	readonly hash: Hash28;
};

/** A script, and the output that holds it for others to refer to; undefined until it was published. */
export type PublishedScript = PlutusScript & {readonly reference?: McOutRef};
