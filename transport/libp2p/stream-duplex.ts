import {Duplex} from 'node:stream';
import type {Stream} from '@libp2p/interface';
import {NodeError} from '#kernel/node-error';

const BUFFER_BYTES = 256 * 1024;

/**
 * A libp2p stream as Node's: back pressure goes both ways, and destroying it resets the stream. libp2p cuts a stream by
 * itself when more bytes come than its window lets the peer send.
 */
export const duplexOf = (stream: Stream): Duplex => {
	const duplex = new Duplex({
		highWaterMark: BUFFER_BYTES,
		read: () => stream.resume(),
		write: (bytes: Uint8Array, _encoding, done) => {
			try {
				if (stream.send(bytes)) done();
				else stream.onDrain().then(() => done(), done);
			} catch (error) {
				done(error as Error);
			}
		},
		final: done => {
			stream.close().then(() => done(), done);
		},
		destroy: (error, done) => {
			stream.abort(error ?? new NodeError({code: 'TRANSPORT_CLOSED'}));
			done(error);
		},
	});
	stream.addEventListener('message', ({data}) => {
		if (duplex.destroyed) return;
		let hasRoom = true;
		for (const part of data instanceof Uint8Array ? [data] : data) hasRoom = duplex.push(part);
		if (!hasRoom) stream.pause();
	});
	stream.addEventListener('remoteCloseWrite', () => {
		if (!duplex.destroyed) duplex.push(null);
	});
	stream.addEventListener('close', ({error}) => duplex.destroy(error));
	return duplex;
};
