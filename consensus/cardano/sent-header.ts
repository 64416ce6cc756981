/** Headers as chain-sync carries them: how they are found in a block, and what their hashes are, in every era. */
import type {Hasher} from '#crypto/crypto';
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {HeaderHash} from '#kernel/hash';
import {ok, type Result} from '#kernel/result';
import {BYRON_MAIN, byronHeaderHash, encodeByronHeader, splitByronHeader} from './byron-header.ts';
import {cardanoCbor} from './cardano-cbor.ts';

/** `tag` counts eras as chain-sync does; `bytes` are what stands in its CBOR in CBOR, of Byron all that follows the tag. */
export type SentHeader = {readonly tag: number; readonly bytes: Uint8Array};

/** The header of `[era, [header, …]]`; the rest is not looked at. A view, but of Byron. */
export const headerOfBlock = (block: Uint8Array): Result<SentHeader, CborFailure> => {
	const read = decodeWith(
		block,
		reader => {
			reader.arrayOf(2);
			const era = reader.uint(255);
			reader.array();
			const bytes = reader.skip();
			reader.position = reader.end;
			return {era, bytes};
		},
		cardanoCbor,
	);
	if (!read.ok) return read;
	const {era, bytes} = read.value;
	if (era > BYRON_MAIN) return ok({tag: era - 1, bytes});
	return ok({tag: 0, bytes: encodeByronHeader(era, bytes, block.length)});
};

/** Undefined when what came of Byron is no header. */
export const hashOfSent = (hasher: Hasher, {tag, bytes}: SentHeader): HeaderHash | undefined => {
	if (tag > 0) return hasher.blake2b256(bytes) as HeaderHash;
	const split = splitByronHeader(bytes);
	return split.ok ? byronHeaderHash(hasher, split.value.kind, split.value.bytes) : undefined;
};
