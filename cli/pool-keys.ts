/** The keys of a stake pool, in cardano-cli's files: cold, VRF, KES, checkpoint, operational certificate, its counter. */
import {access, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {createCounterFile, issueCertificateFile, readCertificateFile} from '#node/adapters/certificate-files';
import {readKesSigningKey, replaceKesSigningKey, typesOf} from '#node/adapters/key-files';
import {eraseSecretFile} from '#node/adapters/secret-file';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {makeKeyPair} from './key-pair.ts';

type Primitives = Crypto & SecretCrypto;

/** Issues the next certificate for a KES key, from `startPeriod` (a KES period of the chain); returns its number. */
const issueCertificate = async (
	crypto: Primitives,
	folder: string,
	startPeriod: number,
	{kes, certificate}: {readonly kes: string; readonly certificate: string},
): Promise<bigint> => {
	const issued = await issueCertificateFile(
		crypto,
		{
			kesVerificationKeyFile: path.join(folder, `${kes}.vkey`),
			coldSigningKeyFile: path.join(folder, 'cold.skey'),
			counterFile: path.join(folder, 'opcert.counter'),
			certificateFile: path.join(folder, certificate),
		},
		startPeriod,
	);
	return issued.certificate.counter;
};

const exists = (file: string): Promise<boolean> =>
	access(file).then(
		() => true,
		() => false,
	);

const ignoreAbsence = (error: NodeJS.ErrnoException): void => {
	if (error.code !== 'ENOENT') throw error;
};

/**
 * Replaces FOLDER's KES key by a new one and certifies that; returns the certificate's number. The new key and its
 * certificate are whole, beside the old ones, before anything of these is touched; interrupted after that, the next call
 * finishes the work and issues nothing.
 */
export const renewKesKeys = async (
	crypto: Primitives,
	folder: string,
	startPeriod: number,
): Promise<bigint> => {
	const at = (name: string): string => path.join(folder, name);
	if (!(await exists(at('next.cert')))) {
		await eraseSecretFile(at('next-kes.skey'));
		await rm(at('next-kes.vkey'), {force: true});
		const {seed} = await makeKeyPair(crypto, at('next-kes'), 'kes');
		seed.fill(0);
		await issueCertificate(crypto, folder, startPeriod, {kes: 'next-kes', certificate: 'next.cert'});
	}
	const {certificate} = await readCertificateFile(crypto, at('next.cert'));
	const key = await readKesSigningKey(at('next-kes.skey'));
	const isReplacement = await exists(at('kes.skey'));
	if (isReplacement) await replaceKesSigningKey(at('kes.skey'), key);
	else await writeKeyFile(at('kes.skey'), typesOf.kes.signing, key);
	key.fill(0);
	await rename(at('next-kes.vkey'), at('kes.vkey')).catch(ignoreAbsence);
	// From here on the certificate is where it belongs, and what is left is a second copy of the key.
	await rename(at('next.cert'), at('node.cert'));
	await eraseSecretFile(at('next-kes.skey'));
	return certificate.counter;
};

export type PoolKeys = {
	readonly folder: string;
	/** In hexadecimal. */
	readonly poolId: string;
	readonly coldVk: Uint8Array;
	readonly vrfVk: Uint8Array;
	readonly checkpointVk: Uint8Array;
};

/** All keys of a new pool, with a certificate that starts in `startPeriod`. Throws FILE_EXISTS when one is there. */
export const makePoolKeys = async (
	crypto: Primitives,
	folder: string,
	startPeriod = 0,
): Promise<PoolKeys> => {
	const cold = await makeKeyPair(crypto, path.join(folder, 'cold'), 'cold');
	const vrf = await makeKeyPair(crypto, path.join(folder, 'vrf'), 'vrf');
	await makeKeyPair(crypto, path.join(folder, 'kes'), 'kes');
	const checkpoint = await makeKeyPair(crypto, path.join(folder, 'checkpoint'), 'checkpoint');
	await createCounterFile(path.join(folder, 'opcert.counter'), cold.verificationKey);
	await issueCertificate(crypto, folder, startPeriod, {kes: 'kes', certificate: 'node.cert'});
	for (const {seed} of [cold, vrf, checkpoint]) seed.fill(0);
	return {
		folder,
		poolId: cold.keyHash,
		coldVk: cold.verificationKey,
		vrfVk: vrf.verificationKey,
		checkpointVk: checkpoint.verificationKey,
	};
};
