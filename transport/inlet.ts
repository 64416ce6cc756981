import type {OnReadOpts} from 'node:net';
import type {Duplex} from 'node:stream';

/** Where the bytes of a stream come out; each time a view that is valid during the call only. */
export type Inlet = {
	listen(stream: Duplex, onBytes: (bytes: Uint8Array) => void): void;
};

/** Of streams that hand out new memory with each event. */
export const eventInlet: Inlet = {
	listen: (stream, onBytes) => {
		stream.on('data', onBytes);
	},
};

/** What one record of TLS holds at most. */
const RECORD_BYTES = 16 * 1024;

export type SocketInlet = Inlet & {
	/** For the socket when it is made. */
	readonly onread: OnReadOpts;
};

/**
 * Of one socket that this side dials: all bytes come in the same memory. With new memory for each record of a download the
 * collector takes a tenth of the time. Who serves never speaks first: what comes before somebody listens is lost.
 */
export const createInlet = (): SocketInlet => {
	let listener: (bytes: Uint8Array) => void = () => undefined;
	return {
		onread: {
			buffer: new Uint8Array(RECORD_BYTES),
			callback: (length, buffer) => {
				listener(buffer.subarray(0, length));
				return true;
			},
		},
		listen: (_stream, onBytes) => {
			listener = onBytes;
		},
	};
};
