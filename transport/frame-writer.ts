import type {Duplex} from 'node:stream';
import {NodeError} from '#kernel/node-error';
import {BODY_FRAME_BYTES_MAX, encodeFrame, encodeFrameHeader} from '#transport/protocols/frames';
import type {Pace} from './pace.ts';
import type {BodySource, OutgoingMessage} from './transport.ts';

type OutgoingBody = {
	readonly requestId: number;
	readonly source: BodySource;
	sent: number;
	/** The next part, read while the one before is written. */
	next: Promise<Uint8Array> | undefined;
	readonly onSent: ((bytes: number) => void) | undefined;
	readonly done: () => void;
	readonly failed: (error: unknown) => void;
};

const readAt = async ({source, sent}: OutgoingBody): Promise<Uint8Array> => {
	const length = Math.min(BODY_FRAME_BYTES_MAX, source.length - sent);
	const part = await source.read(sent, length);
	if (part.length === length) return part;
	throw new NodeError({code: 'TRANSPORT_BODY_SHORT', wanted: length, got: part.length});
};

const NOTHING: BodySource = {length: 0, read: () => new Uint8Array(0)};

/**
 * Writes messages to a stream. Small frames go first; bodies take turns, one frame each. Nothing is read from a body
 * before the stream has room for it.
 */
export class FrameWriter {
	readonly #stream: Duplex;
	readonly #pace: Pace;
	readonly #frames: Uint8Array[] = [];
	#bodies: OutgoingBody[] = [];
	#running: boolean = false;
	#wake: (() => void) | undefined;
	#ended: Error | undefined;

	constructor(stream: Duplex, pace: Pace) {
		this.#stream = stream;
		this.#pace = pace;
		stream.on('drain', () => this.#wake?.());
	}

	/** Whether bytes wait for the peer to take them. */
	get blocked(): boolean {
		return this.#stream.writableLength > 0 || this.#bodies.length > 0 || this.#frames.length > 0;
	}

	send(frame: Uint8Array): void {
		this.#frames.push(frame);
		this.#start();
	}

	/** Resolves once the last byte is with the stream, or the message was dropped. */
	sendMessage(
		kind: 'request' | 'response',
		requestId: number,
		{head, body = NOTHING}: OutgoingMessage,
		onSent?: (bytes: number) => void,
	): Promise<void> {
		this.#frames.push(encodeFrame({kind, requestId, bodyLength: body.length}, head));
		const sent = new Promise<void>((done, failed) => {
			if (this.#ended !== undefined) failed(this.#ended);
			else if (body.length === 0) done();
			else this.#bodies.push({requestId, source: body, sent: 0, next: undefined, onSent, done, failed});
		});
		this.#start();
		return sent;
	}

	/** What is left of that message's body is not sent. */
	drop(requestId: number): void {
		for (const body of this.#bodies) if (body.requestId === requestId) body.done();
		this.#bodies = this.#bodies.filter(body => body.requestId !== requestId);
	}

	/** The stream is gone. */
	end(error: Error): void {
		this.#ended = error;
		for (const body of this.#bodies) body.failed(error);
		this.#bodies = [];
		this.#frames.length = 0;
		this.#wake?.();
	}

	#start(): void {
		if (this.#running || this.#ended !== undefined) return;
		this.#running = true;
		void this.#run();
	}

	async #run(): Promise<void> {
		while (this.#ended === undefined) {
			const frame = this.#frames.shift();
			const body = frame === undefined ? this.#bodies[0] : undefined;
			if (frame !== undefined) await this.#writeFrame(frame);
			else if (body !== undefined) await this.#writePart(body);
			else break;
		}
		this.#running = false;
	}

	async #writeFrame(frame: Uint8Array): Promise<void> {
		await this.#pace.beforeWrite(frame.length);
		if (this.#ended === undefined) await this.#write(frame);
	}

	async #writePart(body: OutgoingBody): Promise<void> {
		const part = await this.#readPart(body);
		if (part === undefined) return;
		await this.#pace.beforeWrite(part.length);
		// Reading and waiting take time, in which the message may have been dropped.
		if (this.#bodies[0] !== body) return;
		this.#bodies.shift();
		body.sent += part.length;
		if (body.sent < body.source.length) {
			this.#bodies.push(body);
			body.next = readAt(body);
			// It is awaited in its turn; until then its failure is nobody's yet.
			body.next.catch(() => undefined);
		}
		const {requestId} = body;
		this.#stream.write(encodeFrameHeader({kind: 'body', requestId, length: part.length, bodyLength: 0}));
		await this.#write(part);
		body.onSent?.(body.sent);
		if (body.sent === body.source.length) body.done();
	}

	async #readPart(body: OutgoingBody): Promise<Uint8Array | undefined> {
		try {
			return await (body.next ?? readAt(body));
		} catch (error) {
			this.#bodies = this.#bodies.filter(other => other !== body);
			body.failed(error);
			return undefined;
		}
	}

	async #write(bytes: Uint8Array): Promise<void> {
		// More in the stream's own queue would be copied together before it is encrypted.
		if (this.#stream.write(bytes) || this.#ended !== undefined) return;
		await new Promise<void>(resolve => {
			this.#wake = resolve;
		});
		this.#wake = undefined;
	}
}
