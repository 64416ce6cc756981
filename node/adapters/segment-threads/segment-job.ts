/** What goes to a thread that works on segments, and what comes back. Both sides are ours. */
import type {Result} from '#kernel/result';
import type {IndexedPiece} from '#pieces/erasure/erasure-code';
import type {SealBroken} from '#pieces/segment/seal-segment';
import type {NamedPiece, ReceivedPiece, SegmentSpace} from '#pieces/segment/segment-in-place';

/** Bytes of spaces and pieces are shared memory; everything else is copied. */
export type SegmentJob =
	| {readonly kind: 'encode'; readonly space: SegmentSpace}
	| {readonly kind: 'spare'; readonly space: SegmentSpace; readonly index: number}
	| {readonly kind: 'receive'; readonly piece: ReceivedPiece}
	| {readonly kind: 'decode'; readonly space: SegmentSpace; readonly have: readonly IndexedPiece[]};

export type JobResult<K extends SegmentJob['kind']> = {
	readonly encode: undefined;
	readonly spare: NamedPiece & {readonly bytes: Uint8Array};
	readonly receive: boolean;
	/** The plaintext stands in the space. */
	readonly decode: Result<undefined, SealBroken>;
}[K];

export type ToThread = {readonly id: number; readonly job: SegmentJob};

export type FromThread =
	/** It has its kernels and can work. */
	| {readonly kind: 'started'}
	| {readonly kind: 'ready'; readonly id: number; readonly piece: NamedPiece}
	| {readonly kind: 'done'; readonly id: number; readonly result: JobResult<SegmentJob['kind']>}
	/** A bug: what an assertion said. */
	| {readonly kind: 'broken'; readonly id: number; readonly message: string};
