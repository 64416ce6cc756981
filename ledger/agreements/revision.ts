/** What both sides of an agreement say of its pieces, off the chain: the newest one counts. */
import type {Crypto, Hasher, SecretCrypto} from '#crypto/crypto';
import {bytes, type Codec, decode, encode, nullable, record, uint} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {GenesisHash, Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {Epoch} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import {EPOCH_MAX, LEAVES_MAX} from '../limits.ts';

/** Says which pieces there are, never what they cost: the agreement on chain pays for its capacity. */
export type Revision = {
	readonly agreementId: Hash32;
	/** More than that of the one before; the first is 1 or more. */
	readonly revisionNo: number;
	/** `revisionHash` of the one before; null for the first. */
	readonly prevHash: Hash32 | null;
	/** Of the agreement trie. */
	readonly root: Hash32;
	readonly leaves: number;
	/** The first epoch whose commitment must have this revision or a later one. */
	readonly validFrom: Epoch;
	/** Ed25519, 32 bytes: who may repair from now on. */
	readonly repairerVk: Uint8Array;
};

export type SignedRevision = {
	readonly revision: Revision;
	/** Ed25519, 32 bytes: of the client; or, for an agreement that took over from another, of its repairer. */
	readonly clientVk: Uint8Array;
	readonly clientSignature: Uint8Array;
	/** By the provider's operator. */
	readonly providerSignature: Uint8Array;
};

export const revisionCodec: Codec<Revision> = record({
	agreementId: bytes<Hash32>(32),
	revisionNo: uint(),
	prevHash: nullable(bytes<Hash32>(32)),
	root: bytes<Hash32>(32),
	leaves: uint(LEAVES_MAX),
	validFrom: uint<Epoch>(EPOCH_MAX),
	repairerVk: bytes(32),
});

export const signedRevisionCodec: Codec<SignedRevision> = record({
	revision: revisionCodec,
	clientVk: bytes(32),
	clientSignature: bytes(64),
	providerSignature: bytes(64),
});

/** More than any signed revision needs: five items of 32 bytes, two of 64, three numbers, heads. */
export const SIGNED_REVISION_BYTES_MAX = 384;

const DOMAIN = encodeUtf8('dcloud/revision/v1');

/** What signatures on the side-chain depend on; a `LedgerEnv` is one. */
export type RevisionDomain = {readonly crypto: Hasher; readonly genesisHash: GenesisHash};

/** What both sides sign, and what the next revision points at. */
export const revisionHash = ({crypto, genesisHash}: RevisionDomain, revision: Revision): Hash32 =>
	crypto.blake2b256(DOMAIN, genesisHash, encode(revisionCodec, revision));

export const signRevision = (
	domain: RevisionDomain,
	secretCrypto: Pick<SecretCrypto, 'signEd25519'>,
	seed: Uint8Array,
	revision: Revision,
): Uint8Array => secretCrypto.signEd25519(seed, revisionHash(domain, revision));

export type RevisionSigner = 'client' | 'provider';

export type RevisionForged = {
	readonly code: 'REVISION_SIGNATURE_INVALID';
	readonly agreementId: Hash32;
	readonly revisionNo: number;
	readonly signer: RevisionSigner;
};

/** Whether both signed it. Whose keys they are is for the caller to say. */
export const verifyRevision = (
	domain: RevisionDomain & {readonly crypto: Pick<Crypto, 'verifyEd25519'>},
	operatorVk: Uint8Array,
	{revision, clientVk, clientSignature, providerSignature}: SignedRevision,
): Result<void, RevisionForged> => {
	const {agreementId, revisionNo} = revision;
	const hash = revisionHash(domain, revision);
	const forged = (signer: RevisionSigner): Result<never, RevisionForged> =>
		err({code: 'REVISION_SIGNATURE_INVALID', agreementId, revisionNo, signer});
	if (!domain.crypto.verifyEd25519(clientSignature, hash, clientVk)) return forged('client');
	return domain.crypto.verifyEd25519(providerSignature, hash, operatorVk)
		? ok(undefined)
		: forged('provider');
};

/** Canonical CBOR. */
export const encodeRevision = (revision: Revision): Uint8Array => encode(revisionCodec, revision);
export const encodeSignedRevision = (signed: SignedRevision): Uint8Array =>
	encode(signedRevisionCodec, signed);

export type RevisionMalformed = {readonly code: 'REVISION_MALFORMED'; readonly failure: CborFailure};

const decodeAs = <T>(codec: Codec<T>, from: Uint8Array): Result<T, RevisionMalformed> => {
	const decoded = decode(codec, from);
	return decoded.ok ? decoded : err({code: 'REVISION_MALFORMED', failure: decoded.error});
};

export const decodeRevision = (from: Uint8Array): Result<Revision, RevisionMalformed> =>
	decodeAs(revisionCodec, from);

export const decodeSignedRevision = (from: Uint8Array): Result<SignedRevision, RevisionMalformed> =>
	decodeAs(signedRevisionCodec, from);
