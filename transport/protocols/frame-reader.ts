import type {Failure} from '#kernel/result';
import {decodeFrameHeader, FRAME_HEADER_BYTES, type FrameFailure, type FrameHeader} from './frames.ts';

/** What a stream of frames means to its reader. A returned failure ends the stream. */
export type FrameSink = {
	/** A frame that came whole; `payload` is a copy of its own. Body frames come through `body`. */
	frame(header: FrameHeader, payload: Uint8Array): Failure | undefined;
	/** The next bytes of a body; a view that is valid during the call only. */
	body(requestId: number, bytes: Uint8Array): Failure | undefined;
};

const NOTHING = new Uint8Array(0);

/**
 * Takes bytes as they arrive, cut anywhere, and hands frames on. Body bytes pass through without being gathered;
 * of the rest at most one header and one head are held.
 */
export class FrameReader {
	readonly #sink: FrameSink;
	readonly #headerBytes = new Uint8Array(FRAME_HEADER_BYTES);
	#headerFilled = 0;
	#header: FrameHeader | undefined;
	#payload: Uint8Array = NOTHING;
	/** Bytes of the present frame that came. */
	#filled = 0;

	constructor(sink: FrameSink) {
		this.#sink = sink;
	}

	/** Whether the stream could end here without cutting a frame. */
	get betweenFrames(): boolean {
		return this.#header === undefined && this.#headerFilled === 0;
	}

	push(bytes: Uint8Array): FrameFailure | Failure | undefined {
		let rest = bytes;
		while (rest.length > 0) {
			const taken: number | Failure =
				this.#header === undefined ? this.#takeHeader(rest) : this.#takePayload(this.#header, rest);
			if (typeof taken !== 'number') return taken;
			rest = rest.subarray(taken);
		}
		return undefined;
	}

	#takeHeader(bytes: Uint8Array): number | Failure {
		const taken = Math.min(bytes.length, FRAME_HEADER_BYTES - this.#headerFilled);
		this.#headerBytes.set(bytes.subarray(0, taken), this.#headerFilled);
		this.#headerFilled += taken;
		if (this.#headerFilled < FRAME_HEADER_BYTES) return taken;
		const header = decodeFrameHeader(this.#headerBytes);
		if (!header.ok) return header.error;
		this.#headerFilled = 0;
		this.#header = header.value;
		this.#filled = 0;
		this.#payload = header.value.kind === 'body' ? NOTHING : new Uint8Array(header.value.length);
		return header.value.length > 0 ? taken : (this.#finish(header.value) ?? taken);
	}

	#takePayload(header: FrameHeader, bytes: Uint8Array): number | Failure {
		const taken = Math.min(bytes.length, header.length - this.#filled);
		const part = bytes.subarray(0, taken);
		if (header.kind === 'body') {
			const failure = this.#sink.body(header.requestId, part);
			if (failure !== undefined) return failure;
		} else this.#payload.set(part, this.#filled);
		this.#filled += taken;
		return this.#filled < header.length ? taken : (this.#finish(header) ?? taken);
	}

	#finish(header: FrameHeader): Failure | undefined {
		this.#header = undefined;
		const payload = this.#payload;
		this.#payload = NOTHING;
		return header.kind === 'body' ? undefined : this.#sink.frame(header, payload);
	}
}
