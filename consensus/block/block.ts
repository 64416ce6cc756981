import type {Hasher} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {CborWriter} from '#kernel/cbor/writer';
import type {HeaderHash} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {
	decodeHeader,
	type Header,
	type HeaderDecodeFailure,
	type HeaderDecodeOptions,
} from '../header/header.ts';
import {readArray} from '../read-array.ts';
import type {BodySegments} from './body-hash.ts';

/** [header, segment 1, .., segment 4], taken apart; what is in a segment is not consensus' business. */
export type Block = {
	readonly header: Header;
	/** A copy of the header's bytes: the same as `header.bytes`. */
	readonly headerBytes: Uint8Array;
	/** Views of `bytes`. */
	readonly segments: BodySegments;
	/** The whole block as it came. */
	readonly bytes: Uint8Array;
};

export type BlockDecodeFailure =
	| CborFailure
	| HeaderDecodeFailure
	| {readonly code: 'BLOCK_TOO_LARGE'; readonly bytes: number; readonly bytesMax: number};

export type BlockDecodeOptions = HeaderDecodeOptions & {
	/** Default: no limit besides the protocol's own. Checked before anything is read. */
	readonly bytesMax?: number;
};

/** Plutus data on Cardano nests deeper than anything of ours. */
const CARDANO_DEPTH_MAX = 1024;

type Parts = Pick<Block, 'headerBytes' | 'segments'>;

const splitBlock = (
	bytes: Uint8Array,
	{canonical = true, bytesMax = Number.MAX_SAFE_INTEGER}: BlockDecodeOptions,
): Result<Parts, BlockDecodeFailure> => {
	if (bytes.length > bytesMax) return err({code: 'BLOCK_TOO_LARGE', bytes: bytes.length, bytesMax});
	return decodeWith(
		bytes,
		reader =>
			readArray(reader, 5, () => ({
				headerBytes: reader.skip(),
				segments: [reader.skip(), reader.skip(), reader.skip(), reader.skip()] as const,
			})),
		canonical ? {} : {canonical, depthMax: CARDANO_DEPTH_MAX},
	);
};

/** The header within a block that was judged before, as a view; undefined when that is no block. */
export const headerBytesIn = (bytes: Uint8Array): Uint8Array | undefined => {
	const found = decodeWith(bytes, reader => {
		reader.arrayOf(5);
		const header = reader.skip();
		reader.position = reader.end;
		return header;
	});
	return found.ok ? found.value : undefined;
};

/** Takes a block apart; `bytes` must not change afterwards. Does not check that body and header belong together. */
export const decodeBlock = (
	hasher: Hasher,
	bytes: Uint8Array,
	options: BlockDecodeOptions = {},
): Result<Block, BlockDecodeFailure> => {
	const parts = splitBlock(bytes, options);
	if (!parts.ok) return parts;
	const {canonical = true} = options;
	const header = decodeHeader(hasher, parts.value.headerBytes, {canonical});
	if (!header.ok) return header;
	return ok({header: header.value, headerBytes: header.value.bytes, segments: parts.value.segments, bytes});
};

export type OtherBlockFailure = {readonly code: 'BLOCK_NOT_ASKED_FOR'; readonly expected: HeaderHash};

/** `decodeBlock` for a block whose header was decoded before: another one is refused without a look at it. */
export const decodeBlockOf = (
	header: Header,
	bytes: Uint8Array,
	options: BlockDecodeOptions = {},
): Result<Block, BlockDecodeFailure | OtherBlockFailure> => {
	const parts = splitBlock(bytes, options);
	if (!parts.ok) return parts;
	const {headerBytes, segments} = parts.value;
	if (!equalBytes(headerBytes, header.bytes))
		return err({code: 'BLOCK_NOT_ASKED_FOR', expected: header.hash});
	return ok({header, headerBytes: header.bytes, segments, bytes});
};

export const encodeBlock = (headerBytes: Uint8Array, segments: BodySegments): Uint8Array => {
	const writer = new CborWriter().array(5).raw(headerBytes);
	for (const segment of segments) writer.raw(segment);
	return writer.finish();
};
