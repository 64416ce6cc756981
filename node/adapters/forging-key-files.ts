import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {decodeKesKey, evolveKesKey, type KesKey, kesVerificationKey, signKes} from '#crypto/kes/kes-key';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {ForgingKeys, KesSigner} from '#node/ports/forging-keys';
import {readCertificateFile, readKesSigningKey, readSigningKey, replaceKesSigningKey} from './key-files.ts';

export type ForgingKeyFiles = {
	readonly vrfSigningKeyFile: string;
	readonly kesSigningKeyFile: string;
	readonly certificateFile: string;
};

/** The KES key in its file, which is rewritten with every evolution: a thief of the disk finds no past key. */
const kesSignerOf = (crypto: Crypto & SecretCrypto, file: string, loaded: KesKey): KesSigner => {
	let key = loaded;
	/** Behind `key` while the file could not be rewritten. */
	let evolutionOnDisk = loaded.period;
	return {
		get evolution() {
			return key.period;
		},
		evolveTo: async evolution => {
			if (evolution < key.period) return false;
			while (key.period < evolution) {
				const evolved = evolveKesKey(crypto, key);
				if (!evolved.ok) return false;
				key = evolved.value;
			}
			if (evolutionOnDisk === evolution) return true;
			await replaceKesSigningKey(file, key.bytes);
			evolutionOnDisk = evolution;
			return true;
		},
		sign: message => signKes(crypto, key, message),
	};
};

/** Loads what a producer forges with. Throws KEY_FILE_BAD, KEY_FILE_OPEN, KEYS_DO_NOT_MATCH, FILE_…. */
export const loadForgingKeys = async (
	crypto: Crypto & SecretCrypto,
	files: ForgingKeyFiles,
): Promise<ForgingKeys> => {
	const {certificate, coldVk} = await readCertificateFile(crypto, files.certificateFile);
	const {seed, verificationKey} = await readSigningKey(crypto, files.vrfSigningKeyFile, 'vrf');
	const kes = decodeKesKey(crypto, await readKesSigningKey(files.kesSigningKeyFile));
	if (!kes.ok)
		throw new NodeError({
			code: 'KEY_FILE_BAD',
			file: files.kesSigningKeyFile,
			failure: kes.error,
			message: `${files.kesSigningKeyFile} holds no valid KES key: ${kes.error.code}.`,
		});
	if (!equalBytes(kesVerificationKey(crypto, kes.value), certificate.hotVk))
		throw new NodeError({
			code: 'KEYS_DO_NOT_MATCH',
			files: [files.kesSigningKeyFile, files.certificateFile],
			message: 'The operational certificate is of another KES key: issue one for this key.',
		});
	return {
		issuerVk: coldVk,
		vrfSeed: seed,
		vrfVk: verificationKey,
		operationalCertificate: certificate,
		kes: kesSignerOf(crypto, files.kesSigningKeyFile, kes.value),
	};
};
