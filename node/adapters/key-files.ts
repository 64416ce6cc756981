/** Makes keys in cardano-cli's files, and reads them again. */
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {generateKesKey, kesVerificationKey} from '#crypto/kes/kes-key';
import {concat, equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Entropy} from '#node/ports/entropy';
import {type KeyType, readKeyFile, replaceKeyFile, writeKeyFile} from './text-envelope.ts';

export type KeyKind = 'account' | 'cold' | 'vrf' | 'kes' | 'checkpoint' | 'operator';

/** cardano-cli's names of what `dcloud keys` makes. */
export const typesOf: Readonly<Record<KeyKind, {readonly signing: KeyType; readonly verification: KeyType}>> =
	{
		account: {
			signing: 'PaymentSigningKeyShelley_ed25519',
			verification: 'PaymentVerificationKeyShelley_ed25519',
		},
		cold: {signing: 'StakePoolSigningKey_ed25519', verification: 'StakePoolVerificationKey_ed25519'},
		vrf: {signing: 'VrfSigningKey_PraosVRF', verification: 'VrfVerificationKey_PraosVRF'},
		kes: {signing: 'KesSigningKey_ed25519_kes_2^6', verification: 'KesVerificationKey_ed25519_kes_2^6'},
		checkpoint: {
			signing: 'DCloudCheckpointSigningKey_ed25519',
			verification: 'DCloudCheckpointVerificationKey_ed25519',
		},
		operator: {
			signing: 'DCloudOperatorSigningKey_ed25519',
			verification: 'DCloudOperatorVerificationKey_ed25519',
		},
	};

type KeyPorts = {readonly crypto: Crypto & SecretCrypto; readonly entropy: Entropy};

type KeyPair = {readonly signingKey: Uint8Array; readonly verificationKey: Uint8Array};

/** A key pair in the form of its files. The signing key is secret: erase it after use. */
const keyPairOf = (crypto: Crypto & SecretCrypto, kind: KeyKind, seed: Uint8Array): KeyPair => {
	if (kind === 'kes') {
		const key = generateKesKey(crypto, seed);
		return {signingKey: key.bytes, verificationKey: kesVerificationKey(crypto, key)};
	}
	const verificationKey = crypto.ed25519VerificationKey(seed);
	return {
		signingKey: kind === 'vrf' ? concat(seed, verificationKey) : seed.slice(),
		verificationKey,
	};
};

export type KeyPairFiles = {readonly signingKeyFile: string; readonly verificationKeyFile: string};

/** Makes a key pair and returns its verification key. `seed` (32 bytes) only for keys that must come out the same. */
export const createKeyFiles = async (
	{crypto, entropy}: KeyPorts,
	kind: KeyKind,
	files: KeyPairFiles,
	seed: Uint8Array = entropy.bytes(32),
): Promise<Uint8Array> => {
	const {signingKey, verificationKey} = keyPairOf(crypto, kind, seed);
	try {
		await writeKeyFile(files.signingKeyFile, typesOf[kind].signing, signingKey);
		await writeKeyFile(files.verificationKeyFile, typesOf[kind].verification, verificationKey);
	} finally {
		signingKey.fill(0);
		seed.fill(0);
	}
	return verificationKey;
};

export const readVerificationKey = (file: string, kind: KeyKind): Promise<Uint8Array> =>
	readKeyFile(file, typesOf[kind].verification);

/** A file whose contents are of the right type and make no sense. */
export const inconsistent = (file: string, problem: string): NodeError =>
	new NodeError({code: 'KEY_FILE_BAD', file, message: `${file} holds no valid key: ${problem}.`});

/** The 32-byte seed of an Ed25519 or VRF signing key, secret, and its verification key. */
export const readSigningKey = async (
	crypto: SecretCrypto,
	file: string,
	kind: Exclude<KeyKind, 'kes'>,
): Promise<{readonly seed: Uint8Array; readonly verificationKey: Uint8Array}> => {
	const key = await readKeyFile(file, typesOf[kind].signing);
	const seed = key.slice(0, 32);
	const verificationKey = crypto.ed25519VerificationKey(seed);
	if (kind === 'vrf' && !equalBytes(key.subarray(32), verificationKey))
		throw inconsistent(file, 'its two halves do not belong together');
	return {seed, verificationKey};
};

/** The raw KES key, 608 bytes, secret. */
export const readKesSigningKey = (file: string): Promise<Uint8Array> =>
	readKeyFile(file, typesOf.kes.signing);

/** Puts an evolved key in place of the one it was, which is overwritten. */
export const replaceKesSigningKey = (file: string, key: Uint8Array): Promise<void> =>
	replaceKeyFile(file, typesOf.kes.signing, key);
