import type {Result} from '#kernel/result';
import type {IndexedPiece} from '#pieces/erasure/erasure-code';
import type {SealBroken} from '#pieces/segment/seal-segment';
import type {NamedPiece, ReceivedPiece, SegmentSpace} from '#pieces/segment/segment-in-place';

/**
 * The computing that segments take, done beside everything else where there are threads for it. Nobody touches a space
 * or a piece while it is being worked on.
 */
export type SegmentWorks = {
	/** Memory in which segments are worked on without being copied. What is in it is not said. */
	memory(bytes: number): Uint8Array;
	/** Nobody uses this memory any more, nor any part of it: the next one who asks for as much may get it. */
	release(memory: Uint8Array): void;
	/** `encodeInPlace`: seals what plaintext was laid out and makes the pieces around it. */
	encode(space: SegmentSpace, ready: (piece: NamedPiece) => void): Promise<void>;
	/** `sparePiece`: one more piece of a segment that was encoded. */
	spare(space: SegmentSpace, index: number): Promise<NamedPiece & {readonly bytes: Uint8Array}>;
	/** `unmaskIfPiece`: whether bytes are the piece; if so its mask is taken off. */
	receive(piece: ReceivedPiece): Promise<boolean>;
	/** `decodeInPlace`: the plaintext, at the front of the space, of k pieces that were received. */
	decode(space: SegmentSpace, have: readonly IndexedPiece[]): Promise<Result<Uint8Array, SealBroken>>;
	/** Ends its threads; what they were working on rejects with SEGMENT_WORKS_CLOSED. */
	close(): Promise<void>;
};
