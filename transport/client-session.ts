import type {Duplex} from 'node:stream';
import {NodeError} from '#kernel/node-error';
import type {Failure} from '#kernel/result';
import {decodeUtf8} from '#kernel/utf8';
import {FrameReader} from '#transport/protocols/frame-reader';
import {encodeFrame, type FrameHeader} from '#transport/protocols/frames';
import {FrameWriter} from './frame-writer.ts';
import {eventInlet, type Inlet} from './inlet.ts';
import {Pace} from './pace.ts';
import type {SessionOptions} from './session-options.ts';
import {Slots} from './slots.ts';
import {watchForStalls} from './stall-watch.ts';
import type {OutgoingMessage, RequestOptions, Response, Session} from './transport.ts';

type Pending = {
	readonly options: RequestOptions;
	readonly resolve: (response: Response) => void;
	readonly reject: (error: unknown) => void;
	head: Uint8Array | undefined;
	body: Uint8Array;
	received: number;
};

const REQUEST_ID_MAX = 0xff_ff_ff_ff;
const NOTHING = new Uint8Array(0);

/** The asking side of a connection. */
export class ClientSession implements Session {
	readonly peer: Uint8Array;
	readonly #stream: Duplex;
	readonly #writer: FrameWriter;
	readonly #pending = new Map<number, Pending>();
	readonly #open: Slots;
	readonly #bodies: Slots;
	readonly #stopWatching: () => void;
	#nextId = 0;
	/** Requests that were asked for and have not ended, those that wait for their turn included. */
	#asked = 0;
	#bytesMoved = 0;
	#ended: Error | undefined;

	constructor(
		stream: Duplex,
		peer: Uint8Array,
		{inlet = eventInlet, ...options}: SessionOptions & {readonly inlet?: Inlet},
	) {
		this.peer = peer;
		this.#stream = stream;
		const pace = new Pace(options);
		this.#writer = new FrameWriter(stream, pace);
		this.#open = new Slots(options.requestsMax);
		this.#bodies = new Slots(options.bodiesMax);
		const reader = new FrameReader({
			frame: (header, payload) => this.#onFrame(header, payload),
			body: (requestId, bytes) => this.#onBody(requestId, bytes),
		});
		inlet.listen(stream, bytes => {
			this.#bytesMoved += bytes.length;
			const failure = this.#ended === undefined ? reader.push(bytes) : undefined;
			if (failure !== undefined) this.#end(new NodeError({...failure, peerFault: true}));
			pace.afterRead(stream, bytes.length);
		});
		stream.on('drain', () => this.#bytesMoved++);
		stream.on('error', cause => this.#end(new NodeError({code: 'TRANSPORT_CONNECTION_LOST'}, {cause})));
		stream.on('close', () => this.#end(new NodeError({code: 'TRANSPORT_CONNECTION_LOST'})));
		stream.on('end', () => this.#end(new NodeError({code: 'TRANSPORT_CONNECTION_LOST'})));
		this.#stopWatching = watchForStalls(
			options,
			{
				bytesMoved: () => this.#bytesMoved,
				underWay: () => this.#pending.size > 0,
				receivingBody: () => false,
				heldBack: () => pace.takeHeld(),
			},
			{
				stalled: () => this.#end(new NodeError({code: 'TRANSPORT_PEER_STALLED', stallMs: options.stallMs})),
				// Whoever opened the connection decides how long it is kept.
				idle: () => undefined,
			},
		);
	}

	get closed(): boolean {
		return this.#ended !== undefined || this.#nextId > REQUEST_ID_MAX;
	}

	get pending(): number {
		return this.#asked;
	}

	async request(message: OutgoingMessage, options: RequestOptions = {}): Promise<Response> {
		this.#asked++;
		try {
			return await this.#inTurn(message, options);
		} finally {
			this.#asked--;
		}
	}

	async #inTurn(message: OutgoingMessage, options: RequestOptions): Promise<Response> {
		const hasBody = (message.body?.length ?? 0) > 0;
		await this.#open.take(options.signal);
		try {
			if (!hasBody) return await this.#exchange(message, options, () => undefined);
			await this.#bodies.take(options.signal);
			let holdsBody = true;
			const release = (): void => {
				if (holdsBody) this.#bodies.free();
				holdsBody = false;
			};
			try {
				return await this.#exchange(message, options, release);
			} finally {
				release();
			}
		} finally {
			this.#open.free();
		}
	}

	close(): void {
		this.#end(new NodeError({code: 'TRANSPORT_CLOSED'}));
	}

	async #exchange(message: OutgoingMessage, options: RequestOptions, sent: () => void): Promise<Response> {
		options.signal?.throwIfAborted();
		if (this.#ended !== undefined) throw this.#ended;
		if (this.closed) throw new NodeError({code: 'TRANSPORT_CLOSED'});
		const requestId = this.#nextId++;
		const onAbort = (): void => this.#cancel(requestId, options.signal?.reason);
		try {
			return await new Promise<Response>((resolve, reject) => {
				this.#pending.set(requestId, {options, resolve, reject, head: undefined, body: NOTHING, received: 0});
				options.signal?.addEventListener('abort', onAbort, {once: true});
				this.#writer.sendMessage('request', requestId, message, options.onSent).then(sent, error => {
					// A body that cannot be read leaves the peer waiting for it.
					this.#cancel(requestId, error);
				});
			});
		} finally {
			this.#pending.delete(requestId);
			options.signal?.removeEventListener('abort', onAbort);
		}
	}

	#cancel(requestId: number, reason: unknown): void {
		const pending = this.#pending.get(requestId);
		if (pending === undefined) return;
		this.#pending.delete(requestId);
		this.#writer.drop(requestId);
		if (this.#ended === undefined) this.#writer.send(encodeFrame({kind: 'cancel', requestId, bodyLength: 0}));
		pending.reject(reason);
	}

	#onFrame({kind, requestId, bodyLength}: FrameHeader, payload: Uint8Array): Failure | undefined {
		if (kind === 'request' || kind === 'cancel') return {code: 'FRAME_UNEXPECTED'};
		if (requestId >= this.#nextId) return {code: 'FRAME_REQUEST_UNKNOWN'};
		const pending = this.#pending.get(requestId);
		// The answer to a request that was cancelled meanwhile.
		if (pending === undefined) return undefined;
		if (kind === 'abort') {
			this.#pending.delete(requestId);
			this.#writer.drop(requestId);
			pending.reject(new NodeError({code: 'TRANSPORT_PEER_ABORTED', reason: decodeUtf8(payload) ?? ''}));
			return undefined;
		}
		return this.#onResponse(pending, bodyLength, payload);
	}

	#onResponse(pending: Pending, bodyLength: number, head: Uint8Array): Failure | undefined {
		const {bodyBytesMax = 0, into} = pending.options;
		if (pending.head !== undefined) return {code: 'FRAME_UNEXPECTED'};
		if (bodyLength > bodyBytesMax) return {code: 'FRAME_BODY_UNWANTED'};
		pending.head = head;
		pending.body = into?.subarray(0, bodyLength) ?? new Uint8Array(bodyLength);
		if (bodyLength === 0) pending.resolve({head, body: pending.body});
		return undefined;
	}

	#onBody(requestId: number, bytes: Uint8Array): Failure | undefined {
		if (requestId >= this.#nextId) return {code: 'FRAME_REQUEST_UNKNOWN'};
		const pending = this.#pending.get(requestId);
		if (pending === undefined) return undefined;
		const {head, body, received} = pending;
		if (head === undefined || received + bytes.length > body.length) return {code: 'FRAME_BODY_OVERRUN'};
		body.set(bytes, received);
		pending.received += bytes.length;
		if (pending.received === body.length) pending.resolve({head, body});
		return undefined;
	}

	#end(error: Error): void {
		if (this.#ended !== undefined) return;
		this.#ended = error;
		this.#stopWatching();
		this.#writer.end(error);
		for (const pending of this.#pending.values()) pending.reject(error);
		this.#pending.clear();
		this.#open.end(error);
		this.#bodies.end(error);
		this.#stream.destroy();
	}
}
