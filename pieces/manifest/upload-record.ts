/**
 * What a customer notes of an upload on its way, so that it can go on after a crash: first the plan, then each segment that
 * is with its providers. Kept under the customer's key.
 */
import type {Aead} from '#crypto/aead';
import {bytes, type Codec, decode, encode, list, text, uint, variant} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {err, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {type CodeProfile, codeProfileCodec, isCodeProfile} from '../erasure/code-profile.ts';
import {SEGMENT_BYTES_MAX} from '../segment/segment-layout.ts';
import {
	HOLDERS_MAX,
	type Holder,
	holderCodec,
	type ManifestSegment,
	NAME_BYTES_MAX,
	piecesProblem,
	SEGMENTS_MAX,
	segmentCodec,
} from './manifest.ts';
import {openBox, sealBox} from './sealed-box.ts';
import {WRAPPED_KEY_BYTES} from './wrapped-key.ts';

export type UploadPlan = {
	readonly kind: 'plan';
	readonly name: string;
	readonly size: number;
	readonly segmentBytes: number;
	readonly code: CodeProfile;
	readonly wrappedFileKey: Uint8Array;
	/** Ed25519; who may repair. */
	readonly repairerVk: Uint8Array;
	/** For how many epochs it was to be kept. */
	readonly epochs: number;
	readonly holders: readonly Holder[];
};

export type UploadedSegmentRecord = {
	readonly kind: 'segment';
	readonly index: number;
	readonly segment: ManifestSegment;
};

export type UploadRecord = UploadPlan | UploadedSegmentRecord;

export type UploadRecordError =
	| CborFailure
	| {readonly code: 'UPLOAD_RECORD_SEAL_BROKEN'}
	| {readonly code: 'UPLOAD_RECORD_INCONSISTENT'};

const DOMAIN = encodeUtf8('dcloud/upload/v1');

const recordCodec: Codec<UploadRecord> = variant({
	plan: [
		0,
		{
			name: text(NAME_BYTES_MAX),
			size: uint(),
			segmentBytes: uint(SEGMENT_BYTES_MAX),
			code: codeProfileCodec,
			wrappedFileKey: bytes(WRAPPED_KEY_BYTES),
			repairerVk: bytes(32),
			epochs: uint(),
			holders: list(holderCodec, HOLDERS_MAX),
		},
	],
	segment: [1, {index: uint(SEGMENTS_MAX - 1), segment: segmentCodec}],
});

/** `customerKey` 32 bytes, `nonce` 12 fresh random bytes. */
export const sealUploadRecord = (
	aead: Aead,
	{customerKey, nonce}: {readonly customerKey: Uint8Array; readonly nonce: Uint8Array},
	upload: UploadRecord,
): Uint8Array => sealBox(aead, {key: customerKey, domain: DOMAIN, nonce}, encode(recordCodec, upload));

export const openUploadRecord = (
	aead: Aead,
	customerKey: Uint8Array,
	sealed: Uint8Array,
): Result<UploadRecord, UploadRecordError> => {
	const opened = openBox(aead, {key: customerKey, domain: DOMAIN}, sealed);
	if (opened === undefined) return err({code: 'UPLOAD_RECORD_SEAL_BROKEN'});
	const decoded = decode(recordCodec, opened);
	if (!decoded.ok || decoded.value.kind === 'segment') return decoded;
	const {code, segmentBytes} = decoded.value;
	return isCodeProfile(code) && segmentBytes > 0 ? decoded : err({code: 'UPLOAD_RECORD_INCONSISTENT'});
};

/** An upload as far as its records tell: segments by number. */
export type UploadSoFar = {
	readonly plan: UploadPlan;
	readonly segments: ReadonlyMap<number, ManifestSegment>;
};

/** Undefined when the records are of no use. A later record of a segment takes the place of an earlier one. */
export const uploadSoFar = (records: readonly UploadRecord[]): UploadSoFar | undefined => {
	const [plan, ...rest] = records;
	if (plan?.kind !== 'plan') return undefined;
	const segments = new Map<number, ManifestSegment>();
	for (const each of rest) {
		if (each.kind !== 'segment') return undefined;
		const {index, segment} = each;
		if (piecesProblem(plan.code, plan.holders.length, segment.pieces) !== undefined) return undefined;
		segments.set(index, segment);
	}
	return {plan, segments};
};
