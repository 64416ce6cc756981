/**
 * Who a peer is: an Ed25519 key, shown by a certificate that the key signs for itself (RFC 8410, RFC 5280). Nobody is
 * asked whether to trust it; the key is compared with the one that was asked for.
 */
import {createPrivateKey, createPublicKey, sign, type X509Certificate} from 'node:crypto';
import {assert} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {
	bitString,
	explicit,
	generalizedTime,
	integer,
	objectIdentifier,
	octetString,
	sequence,
	set,
	utcTime,
	utf8String,
} from './der.ts';

export type Identity = {
	/** The verification key, 32 bytes. */
	readonly key: Uint8Array;
	/** PKCS #8, PEM. */
	readonly privateKeyPem: string;
	/** X.509, PEM. */
	readonly certificatePem: string;
};

/** 1.3.101.112 */
const ED25519 = sequence(objectIdentifier(0x2b, 0x65, 0x70));
/** 2.5.4.3 */
const COMMON_NAME = objectIdentifier(0x55, 0x04, 0x03);
const VERSION_3 = explicit(0, integer(Uint8Array.of(2)));
const SPKI_PREFIX_BYTES = 12;
/** The key does not age by itself: RFC 5280 section 4.1.2.5 for "no well-defined expiration date". */
const VALIDITY = sequence(utcTime('700101000000Z'), generalizedTime('99991231235959Z'));

const pem = (label: string, der: Uint8Array): string => {
	const lines =
		Buffer.from(der)
			.toString('base64')
			.match(/.{1,64}/g) ?? [];
	return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
};

/** The identity of an Ed25519 seed of 32 bytes; the same seed gives the same certificate. */
export const identityOfSeed = (seed: Uint8Array): Identity => {
	assert(seed.length === 32, 'an Ed25519 seed has 32 bytes');
	const pkcs8 = sequence(integer(Uint8Array.of(0)), ED25519, octetString(octetString(seed)));
	const privateKey = createPrivateKey({key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8'});
	const spki = new Uint8Array(createPublicKey(privateKey).export({format: 'der', type: 'spki'}));
	const key = spki.slice(SPKI_PREFIX_BYTES);
	const name = sequence(set(sequence(COMMON_NAME, utf8String(toHex(key)))));
	const serial = integer(Uint8Array.of(0x01, ...key.subarray(0, 15)));
	const content = sequence(VERSION_3, serial, ED25519, name, VALIDITY, name, spki);
	const certificate = sequence(content, ED25519, bitString(sign(null, content, privateKey)));
	return {
		key,
		privateKeyPem: pem('PRIVATE KEY', pkcs8),
		certificatePem: pem('CERTIFICATE', certificate),
	};
};

/** The Ed25519 key that a certificate carries, or undefined when it carries another kind. */
export const keyOfCertificate = (certificate: X509Certificate | undefined): Uint8Array | undefined => {
	const publicKey = certificate?.publicKey;
	if (publicKey?.asymmetricKeyType !== 'ed25519') return undefined;
	return new Uint8Array(publicKey.export({format: 'der', type: 'spki'})).slice(SPKI_PREFIX_BYTES);
};
