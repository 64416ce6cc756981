import {bytes, type Codec, lovelace, record} from '#kernel/cbor/codec';
import type {Hash28} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';

/** A claim UTxO on Cardano, as segment 3 reported it. Its key is the name of its NFT. */
export type Claim = {
	readonly ownerKeyHash: Hash28;
	/** Ed25519, 32 bytes: the operator key of the provider that may register under this claim. */
	readonly operatorVk: Uint8Array;
};

export const claimCodec: Codec<Claim> = record({ownerKeyHash: bytes<Hash28>(28), operatorVk: bytes(32)});

/** What was ever burnt for a claim: cumulative, so that nothing is paid twice. */
export type Withdrawal = {readonly cumulative: Lovelace};

export const withdrawalCodec: Codec<Withdrawal> = record({cumulative: lovelace});
