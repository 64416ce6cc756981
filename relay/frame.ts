import type {Role} from '#relay/protocols/protocol';

/** A frame (Cardano calls it SDU): time u32 in microseconds, mode bit and protocol, length u16, payload. */
export const FRAME_HEAD_BYTES = 8;
/** Longest payload that we send. */
export const PAYLOAD_BYTES_MAX = 12_288;

const SERVER_BIT = 0x80_00;

/** Tells channels apart: the protocol's number and which end of it is ours. */
export const channelKey = (protocolId: number, ours: Role): number =>
	protocolId | (ours === 'server' ? SERVER_BIT : 0);

export const frame = (nowMs: number, key: number, payload: Uint8Array): Uint8Array => {
	const bytes = new Uint8Array(FRAME_HEAD_BYTES + payload.length);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, Math.floor(nowMs * 1_000) >>> 0);
	view.setUint16(4, key);
	view.setUint16(6, payload.length);
	bytes.set(payload, FRAME_HEAD_BYTES);
	return bytes;
};

/** Takes frames apart that come in pieces of any size. */
export class FrameReader {
	readonly #head: Uint8Array = new Uint8Array(FRAME_HEAD_BYTES);
	#headLength = 0;
	/** Bytes of the payload that are still to come. */
	#payloadLeft = 0;
	/** The channel of ours that the payload is for: the sender's bit turned round. */
	#key = 0;

	/** A frame has begun and not ended. */
	get isWithinFrame(): boolean {
		return this.#headLength > 0 || this.#payloadLeft > 0;
	}

	/**
	 * Takes some bytes from `start` on and returns the offset after them. `begin` is told of every frame and may
	 * throw; `payload` gets its bytes in order, as views.
	 */
	take(
		bytes: Uint8Array,
		start: number,
		begin: (key: number, length: number) => void,
		payload: (key: number, part: Uint8Array) => void,
	): number {
		if (this.#payloadLeft === 0) {
			const count = Math.min(FRAME_HEAD_BYTES - this.#headLength, bytes.length - start);
			this.#head.set(bytes.subarray(start, start + count), this.#headLength);
			this.#headLength += count;
			if (this.#headLength === FRAME_HEAD_BYTES) this.#begin(begin);
			return start + count;
		}
		const end = Math.min(start + this.#payloadLeft, bytes.length);
		this.#payloadLeft -= end - start;
		payload(this.#key, bytes.subarray(start, end));
		return end;
	}

	#begin(begin: (key: number, length: number) => void): void {
		const view = new DataView(this.#head.buffer);
		this.#headLength = 0;
		this.#key = view.getUint16(4) ^ SERVER_BIT;
		this.#payloadLeft = view.getUint16(6);
		begin(this.#key, this.#payloadLeft);
	}
}
