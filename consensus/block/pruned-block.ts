/**
 * Blocks without their storage proofs: segment 4 is needed to judge a block and never after that, and takes most of its
 * space. What stands in its place is its hash, so that the body is still the one that the header promises.
 */
import type {Hasher} from '#crypto/crypto';
import {concat, equalBytes} from '#kernel/bytes';
import {decodeWith} from '#kernel/cbor/codec';
import {err, type Result} from '#kernel/result';
import type {Header} from '../header/header.ts';
import {accepted} from '../header/rules/accepted.ts';
import {type Block, encodeBlock} from './block.ts';
import type {BodySegments} from './body-hash.ts';
import type {BodyFailure} from './check-body.ts';

const HASH_BYTES = 32;
/** A CBOR byte string of 32 bytes; a segment of our chain is a list. */
const HASH_HEAD = Uint8Array.of(0x58, HASH_BYTES);

const isHash = (segment: Uint8Array): boolean =>
	segment.length === HASH_HEAD.length + HASH_BYTES &&
	equalBytes(segment.subarray(0, HASH_HEAD.length), HASH_HEAD);

export const isPruned = (segments: BodySegments): boolean => isHash(segments[3]);

/** Of a block that was judged before. O(its bytes), without a hash. */
export const isPrunedBlock = (bytes: Uint8Array): boolean => {
	const last = bytes.length - HASH_HEAD.length - HASH_BYTES;
	// The head might stand by chance within a proof, so that the segment is looked at only if it may be one.
	if (last < 0 || !isHash(bytes.subarray(last))) return false;
	const found = decodeWith(bytes, reader => {
		reader.arrayOf(5);
		for (let item = 0; item < 4; item++) reader.skip();
		return reader.skip();
	});
	return found.ok && isHash(found.value);
};

/** The block without its proofs; undefined when it would not be shorter. */
export const pruneBlock = (
	hasher: Hasher,
	{headerBytes, segments}: Pick<Block, 'headerBytes' | 'segments'>,
): Uint8Array | undefined => {
	const [bodies, witnesses, mainChain, proofs] = segments;
	if (proofs.length <= HASH_HEAD.length + HASH_BYTES) return undefined;
	const hash = concat(HASH_HEAD, hasher.blake2b256(proofs));
	return encodeBlock(headerBytes, [bodies, witnesses, mainChain, hash]);
};

/** `checkBody` for a block that was pruned: its size is as large as the header says or smaller. */
export const checkPrunedBody = (
	hasher: Hasher,
	header: Pick<Header, 'bodyHash' | 'bodySize'>,
	[bodies, witnesses, mainChain, proofs]: BodySegments,
): Result<undefined, BodyFailure> => {
	const kept = bodies.length + witnesses.length + mainChain.length;
	if (kept > header.bodySize) return err({code: 'BODY_SIZE_WRONG', claimed: header.bodySize, actual: kept});
	const hashes = [bodies, witnesses, mainChain].map(segment => hasher.blake2b256(segment));
	const hash = hasher.blake2b256(...hashes, proofs.subarray(HASH_HEAD.length));
	if (!isHash(proofs) || !equalBytes(hash, header.bodyHash))
		return err({code: 'BODY_HASH_WRONG', claimed: header.bodyHash, actual: hash});
	return accepted;
};
