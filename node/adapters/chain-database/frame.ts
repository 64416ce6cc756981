/**
 * How everything stands in the files of the chain database:
 * magic 4 | kind 1 | length of the payload u32be | CRC-32 of these nine bytes | payload | CRC-32 of the payload.
 * A frame is found again behind damaged bytes, so one flipped bit costs one frame.
 */
import {crc32} from 'node:zlib';
import {u32be} from '#kernel/bytes';

const MAGIC = Uint8Array.of(0x64, 0x43, 0x44, 0x42);
const HEAD_BYTES = 13;
const CHECKSUM_BYTES = 4;
/** Beyond it a length is no length: a snapshot is the longest thing that is framed. */
const PAYLOAD_BYTES_MAX = 2 ** 31;

export const frameKinds = {meta: 1, block: 2, selection: 3, snapshot: 4, clean: 5} as const;
export type FrameKind = keyof typeof frameKinds;

const kindOf = new Map<number, FrameKind>(
	Object.entries(frameKinds).map(([name, number]) => [number, name as FrameKind]),
);

/** What stands before and behind a payload, besides it. */
export const FRAME_OVERHEAD_BYTES: number = HEAD_BYTES + CHECKSUM_BYTES;

/** The parts of a frame, one after the other; the payload's are not copied. */
export const encodeFrame = (kind: FrameKind, payload: readonly Uint8Array[]): readonly Uint8Array[] => {
	const head = new Uint8Array(HEAD_BYTES);
	const view = new DataView(head.buffer);
	let length = 0;
	let checksum = 0;
	for (const part of payload) {
		length += part.length;
		checksum = crc32(part, checksum);
	}
	head.set(MAGIC, 0);
	head[4] = frameKinds[kind];
	view.setUint32(5, length);
	view.setUint32(9, crc32(head.subarray(0, 9)));
	return [head, ...payload, u32be(checksum)];
};

export type Frame = {
	readonly kind: FrameKind;
	readonly offset: number;
	/** With all that stands around the payload. */
	readonly length: number;
	readonly payload: Uint8Array;
};

/**
 * Bytes that are not as they were written. `isFrame`: one frame, whose end is known. Else what follows was found by
 * looking for it, and somebody may have hidden it in the payload of what is damaged.
 */
export type Damage = {
	readonly kind: 'damage';
	readonly offset: number;
	readonly length: number;
	readonly isFrame: boolean;
};

const isHead = (bytes: Uint8Array, view: DataView, offset: number): boolean =>
	offset + HEAD_BYTES <= bytes.length &&
	view.getUint32(offset) === 0x64434442 &&
	view.getUint32(offset + 9) === crc32(bytes.subarray(offset, offset + 9));

/** The frame at `offset`, where a head is, or what is wrong there. */
const frameAt = (bytes: Uint8Array, view: DataView, offset: number): Frame | Damage => {
	const payloadLength = view.getUint32(offset + 5);
	const length = FRAME_OVERHEAD_BYTES + payloadLength;
	const rest = bytes.length - offset;
	// The end is missing: nothing can come after it.
	if (payloadLength > PAYLOAD_BYTES_MAX || length > rest)
		return {kind: 'damage', offset, length: rest, isFrame: true};
	const kind = kindOf.get(bytes[offset + 4] as number);
	const payload = bytes.subarray(offset + HEAD_BYTES, offset + HEAD_BYTES + payloadLength);
	if (kind === undefined || view.getUint32(offset + length - CHECKSUM_BYTES) !== crc32(payload))
		return {kind: 'damage', offset, length, isFrame: true};
	return {kind, offset, length, payload};
};

const nextHead = (bytes: Uint8Array, view: DataView, from: number): number => {
	const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
	for (let at = text.indexOf(MAGIC, from); at >= 0; at = text.indexOf(MAGIC, at + 1))
		if (isHead(bytes, view, at)) return at;
	return bytes.length;
};

/** All frames of a file, and the damage between them. Never throws; costs what the bytes cost. */
export function* scanFrames(bytes: Uint8Array): Generator<Frame | Damage, void, undefined> {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	let offset = 0;
	while (offset < bytes.length) {
		const next = isHead(bytes, view, offset) ? undefined : nextHead(bytes, view, offset);
		const found: Frame | Damage =
			next === undefined
				? frameAt(bytes, view, offset)
				: {kind: 'damage', offset, length: next - offset, isFrame: false};
		yield found;
		offset += found.length;
	}
}

/** The payload of the one frame that `bytes` are, or undefined when they are none of that kind. */
export const decodeFrame = (kind: FrameKind, bytes: Uint8Array): Uint8Array | undefined => {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	if (!isHead(bytes, view, 0)) return undefined;
	const frame = frameAt(bytes, view, 0);
	return frame.kind === kind && frame.length === bytes.length ? frame.payload : undefined;
};
