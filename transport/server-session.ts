import type {Duplex} from 'node:stream';
import {NodeError} from '#kernel/node-error';
import type {Failure} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {FrameReader} from '#transport/protocols/frame-reader';
import {encodeFrame, type FrameHeader} from '#transport/protocols/frames';
import type {BodyMemory} from './body-memory.ts';
import {FrameWriter} from './frame-writer.ts';
import {Pace} from './pace.ts';
import type {SessionOptions} from './session-options.ts';
import {watchForStalls} from './stall-watch.ts';
import type {RequestHandler} from './transport.ts';

type Open = {
	readonly requestId: number;
	readonly head: Uint8Array;
	readonly body: Uint8Array<ArrayBuffer>;
	received: number;
	readonly abort: AbortController;
};

/** The answering side of a connection. */
export class ServerSession {
	readonly #stream: Duplex;
	readonly #peer: Uint8Array;
	readonly #handler: RequestHandler;
	readonly #options: SessionOptions;
	readonly #bodies: BodyMemory;
	readonly #writer: FrameWriter;
	readonly #open = new Map<number, Open>();
	/** Whole requests that wait for a handler. */
	readonly #ready: Open[] = [];
	readonly #running = new Set<Promise<void>>();
	readonly #stopWatching: () => void;
	#lastId = -1;
	#receiving = 0;
	#bytesMoved = 0;
	#ended: boolean = false;

	constructor(
		stream: Duplex,
		peer: Uint8Array,
		{
			handler,
			options,
			bodies,
		}: {readonly handler: RequestHandler; readonly options: SessionOptions; readonly bodies: BodyMemory},
	) {
		this.#stream = stream;
		this.#peer = peer;
		this.#handler = handler;
		this.#options = options;
		this.#bodies = bodies;
		const pace = new Pace(options);
		this.#writer = new FrameWriter(stream, pace);
		const reader = new FrameReader({
			frame: (header, payload) => this.#onFrame(header, payload),
			body: (requestId, bytes) => this.#onBody(requestId, bytes),
		});
		stream.on('data', (bytes: Uint8Array) => {
			this.#bytesMoved += bytes.length;
			if (this.#ended) return;
			const failure = reader.push(bytes);
			if (failure !== undefined) this.#cut(failure);
			else pace.afterRead(stream, bytes.length);
		});
		stream.on('drain', () => this.#bytesMoved++);
		for (const event of ['error', 'close', 'end']) stream.on(event, () => this.close());
		this.#stopWatching = watchForStalls(
			options,
			{
				bytesMoved: () => this.#bytesMoved,
				underWay: () => this.#receiving > 0 || !reader.betweenFrames || this.#writer.blocked,
				receivingBody: () => this.#receiving > 0,
				heldBack: () => pace.takeHeld(),
			},
			{
				stalled: () => this.#cut({code: 'TRANSPORT_PEER_STALLED'}),
				idle: () => {
					if (this.#open.size === 0) this.close();
				},
			},
		);
	}

	get ended(): boolean {
		return this.#ended;
	}

	close(): void {
		if (this.#ended) return;
		this.#ended = true;
		this.#stopWatching();
		this.#writer.end(new NodeError({code: 'TRANSPORT_CONNECTION_LOST'}));
		for (const open of [...this.#open.values()]) {
			open.abort.abort(new NodeError({code: 'TRANSPORT_CONNECTION_LOST'}));
			// A running handler may still look at its body; its memory is given back when it is done.
			if (!this.#isRunning(open)) this.#forget(open);
		}
		this.#ready.length = 0;
		this.#stream.destroy();
	}

	/** Resolves when no handler runs any more. */
	async finished(): Promise<void> {
		await Promise.allSettled(this.#running);
	}

	/** A peer that breaks the rules, or holds up what it began, is cut off. */
	#cut(failure: Failure): void {
		if (this.#ended) return;
		this.#options.onCut?.(this.#peer, failure);
		this.close();
	}

	#isRunning(open: Open): boolean {
		return open.received === open.body.length && !this.#ready.includes(open);
	}

	#forget(open: Open): void {
		if (!this.#open.delete(open.requestId)) return;
		if (open.received < open.body.length) this.#receiving--;
		this.#bodies.free(open.body);
	}

	#abortFrame(requestId: number, reason: string): void {
		const payload = encodeUtf8(reason.slice(0, 64));
		if (!this.#ended) this.#writer.send(encodeFrame({kind: 'abort', requestId, bodyLength: 0}, payload));
	}

	#onFrame(header: FrameHeader, payload: Uint8Array): Failure | undefined {
		switch (header.kind) {
			case 'request':
				return this.#onRequest(header, payload);
			case 'cancel':
				return this.#onCancel(header.requestId);
			case 'response':
			case 'abort':
			case 'body':
				return {code: 'FRAME_UNEXPECTED'};
		}
	}

	#onRequest({requestId, bodyLength}: FrameHeader, head: Uint8Array): Failure | undefined {
		if (requestId <= this.#lastId) return {code: 'FRAME_REQUEST_REPEATED'};
		this.#lastId = requestId;
		if (this.#open.size >= this.#options.requestsMax) return {code: 'FRAME_REQUESTS_TOO_MANY'};
		const body = this.#bodies.take(bodyLength);
		if (body === undefined) {
			this.#abortFrame(requestId, 'TRANSPORT_BUSY');
			return undefined;
		}
		const open: Open = {
			requestId,
			head,
			body,
			received: 0,
			abort: new AbortController(),
		};
		this.#open.set(requestId, open);
		if (bodyLength > 0) this.#receiving++;
		else this.#run(open);
		return undefined;
	}

	#onBody(requestId: number, bytes: Uint8Array): Failure | undefined {
		if (requestId > this.#lastId) return {code: 'FRAME_REQUEST_UNKNOWN'};
		const open = this.#open.get(requestId);
		// The rest of a body that was refused or cancelled.
		if (open === undefined) return undefined;
		if (open.received + bytes.length > open.body.length) return {code: 'FRAME_BODY_OVERRUN'};
		open.body.set(bytes, open.received);
		open.received += bytes.length;
		if (open.received < open.body.length || bytes.length === 0) return undefined;
		this.#receiving--;
		this.#run(open);
		return undefined;
	}

	#onCancel(requestId: number): undefined {
		const open = this.#open.get(requestId);
		if (open === undefined) return;
		open.abort.abort(new NodeError({code: 'TRANSPORT_CANCELLED'}));
		this.#writer.drop(requestId);
		if (this.#isRunning(open)) return;
		const waiting = this.#ready.indexOf(open);
		if (waiting !== -1) this.#ready.splice(waiting, 1);
		this.#forget(open);
	}

	#run(open: Open): void {
		if (this.#running.size >= this.#options.handlersMax) {
			this.#ready.push(open);
			return;
		}
		const done = this.#answer(open).finally(() => {
			this.#running.delete(done);
			this.#forget(open);
			const next = this.#ended ? undefined : this.#ready.shift();
			if (next !== undefined) this.#run(next);
		});
		this.#running.add(done);
	}

	async #answer({requestId, head, body, abort}: Open): Promise<void> {
		try {
			const {signal} = abort;
			const message = await this.#handler({peer: this.#peer, head, body, signal});
			if (this.#ended || signal.aborted) return;
			await this.#writer.sendMessage('response', requestId, message);
		} catch (error) {
			if (this.#ended || abort.signal.aborted) return;
			this.#abortFrame(requestId, error instanceof NodeError ? error.code : 'TRANSPORT_HANDLER_FAILED');
			if (!(error instanceof NodeError)) this.#options.onBug(error);
		}
	}
}
