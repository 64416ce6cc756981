/** What is needed to find a file's pieces again and to open them. Kept encrypted by its owner (`sealed-manifest`). */
import type {PieceId} from '#crypto/piece-id';
import {bytes, type Codec, decode, encode, list, record, text, uint} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {type CodeProfile, codeProfileCodec, isCodeProfile} from '../erasure/code-profile.ts';
import {PIECES_MAX} from '../erasure/matrix.ts';
import {SEGMENT_BYTES_MAX} from '../segment/segment-layout.ts';
import {WRAPPED_KEY_BYTES} from './wrapped-key.ts';

/** Who holds pieces, under which agreement. */
export type Holder = {readonly providerId: Hash32; readonly agreementId: Hash32};

export type PlacedPiece = {
	readonly index: number;
	readonly pieceId: PieceId;
	/** Index into the holders. */
	readonly holder: number;
};

export type ManifestSegment = {
	readonly plaintextLength: number;
	/** The segment's key, wrapped under the file's key. */
	readonly wrappedKey: Uint8Array;
	/** In order of their indexes. */
	readonly pieces: readonly PlacedPiece[];
};

export type Manifest = {
	readonly version: 1;
	readonly name: string;
	/** Bytes of the file, and their SHA-256. */
	readonly size: number;
	readonly sha256: Uint8Array;
	/** The file's key, wrapped under the customer's key. */
	readonly wrappedFileKey: Uint8Array;
	readonly code: CodeProfile;
	readonly holders: readonly Holder[];
	readonly segments: readonly ManifestSegment[];
};

export const NAME_BYTES_MAX = 1024;
export const HOLDERS_MAX = 4096;
export const SEGMENTS_MAX = 16_384;
export const MANIFEST_BYTES_MAX: number = 48 * 2 ** 20;

export const holderCodec: Codec<Holder> = record({
	providerId: bytes<Hash32>(32),
	agreementId: bytes<Hash32>(32),
});

export const placedPieceCodec: Codec<PlacedPiece> = record({
	index: uint(PIECES_MAX - 1),
	pieceId: bytes<PieceId>(32),
	holder: uint(HOLDERS_MAX - 1),
});

export const segmentCodec: Codec<ManifestSegment> = record({
	plaintextLength: uint(SEGMENT_BYTES_MAX),
	wrappedKey: bytes(WRAPPED_KEY_BYTES),
	pieces: list(placedPieceCodec, PIECES_MAX),
});

export const manifestCodec: Codec<Manifest> = record({
	version: {
		write: (writer, value) => {
			writer.uint(value);
		},
		read: reader => {
			const at = reader.position;
			return reader.uint() === 1 ? 1 : reader.stop('CBOR_UNKNOWN_VARIANT', at);
		},
	} satisfies Codec<1>,
	name: text(NAME_BYTES_MAX),
	size: uint(),
	sha256: bytes(32),
	wrappedFileKey: bytes(WRAPPED_KEY_BYTES),
	code: codeProfileCodec,
	holders: list(holderCodec, HOLDERS_MAX),
	segments: list(segmentCodec, SEGMENTS_MAX),
});

/** The parts are well formed but contradict each other. */
export type ManifestInconsistent = {
	readonly code: 'MANIFEST_INCONSISTENT';
	readonly problem: 'code' | 'size' | 'piece-index' | 'holder' | 'too-few-pieces';
	readonly segment?: number;
};
export type ManifestError =
	| CborFailure
	| ManifestInconsistent
	| {readonly code: 'MANIFEST_TOO_LONG'; readonly length: number};

/** What is wrong with the pieces of one segment: indexes ascend below `total`, holders exist, at least k pieces. */
export const piecesProblem = (
	{k, total}: CodeProfile,
	holders: number,
	pieces: readonly PlacedPiece[],
): ManifestInconsistent['problem'] | undefined => {
	let last = -1;
	for (const {index, holder} of pieces) {
		if (index <= last || index >= total) return 'piece-index';
		if (holder >= holders) return 'holder';
		last = index;
	}
	return pieces.length < k ? 'too-few-pieces' : undefined;
};

export const checkManifest = (manifest: Manifest): Result<Manifest, ManifestInconsistent> => {
	const {code, holders, segments, size} = manifest;
	if (!isCodeProfile(code)) return err({code: 'MANIFEST_INCONSISTENT', problem: 'code'});
	let sum = 0;
	for (const [segment, {plaintextLength, pieces}] of segments.entries()) {
		const problem = piecesProblem(code, holders.length, pieces);
		if (problem !== undefined) return err({code: 'MANIFEST_INCONSISTENT', problem, segment});
		sum += plaintextLength;
	}
	return sum === size ? ok(manifest) : err({code: 'MANIFEST_INCONSISTENT', problem: 'size'});
};

/** Canonical CBOR. */
export const encodeManifest = (manifest: Manifest): Uint8Array => encode(manifestCodec, manifest);

export const decodeManifest = (bytesOfManifest: Uint8Array): Result<Manifest, ManifestError> => {
	if (bytesOfManifest.length > MANIFEST_BYTES_MAX)
		return err({code: 'MANIFEST_TOO_LONG', length: bytesOfManifest.length});
	const decoded = decode(manifestCodec, bytesOfManifest);
	return decoded.ok ? checkManifest(decoded.value) : decoded;
};
