/** Operational certificates and the counters that number them, in cardano-cli's files. */
import {certificateSignable, type OperationalCertificate} from '#consensus/opcert/operational-certificate';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import {bytes, decode, encode, record, u64} from '#kernel/cbor/codec';
import {inconsistent, readSigningKey, readVerificationKey} from './key-files.ts';
import {readTextEnvelope, writeTextEnvelope} from './text-envelope.ts';

const certificateForm = record({
	certificate: record({hotVk: bytes(32), counter: u64, startPeriod: u64, signature: bytes(64)}),
	coldVk: bytes(32),
});
const counterForm = record({counter: u64, coldVk: bytes(32)});

/** cardano-cli's names of the two types of file. */
export const CERTIFICATE = 'NodeOperationalCertificate';
export const COUNTER = 'NodeOperationalCertificateIssueCounter';

export type IssuedCertificate = {
	readonly certificate: OperationalCertificate;
	readonly coldVk: Uint8Array;
};

/** Writes a counter file: the next certificate will have the number `counter`, 0 for a new pool. Throws FILE_EXISTS. */
export const createCounterFile = (file: string, coldVk: Uint8Array, counter = 0n): Promise<void> =>
	writeCounter(file, counter, coldVk, false);

const writeCounter = (file: string, counter: bigint, coldVk: Uint8Array, replace: boolean): Promise<void> =>
	writeTextEnvelope(
		file,
		{
			type: COUNTER,
			description: `Next certificate issue number: ${counter}`,
			cbor: encode(counterForm, {counter, coldVk}),
		},
		{replace},
	);

export type IssueCounter = {
	/** Of the next certificate. */
	readonly counter: bigint;
	readonly coldVk: Uint8Array;
};

/** Throws KEY_FILE_BAD, FILE_…. */
export const readCounterFile = async (file: string): Promise<IssueCounter> => {
	const decoded = decode(counterForm, (await readTextEnvelope(file, COUNTER)).cbor);
	if (decoded.ok) return decoded.value;
	throw inconsistent(file, decoded.error.code);
};

/**
 * Certifies a KES key with the cold key, from `startPeriod` on. The counter file goes up first: a number is rather
 * lost than used twice.
 */
export const issueCertificateFile = async (
	crypto: Crypto & SecretCrypto,
	files: {
		readonly kesVerificationKeyFile: string;
		readonly coldSigningKeyFile: string;
		readonly counterFile: string;
		readonly certificateFile: string;
	},
	startPeriod: number,
): Promise<IssuedCertificate> => {
	const hotVk = await readVerificationKey(files.kesVerificationKeyFile, 'kes');
	const {seed, verificationKey: coldVk} = await readSigningKey(crypto, files.coldSigningKeyFile, 'cold');
	const {counter, coldVk: countedVk} = await readCounterFile(files.counterFile);
	if (!equalBytes(coldVk, countedVk))
		throw inconsistent(files.counterFile, 'it counts the certificates of another cold key');
	const unsigned = {hotVk, counter, startPeriod: BigInt(startPeriod)};
	const certificate = {...unsigned, signature: crypto.signEd25519(seed, certificateSignable(unsigned))};
	seed.fill(0);
	await writeCounter(files.counterFile, counter + 1n, coldVk, true);
	const cbor = encode(certificateForm, {certificate, coldVk});
	await writeTextEnvelope(files.certificateFile, {type: CERTIFICATE, description: '', cbor}, {replace: true});
	return {certificate, coldVk};
};

/** Reads a certificate and checks the cold key's signature. Throws KEY_FILE_BAD, FILE_…. */
export const readCertificateFile = async (crypto: Crypto, file: string): Promise<IssuedCertificate> => {
	const decoded = decode(certificateForm, (await readTextEnvelope(file, CERTIFICATE)).cbor);
	if (!decoded.ok) throw inconsistent(file, decoded.error.code);
	const {certificate, coldVk} = decoded.value;
	if (!crypto.verifyEd25519(certificate.signature, certificateSignable(certificate), coldVk))
		throw inconsistent(file, 'the cold key did not sign it');
	return decoded.value;
};
