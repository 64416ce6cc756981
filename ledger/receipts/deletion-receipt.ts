/**
 * What a customer keeps when it deletes a file: both sides' signatures that the pieces are gone from their agreements, and
 * the customer's own that the keys are gone. Anybody can verify it, without a network.
 */

import type {Hasher, SecretCrypto} from '#crypto/crypto';
import {bytes, type Codec, decode, encode, list, nullable, record, text, u64, uint} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {GenesisHash, Hash32} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import {type PieceProof, pieceProofCodec} from '#storage-proofs/piece-proof';
import {type AbsenceProof, absenceProofCodec} from '#storage-proofs/trie/trie-path';
import {type SignedRevision, signedRevisionCodec} from '../agreements/revision.ts';
import {LEAVES_MAX} from '../limits.ts';

export type FreedPiece = {
	readonly pieceId: Hash32;
	readonly leaves: number;
	/** That it was in the first revision; null where there is only one. */
	readonly held: PieceProof | null;
	/** That it is not in the last. */
	readonly freed: AbsenceProof;
};

export type FreedAgreement = {
	readonly agreementId: Hash32;
	/** Ed25519, 32 bytes: the provider's, which signs its revisions. */
	readonly operatorVk: Uint8Array;
	/** Each on top of the one before: from one with the pieces to one without; only the last where the first is not known. */
	readonly revisions: readonly SignedRevision[];
	readonly pieces: readonly FreedPiece[];
};

/** Why nothing was signed for an agreement. A reason's place is its number on the wire: only ever append. */
const REASONS = ['ended', 'unreachable', 'refused', 'unknown'] as const;
/** ended: it is not on chain any more, or vacated; unknown: its provider holds other pieces than this customer knows. */
export type LeftReason = (typeof REASONS)[number];
export type LeftAgreement = {readonly agreementId: Hash32; readonly reason: LeftReason};

export type DeletionStatement = {
	readonly genesisHash: GenesisHash;
	/** Ed25519, 32 bytes: the customer's. */
	readonly clientVk: Uint8Array;
	/** What the file was called, and what it was. */
	readonly name: string;
	readonly size: bigint;
	/** 32 bytes, of the plaintext. */
	readonly sha256: Uint8Array;
	/** When, by the customer's word. */
	readonly slot: Slot;
	readonly agreements: readonly FreedAgreement[];
	readonly left: readonly LeftAgreement[];
};

/** The customer states with its signature: the keys of this file are destroyed. */
export type DeletionReceipt = {readonly statement: DeletionStatement; readonly signature: Uint8Array};

/** The longest that is looked at: a hundred thousand pieces. */
export const RECEIPT_BYTES_MAX: number = 256 * 2 ** 20;
const NAME_BYTES_MAX = 1024;
const AGREEMENTS_MAX = 4096;
const REVISIONS_MAX = 1024;
const PIECES_MAX = 2 ** 20;

const reasonCodec: Codec<LeftReason> = {
	write: (writer, reason) => writer.uint(REASONS.indexOf(reason)),
	read: reader => REASONS[reader.uint(REASONS.length - 1)] as LeftReason,
};

const hash: Codec<Hash32> = bytes<Hash32>(32);

const statementCodec: Codec<DeletionStatement> = record({
	genesisHash: bytes<GenesisHash>(32),
	clientVk: bytes(32),
	name: text(NAME_BYTES_MAX),
	size: u64,
	sha256: bytes(32),
	slot: uint<Slot>(),
	agreements: list(
		record({
			agreementId: hash,
			operatorVk: bytes(32),
			revisions: list(signedRevisionCodec, REVISIONS_MAX),
			pieces: list(
				record({
					pieceId: hash,
					leaves: uint(LEAVES_MAX),
					held: nullable(pieceProofCodec),
					freed: absenceProofCodec,
				}),
				PIECES_MAX,
			),
		}),
		AGREEMENTS_MAX,
	),
	left: list(record({agreementId: hash, reason: reasonCodec}), AGREEMENTS_MAX),
});

const receiptCodec: Codec<DeletionReceipt> = record({statement: statementCodec, signature: bytes(64)});

const DOMAIN = encodeUtf8('dcloud/deletion-receipt/v1');

/** The 32 bytes that the customer signs. */
export const deletionMessage = (hasher: Hasher, statement: DeletionStatement): Hash32 =>
	hasher.blake2b256(DOMAIN, statement.genesisHash, encode(statementCodec, statement));

/** Signed with the key of `seed`, whose verification key the statement names. */
export const signDeletion = (
	crypto: Hasher & Pick<SecretCrypto, 'signEd25519'>,
	seed: Uint8Array,
	statement: DeletionStatement,
): DeletionReceipt => ({statement, signature: crypto.signEd25519(seed, deletionMessage(crypto, statement))});

/** Canonical CBOR. */
export const encodeReceipt = (receipt: DeletionReceipt): Uint8Array => encode(receiptCodec, receipt);

export type ReceiptMalformed =
	| {readonly code: 'RECEIPT_TOO_LONG'; readonly length: number; readonly lengthMax: number}
	| {readonly code: 'RECEIPT_MALFORMED'; readonly failure: CborFailure};

export const decodeReceipt = (encoded: Uint8Array): Result<DeletionReceipt, ReceiptMalformed> => {
	const {length} = encoded;
	if (length > RECEIPT_BYTES_MAX)
		return err({code: 'RECEIPT_TOO_LONG', length, lengthMax: RECEIPT_BYTES_MAX});
	const decoded = decode(receiptCodec, encoded);
	return decoded.ok ? decoded : err({code: 'RECEIPT_MALFORMED', failure: decoded.error});
};
