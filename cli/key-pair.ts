import {randomBytes} from 'node:crypto';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {createKeyFiles, type KeyKind} from '#node/adapters/key-files';
import {createOsEntropy} from '#node/adapters/os-entropy';

export type KeyPair = {
	readonly seed: Uint8Array;
	readonly verificationKey: Uint8Array;
	/** blake2b-224 of the verification key, in hexadecimal: an account's or pool's id. */
	readonly keyHash: string;
};

/** A new key in PREFIX.skey (mode 0600) and PREFIX.vkey. Throws FILE_EXISTS, FILE_UNWRITABLE. */
export const makeKeyPair = async (
	crypto: Crypto & SecretCrypto,
	prefix: string,
	kind: KeyKind,
): Promise<KeyPair> => {
	const seed = new Uint8Array(randomBytes(32));
	const files = {signingKeyFile: `${prefix}.skey`, verificationKeyFile: `${prefix}.vkey`};
	const verificationKey = await createKeyFiles(
		{crypto, entropy: createOsEntropy()},
		kind,
		files,
		seed.slice(),
	);
	return {seed, verificationKey, keyHash: toHex(crypto.blake2b224(verificationKey))};
};
