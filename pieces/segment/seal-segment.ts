/**
 * AES-256-GCM over chunks of 64 KiB: nonce = u96be(chunkIndex * 2 + last), so that chunks cannot change places and a cut
 * segment does not open; associated data = format version | u64be(plaintext length). The key is fresh for every segment
 * that is written, so no nonce is ever used twice with it.
 */
import type {Aead} from '#crypto/aead';
import {assert} from '#kernel/assert';
import {concat, u64be} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {
	type ByteRange,
	CHUNK_BYTES,
	chunkCount,
	type RangeRead,
	SEALED_CHUNK_BYTES,
	sealedLength,
	TAG_BYTES,
} from './segment-layout.ts';

const FORMAT_VERSION = Uint8Array.of(1);

/** A number as a 12-byte nonce, big-endian. */
export const nonceOf = (value: number): Uint8Array => {
	const nonce = new Uint8Array(12);
	nonce.set(u64be(value), 4);
	return nonce;
};

const chunkNonce = (index: number, chunks: number): Uint8Array =>
	nonceOf(2 * index + Number(index === chunks - 1));

const associatedData = (plaintextLength: number): Uint8Array =>
	concat(FORMAT_VERSION, u64be(plaintextLength));

export type ChunkPlace = {
	readonly segmentKey: Uint8Array;
	readonly plaintextLength: number;
	/** The chunk's number in the segment. */
	readonly index: number;
};

/** A chunk's ciphertext and tag, in `into`, at whose front the plaintext may stand. */
export const sealChunk = (
	aead: Aead,
	{segmentKey, plaintextLength, index}: ChunkPlace,
	{plaintext, into}: {readonly plaintext: Uint8Array; readonly into: Uint8Array},
): Uint8Array =>
	aead.seal(
		segmentKey,
		chunkNonce(index, chunkCount(plaintextLength)),
		associatedData(plaintextLength),
		plaintext,
		into,
	);

/** A chunk's plaintext; undefined when it was altered, moved, or sealed with another key. */
export const openChunk = (
	aead: Aead,
	{segmentKey, plaintextLength, index}: ChunkPlace,
	sealed: Uint8Array,
): Uint8Array | undefined =>
	aead.open(
		segmentKey,
		chunkNonce(index, chunkCount(plaintextLength)),
		associatedData(plaintextLength),
		sealed,
	);

/** Writes the sealed chunks to the front of `into`, which has room for `sealedLength(plaintext.length)` bytes. */
export const sealSegment = (
	aead: Aead,
	segmentKey: Uint8Array,
	plaintext: Uint8Array,
	into: Uint8Array,
): void => {
	assert(into.length >= sealedLength(plaintext.length), 'no room for the sealed segment');
	const chunks = chunkCount(plaintext.length);
	const associated = associatedData(plaintext.length);
	for (let index = 0; index < chunks; index++) {
		const chunk = plaintext.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
		into.set(aead.seal(segmentKey, chunkNonce(index, chunks), associated, chunk), index * SEALED_CHUNK_BYTES);
	}
};

/** A chunk was altered, cut, moved, or sealed with another key. */
export type SealBroken = {readonly code: 'SEGMENT_SEAL_BROKEN'; readonly chunk: number};

export type OpenRangeInput = {
	readonly segmentKey: Uint8Array;
	readonly plaintextLength: number;
	/** The first of the chunks, and the sealed bytes of all that are to be opened. */
	readonly firstChunk: number;
	readonly sealed: Uint8Array;
};

/** Opens whole chunks that follow each other; the plaintext of all of them. */
export const openChunks = (
	aead: Aead,
	{segmentKey, plaintextLength, firstChunk, sealed}: OpenRangeInput,
): Result<Uint8Array, SealBroken> => {
	const chunks = chunkCount(plaintextLength);
	const associated = associatedData(plaintextLength);
	const opened = Math.ceil(sealed.length / SEALED_CHUNK_BYTES);
	const plaintext = new Uint8Array(Math.max(0, sealed.length - opened * TAG_BYTES));
	for (let at = 0; at < opened; at++) {
		const chunk = firstChunk + at;
		const bytes = sealed.subarray(at * SEALED_CHUNK_BYTES, (at + 1) * SEALED_CHUNK_BYTES);
		const clear = aead.open(segmentKey, chunkNonce(chunk, chunks), associated, bytes);
		if (clear === undefined) return err({code: 'SEGMENT_SEAL_BROKEN', chunk});
		plaintext.set(clear, at * CHUNK_BYTES);
	}
	return ok(plaintext);
};

/** The plaintext of `range` from the sealed bytes that `rangeOfPieces` named. */
export const openRange = (
	aead: Aead,
	{segmentKey, plaintextLength}: {readonly segmentKey: Uint8Array; readonly plaintextLength: number},
	{read, range, sealed}: {readonly read: RangeRead; readonly range: ByteRange; readonly sealed: Uint8Array},
): Result<Uint8Array, SealBroken> => {
	assert(sealed.length === read.sealed.until - read.sealed.from, 'not the bytes of this range');
	const {firstChunk} = read;
	const opened = openChunks(aead, {segmentKey, plaintextLength, firstChunk, sealed});
	if (!opened.ok) return opened;
	const start = firstChunk * CHUNK_BYTES;
	return ok(opened.value.subarray(range.from - start, range.until - start));
};
