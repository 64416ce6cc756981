import type {PieceId} from '#crypto/piece-id';
import {bytes, type Codec, decode, encode, list, record, u64} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Hash32} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import {CHALLENGES} from './challenge.ts';
import {type PieceOpening, pieceOpeningCodec} from './piece/piece-opening.ts';
import {type TriePath, triePathCodec} from './trie/trie-path.ts';

/** One challenged leaf, shown from its bytes up to the root of the forest. Its number in the piece follows from the sums. */
export type LeafOpening = {
	readonly agreementId: Hash32;
	readonly revisionNo: bigint;
	readonly agreementRoot: Hash32;
	/** From the forest's root to the agreement. */
	readonly agreementPath: TriePath;
	readonly pieceId: PieceId;
	/** From the agreement's root to the piece. */
	readonly piecePath: TriePath;
	readonly piece: PieceOpening;
};

/** The answer to all challenges of an epoch, in their order; empty for a forest without leaves. */
export type ForestProof = {readonly openings: readonly LeafOpening[]};

/**
 * The longest proof that is looked at. Ten terabytes need about 20 KiB; crowding somebody's trie up to this length takes
 * keys with 60 chosen bits.
 */
export const FOREST_PROOF_BYTES_MAX = 49_152;

const openingCodec: Codec<LeafOpening> = record({
	agreementId: bytes<Hash32>(32),
	revisionNo: u64,
	agreementRoot: bytes<Hash32>(32),
	agreementPath: triePathCodec,
	pieceId: bytes<PieceId>(32),
	piecePath: triePathCodec,
	piece: pieceOpeningCodec,
});

export const forestProofCodec: Codec<ForestProof> = record({openings: list(openingCodec, CHALLENGES)});

export type ForestProofFailure =
	| CborFailure
	| {readonly code: 'FOREST_PROOF_TOO_LONG'; readonly length: number; readonly lengthMax: number};

/** Canonical CBOR. */
export const encodeForestProof = (proof: ForestProof): Uint8Array => encode(forestProofCodec, proof);

export const decodeForestProof = (bytes: Uint8Array): Result<ForestProof, ForestProofFailure> =>
	bytes.length > FOREST_PROOF_BYTES_MAX
		? err({code: 'FOREST_PROOF_TOO_LONG', length: bytes.length, lengthMax: FOREST_PROOF_BYTES_MAX})
		: decode(forestProofCodec, bytes);
