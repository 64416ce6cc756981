/** What Byron signs: delegations, and blocks (cardano-ledger, `Cardano.Chain.Delegation.Certificate`, `Cardano.Chain.Block.Header`, `recoverSignedBytes`). */
import type {Crypto} from '#crypto/crypto';
import {concat} from '#kernel/bytes';
import {CborWriter} from '#kernel/cbor/writer';

/** A genesis key's word that another key signs for it. Keys are 64 bytes: an Ed25519 key and a chain code, which signatures do not need. */
export type ByronCertificate = {
	readonly epoch: number;
	readonly issuerVk: Uint8Array;
	readonly delegateVk: Uint8Array;
	readonly signature: Uint8Array;
};

/** What is signed begins with what it is: a delegation certificate, a block by a heavyweight delegate. */
const SIGNS_CERTIFICATE = 0x0a;
const SIGNS_BLOCK = 0x09;
/** ASCII "00" and "01" before what is signed. */
const CERTIFICATE_PREFIX = Uint8Array.of(0x30, 0x30);
const BLOCK_PREFIX = Uint8Array.of(0x30, 0x31);
const ED25519_BYTES = 32;

const uintItem = (value: number): Uint8Array => new CborWriter().uint(value).finish();

/** The bytes that a genesis key signs to delegate. */
export const byronCertificateMessage = (
	networkMagic: number,
	{epoch, delegateVk}: Pick<ByronCertificate, 'epoch' | 'delegateVk'>,
): Uint8Array => {
	const delegated = concat(CERTIFICATE_PREFIX, delegateVk, uintItem(epoch));
	const item = new CborWriter().bytes(delegated).finish();
	return concat(Uint8Array.of(SIGNS_CERTIFICATE), uintItem(networkMagic), item);
};

export const isByronCertificate = (
	crypto: Pick<Crypto, 'verifyEd25519'>,
	networkMagic: number,
	certificate: ByronCertificate,
): boolean =>
	crypto.verifyEd25519(
		certificate.signature,
		byronCertificateMessage(networkMagic, certificate),
		certificate.issuerVk.subarray(0, ED25519_BYTES),
	);

/** The bytes that a delegate signs of a block; `fields` as they stand in the header. */
export const byronBlockMessage = (
	networkMagic: number,
	issuerVk: Uint8Array,
	fields: readonly Uint8Array[],
): Uint8Array => {
	const magic = uintItem(networkMagic);
	const list = Uint8Array.of(0x80 + fields.length);
	return concat(BLOCK_PREFIX, issuerVk, Uint8Array.of(SIGNS_BLOCK), magic, list, ...fields);
};

export const isByronBlockSignature = (
	crypto: Pick<Crypto, 'verifyEd25519'>,
	signature: Uint8Array,
	message: Uint8Array,
	delegateVk: Uint8Array,
): boolean => crypto.verifyEd25519(signature, message, delegateVk.subarray(0, ED25519_BYTES));
