import type {Hasher, SecretCrypto} from '#crypto/crypto';
import type {Hash28} from '#kernel/hash';
import {addressText, baseAddress, type Credential, enterpriseAddress, type NetworkId} from './address.ts';

/** A key that was derived from another one (BIP32-Ed25519), as wallets do from their phrase: no seed is known of it. */
export type ExtendedKey = {
	/** Scalar and nonce key, 64 bytes. Secret. */
	readonly scalars: Uint8Array;
	/** 32 bytes. */
	readonly verificationKey: Uint8Array;
	/** Of the wallet that the key is of: its addresses have it as their stake part. */
	readonly stakeKeyHash?: Hash28;
};

/** An Ed25519 seed (32 bytes), or a key that a wallet has derived. */
export type PaymentKey = Uint8Array | ExtendedKey;

export type CardanoKey = {
	/** What contracts know the key by; of a wallet that several keys have together, the hash of their script. */
	readonly keyHash: Hash28;
	/** Bech32; with a stake part only where a wallet's phrase gives one. */
	readonly address: string;
};

export const verificationKeyOf = (
	crypto: Pick<SecretCrypto, 'ed25519VerificationKey'>,
	key: PaymentKey,
): Uint8Array => (key instanceof Uint8Array ? crypto.ed25519VerificationKey(key) : key.verificationKey);

/** Bech32. */
export const keyAddress = (network: NetworkId, hash: Hash28, stakeKeyHash?: Hash28): string => {
	const payment: Credential = {kind: 'key', hash};
	return addressText(
		stakeKeyHash === undefined
			? enterpriseAddress(network, payment)
			: baseAddress(network, payment, stakeKeyHash),
	);
};

/** The Cardano identity of a key. */
export const cardanoKey = (
	crypto: Hasher & Pick<SecretCrypto, 'ed25519VerificationKey'>,
	network: NetworkId,
	key: PaymentKey,
): CardanoKey => {
	const keyHash = crypto.blake2b224(verificationKeyOf(crypto, key));
	const stakeKeyHash = key instanceof Uint8Array ? undefined : key.stakeKeyHash;
	return {keyHash, address: keyAddress(network, keyHash, stakeKeyHash)};
};
