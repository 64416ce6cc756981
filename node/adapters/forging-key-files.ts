import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {
	decodeKesKey,
	eraseKesKey,
	evolveKesKey,
	type KesKey,
	kesVerificationKey,
	signKes,
} from '#crypto/kes/kes-key';
import {equalBytes} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {ForgingKeys, KesSigner} from '#node/ports/forging-keys';
import {readCertificateFile} from './certificate-files.ts';
import {readKesSigningKey, readSigningKey, replaceKesSigningKey} from './key-files.ts';
import {settleSecretFile} from './secret-file.ts';

export type ForgingKeyFiles = {
	readonly vrfSigningKeyFile: string;
	readonly kesSigningKeyFile: string;
	readonly certificateFile: string;
};

/** Checks that a file has a whole KES key. Throws KEY_FILE_BAD, KEY_FILE_OPEN, FILE_…. */
export const loadKesKey = async (crypto: Crypto & SecretCrypto, file: string): Promise<KesKey> => {
	const kes = decodeKesKey(crypto, await readKesSigningKey(file));
	if (kes.ok) return kes.value;
	throw new NodeError({
		code: 'KEY_FILE_BAD',
		file,
		failure: kes.error,
		message: `${file} holds no valid KES key: ${kes.error.code}.`,
	});
};

/**
 * The file may have been given another key since it was read (by `keys renew`, by another process): what stands there
 * must never be replaced by an older one. Throws KES_KEY_FILE_CHANGED.
 */
const checkUnchanged = async (
	crypto: Crypto & SecretCrypto,
	file: string,
	{verificationKey, evolution}: {readonly verificationKey: Uint8Array; readonly evolution: number},
): Promise<void> => {
	const standing = await loadKesKey(crypto, file);
	const isSame = equalBytes(kesVerificationKey(crypto, standing), verificationKey);
	const {period} = standing;
	eraseKesKey(standing);
	if (isSame && period <= evolution) return;
	throw new NodeError({
		code: 'KES_KEY_FILE_CHANGED',
		file,
		message: isSame
			? `The key in ${file} was evolved by another process: stop the one that should not run.`
			: `${file} holds another key than the one that this node runs with: send it SIGHUP, or start it again.`,
	});
};

/** The KES key in its file, which is rewritten with every evolution: a thief of the disk finds no past key. */
const kesSignerOf = (crypto: Crypto & SecretCrypto, file: string, loaded: KesKey): KesSigner => {
	const verificationKey = kesVerificationKey(crypto, loaded);
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
			await checkUnchanged(crypto, file, {verificationKey, evolution});
			await replaceKesSigningKey(file, key.bytes);
			evolutionOnDisk = evolution;
			return true;
		},
		sign: message => signKes(crypto, key, message),
		discard: () => eraseKesKey(key),
	};
};

/** Loads what a producer forges with. Throws KEY_FILE_BAD, KEY_FILE_OPEN, KEYS_DO_NOT_MATCH, FILE_…. */
export const loadForgingKeys = async (
	crypto: Crypto & SecretCrypto,
	files: ForgingKeyFiles,
): Promise<ForgingKeys> => {
	const {certificate, coldVk} = await readCertificateFile(crypto, files.certificateFile);
	const {seed, verificationKey} = await readSigningKey(crypto, files.vrfSigningKeyFile, 'vrf');
	const kes = await loadKesKey(crypto, files.kesSigningKeyFile);
	if (!equalBytes(kesVerificationKey(crypto, kes), certificate.hotVk))
		throw new NodeError({
			code: 'KEYS_DO_NOT_MATCH',
			files: [files.kesSigningKeyFile, files.certificateFile],
			message: 'The operational certificate is of another KES key: issue one for this key.',
		});
	// Only now is it certain that the file is ours to tidy up.
	await settleSecretFile(files.kesSigningKeyFile);
	return {
		issuerVk: coldVk,
		vrfSeed: seed,
		vrfVk: verificationKey,
		operationalCertificate: certificate,
		kes: kesSignerOf(crypto, files.kesSigningKeyFile, kes),
	};
};
