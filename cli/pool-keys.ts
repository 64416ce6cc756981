/** The keys of a stake pool, in cardano-cli's files: cold, VRF, KES, checkpoint, operational certificate, its counter. */
import {rm} from 'node:fs/promises';
import path from 'node:path';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {createCounterFile, issueCertificateFile} from '#node/adapters/certificate-files';
import {makeKeyPair} from './key-pair.ts';

type Primitives = Crypto & SecretCrypto;

/** Issues the next certificate for FOLDER's KES key, from `startPeriod` (a KES period of the chain); returns its number. */
export const issueCertificate = async (
	crypto: Primitives,
	folder: string,
	startPeriod: number,
): Promise<bigint> => {
	const {certificate} = await issueCertificateFile(
		crypto,
		{
			kesVerificationKeyFile: path.join(folder, 'kes.vkey'),
			coldSigningKeyFile: path.join(folder, 'cold.skey'),
			counterFile: path.join(folder, 'opcert.counter'),
			certificateFile: path.join(folder, 'node.cert'),
		},
		startPeriod,
	);
	return certificate.counter;
};

/** Replaces FOLDER's KES key by a new one and certifies that; returns the certificate's number. */
export const renewKesKeys = async (
	crypto: Primitives,
	folder: string,
	startPeriod: number,
): Promise<bigint> => {
	for (const file of ['kes.skey', 'kes.vkey']) await rm(path.join(folder, file), {force: true});
	await makeKeyPair(crypto, path.join(folder, 'kes'), 'kes');
	return issueCertificate(crypto, folder, startPeriod);
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
	await issueCertificate(crypto, folder, startPeriod);
	for (const {seed} of [cold, vrf, checkpoint]) seed.fill(0);
	return {
		folder,
		poolId: cold.keyHash,
		coldVk: cold.verificationKey,
		vrfVk: vrf.verificationKey,
		checkpointVk: checkpoint.verificationKey,
	};
};
