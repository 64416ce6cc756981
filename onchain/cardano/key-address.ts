import type {Hasher, SecretCrypto} from '#crypto/crypto';
import type {Hash28} from '#kernel/hash';
import {addressText, enterpriseAddress, type NetworkId} from './address.ts';

export type CardanoKey = {
	/** What contracts know the key by; of a wallet that several keys have together, the hash of their script. */
	readonly keyHash: Hash28;
	/** Bech32, without a stake part. */
	readonly address: string;
};

/** The Cardano identity of an Ed25519 seed (32 bytes). */
export const cardanoKey = (
	crypto: Hasher & Pick<SecretCrypto, 'ed25519VerificationKey'>,
	network: NetworkId,
	seed: Uint8Array,
): CardanoKey => {
	const keyHash = crypto.blake2b224(crypto.ed25519VerificationKey(seed));
	return {keyHash, address: addressText(enterpriseAddress(network, {kind: 'key', hash: keyHash}))};
};
