/**
 * Frames on one long-lived stream, so that many requests share it: a request or response is one frame with its head
 * (CBOR) and, when it has a body, body frames that take turns with those of other requests.
 * Header: kind u8 | request id u32be | length u32be of what follows in this frame | body length u32be of the message.
 */
import {assert} from '#kernel/assert';
import {concat} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';

export type FrameKind = 'request' | 'response' | 'body' | 'cancel' | 'abort';

export type FrameHeader = {
	readonly kind: FrameKind;
	/** Chosen by the requester, strictly growing, in [0, 2^32). */
	readonly requestId: number;
	/** Bytes of this frame after the header. */
	readonly length: number;
	/** Bytes that body frames of this message will carry together; 0 but for requests and responses. */
	readonly bodyLength: number;
};

export type FrameFailure =
	| {readonly code: 'FRAME_KIND_UNKNOWN'; readonly kind: number}
	| {
			readonly code: 'FRAME_TOO_LONG';
			readonly kind: FrameKind;
			readonly length: number;
			readonly lengthMax: number;
	  }
	| {readonly code: 'FRAME_BODY_TOO_LONG'; readonly bodyLength: number; readonly bodyLengthMax: number}
	| {readonly code: 'FRAME_BODY_MISPLACED'; readonly kind: FrameKind; readonly bodyLength: number};

export const FRAME_HEADER_BYTES = 13;
/** Heads carry codes, ids and small transactions, never pieces. */
export const HEAD_BYTES_MAX: number = 256 * 1024;
/** A body frame; short enough that a small request between two of them does not wait long. */
export const BODY_FRAME_BYTES_MAX: number = 256 * 1024;
/** A piece: the k-th part of a sealed segment of 64 MiB with k of at least 3. */
export const BODY_BYTES_MAX: number = 24 * 1024 * 1024;
/** Why an abort happened, as a code. */
const ABORT_BYTES_MAX = 64;

const KINDS: readonly FrameKind[] = ['request', 'response', 'body', 'cancel', 'abort'];
const LENGTH_MAX: Readonly<Record<FrameKind, number>> = {
	request: HEAD_BYTES_MAX,
	response: HEAD_BYTES_MAX,
	body: BODY_FRAME_BYTES_MAX,
	cancel: 0,
	abort: ABORT_BYTES_MAX,
};

export const encodeFrameHeader = ({kind, requestId, length, bodyLength}: FrameHeader): Uint8Array => {
	assert(length <= LENGTH_MAX[kind] && bodyLength <= BODY_BYTES_MAX, 'a frame of ours is too long');
	const header = new Uint8Array(FRAME_HEADER_BYTES);
	const view = new DataView(header.buffer);
	view.setUint8(0, KINDS.indexOf(kind));
	view.setUint32(1, requestId);
	view.setUint32(5, length);
	view.setUint32(9, bodyLength);
	return header;
};

/** A whole frame, for those without body. */
export const encodeFrame = (
	header: Omit<FrameHeader, 'length'>,
	payload: Uint8Array = new Uint8Array(0),
): Uint8Array => concat(encodeFrameHeader({...header, length: payload.length}), payload);

/** Judges 13 bytes before anything is allocated for what they announce. */
export const decodeFrameHeader = (bytes: Uint8Array): Result<FrameHeader, FrameFailure> => {
	assert(bytes.length === FRAME_HEADER_BYTES, 'a frame header has 13 bytes');
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const kind = KINDS[view.getUint8(0)];
	if (kind === undefined) return err({code: 'FRAME_KIND_UNKNOWN', kind: view.getUint8(0)});
	const header = {
		kind,
		requestId: view.getUint32(1),
		length: view.getUint32(5),
		bodyLength: view.getUint32(9),
	};
	const {length, bodyLength} = header;
	if (length > LENGTH_MAX[kind])
		return err({code: 'FRAME_TOO_LONG', kind, length, lengthMax: LENGTH_MAX[kind]});
	if (bodyLength > BODY_BYTES_MAX)
		return err({code: 'FRAME_BODY_TOO_LONG', bodyLength, bodyLengthMax: BODY_BYTES_MAX});
	if (bodyLength > 0 && kind !== 'request' && kind !== 'response')
		return err({code: 'FRAME_BODY_MISPLACED', kind, bodyLength});
	return ok(header);
};
