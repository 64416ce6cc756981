import type {Endpoint} from '#transport/protocols/endpoint';

/** What a message carries besides its head: read in parts, in order, so that nobody holds it whole. */
export type BodySource = {
	/** In bytes. */
	readonly length: number;
	read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
};

export type OutgoingMessage = {readonly head: Uint8Array; readonly body?: BodySource};

export type IncomingRequest = {
	/** The Ed25519 key, 32 bytes, that the peer has proven to hold. */
	readonly peer: Uint8Array;
	readonly head: Uint8Array;
	/** Used again for others when it is answered: what is to stay has to be copied. */
	readonly body: Uint8Array;
	/** Aborts when the peer no longer waits for the answer. */
	readonly signal: AbortSignal;
};

/** Answers one request. What it throws, the peer sees as a code; the session lives on. */
export type RequestHandler = (request: IncomingRequest) => Promise<OutgoingMessage>;

export type RequestOptions = {
	/** Aborting tells the peer to stop; the session stays usable. */
	readonly signal?: AbortSignal;
	/** The longest response body that is taken; default 0. */
	readonly bodyBytesMax?: number;
	/** Where the response body goes; default a buffer of its length. At least `bodyBytesMax` long. */
	readonly into?: Uint8Array;
	/** Bytes of the request's body that were handed to the network so far. */
	readonly onSent?: (bytes: number) => void;
};

export type Response = {readonly head: Uint8Array; readonly body: Uint8Array};

/** One connection to a peer whose key is proven; carries many requests at a time. */
export type Session = {
	readonly peer: Uint8Array;
	readonly closed: boolean;
	/** Requests that wait for an answer. */
	readonly pending: number;
	request(message: OutgoingMessage, options?: RequestOptions): Promise<Response>;
	close(): void;
};

export type Listener = {
	readonly endpoint: Endpoint;
	readonly connections: number;
	/** Multiaddrs where it is reached besides, best first; they may change as relays come and go. */
	readonly routes?: readonly string[];
	/** Calls `listener` after each change of `routes`, until the listening ends. */
	readonly onRoutes?: (listener: () => void) => void;
	/** Stops listening, closes every connection and waits for their handlers. */
	close(): Promise<void>;
};

/** Whom to reach, and all that is known of where; at least one of `endpoint` and `routes`. */
export type PeerAddress = {
	/** Ed25519, 32 bytes. */
	readonly key: Uint8Array;
	/** Where it listens. */
	readonly endpoint?: Endpoint;
	/** Multiaddrs, best first (`#transport/protocols/route`); only some transports can follow them. */
	readonly routes?: readonly string[];
};

/** Streams between peers that are named by Ed25519 keys; knows nothing of what it carries. */
export type Transport = {
	/** This side's verification key, 32 bytes. */
	readonly key: Uint8Array;
	/** `port` 0 takes a free one. */
	listen(endpoint: Endpoint, handler: RequestHandler): Promise<Listener>;
	/** Refuses a peer that holds another key than the one asked for. */
	connect(address: PeerAddress, options?: {readonly signal?: AbortSignal}): Promise<Session>;
};

/** A body that is in memory. */
export const bodyOf = (bytes: Uint8Array): BodySource => ({
	length: bytes.length,
	read: (offset, length) => bytes.subarray(offset, offset + length),
});
