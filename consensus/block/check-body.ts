import type {Hasher} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import type {Header} from '../header/header.ts';
import {accepted} from '../header/rules/accepted.ts';
import {bodyHash, bodySize} from './body-hash.ts';

export type BodyFailure =
	| {readonly code: 'BODY_SIZE_WRONG'; readonly claimed: number; readonly actual: number}
	| {readonly code: 'BODY_HASH_WRONG'; readonly claimed: Hash32; readonly actual: Hash32};

/** The body is the one that the header promises. */
export const checkBody = (
	hasher: Hasher,
	header: Pick<Header, 'bodyHash' | 'bodySize'>,
	segments: readonly Uint8Array[],
): Result<undefined, BodyFailure> => {
	const size = bodySize(segments);
	if (size !== header.bodySize) return err({code: 'BODY_SIZE_WRONG', claimed: header.bodySize, actual: size});
	const hash = bodyHash(hasher, segments);
	if (!equalBytes(hash, header.bodyHash))
		return err({code: 'BODY_HASH_WRONG', claimed: header.bodyHash, actual: hash});
	return accepted;
};
