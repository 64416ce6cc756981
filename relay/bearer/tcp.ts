import type {Socket} from 'node:net';
import process from 'node:process';
import type {Address, Bearer, BearerEvents} from './bearer.ts';

/** Bytes that may wait in a socket before we hold back. */
export const WRITE_AHEAD_BYTES = 262_144;

const FLUSH_MS_MAX = 5_000;

/** A bearer over a connected socket. */
export const tcpBearer = (socket: Socket): Bearer => {
	// A socket that listens on both families says ::ffff:1.2.3.4 for 1.2.3.4.
	const host = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
	const remote: Address = {host, port: socket.remotePort ?? 0};
	let corked = false;
	socket.setNoDelay(true);
	// Without a listener an error would end the process; `start` adds the one that tells.
	socket.on('error', () => undefined);

	const uncork = (): void => {
		corked = false;
		socket.uncork();
	};
	const start = (events: BearerEvents): void => {
		let cause: unknown;
		// A Buffer's own `slice` would not copy.
		socket.on('data', ({buffer, byteOffset, length}: Buffer) =>
			events.received(new Uint8Array(buffer, byteOffset, length)),
		);
		socket.on('drain', events.drained);
		socket.on('error', error => {
			cause = error;
		});
		socket.on('end', () => socket.destroySoon());
		socket.on('close', () => events.closed(cause));
		if (socket.destroyed) queueMicrotask(() => events.closed());
	};
	return {
		remote,
		start,
		write: bytes => {
			if (socket.destroyed) return;
			// Many small frames of one turn of the event loop leave in one system call.
			if (!corked) {
				corked = true;
				socket.cork();
				process.nextTick(uncork);
			}
			socket.write(bytes);
		},
		// Far above the socket's own mark, so that `drain` is sure to come after a no.
		isWritable: () => socket.writableLength < WRITE_AHEAD_BYTES,
		pause: () => {
			socket.pause();
		},
		resume: () => {
			socket.resume();
		},
		close: options => {
			if (options?.flush !== true || socket.destroyed) {
				socket.destroy();
				return;
			}
			socket.destroySoon();
			const timeout = setTimeout(() => socket.destroy(), FLUSH_MS_MAX);
			socket.once('close', () => clearTimeout(timeout));
		},
	};
};
