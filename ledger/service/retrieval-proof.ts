/** How a provider answers a demand: with the leaf, or by showing that the piece was freed. */
import {type Codec, decode, encode, variant} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Result} from '#kernel/result';
import {type PieceOpening, pieceOpeningCodec} from '#storage-proofs/piece/piece-opening';
import {type AbsenceProof, absenceProofCodec} from '#storage-proofs/trie/trie-path';

export type RetrievalProof =
	/** The leaf that was demanded, up to the piece's id. */
	| {readonly kind: 'leaf'; readonly opening: PieceOpening}
	/** Under the root of the newest revision that the chain knows there is no such piece. */
	| {readonly kind: 'freed'; readonly absence: AbsenceProof};

const retrievalProofCodec: Codec<RetrievalProof> = variant({
	leaf: [0, {opening: pieceOpeningCodec}],
	freed: [1, {absence: absenceProofCodec}],
});

export const encodeRetrievalProof = (proof: RetrievalProof): Uint8Array => encode(retrievalProofCodec, proof);

export const decodeRetrievalProof = (bytes: Uint8Array): Result<RetrievalProof, CborFailure> =>
	decode(retrievalProofCodec, bytes);
