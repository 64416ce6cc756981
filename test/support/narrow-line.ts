/** A line between two nodes that carries only some of what they say: it looks into the frames of their multiplexer and leaves others out. */
import {type AddressInfo, connect, createServer, type Socket} from 'node:net';
import type {Teardown} from './temporary-folder.ts';

const HEADER_BYTES = 8;

export type NarrowLine = {
	readonly port: number;
	/** From now on nothing of these protocols passes either, on connections that stand and on new ones. */
	leaveOut(protocols: readonly number[]): void;
	/** Only these are left out; connections that stand have lost bytes, and end. */
	startAnew(protocols: readonly number[]): void;
};

/** Passes on whole frames; what is left of one waits for the rest. */
const passFrames = (from: Socket, to: Socket, isLeftOut: (protocol: number) => boolean): void => {
	let waiting = Buffer.alloc(0);
	from.on('data', (chunk: Buffer) => {
		waiting = Buffer.concat([waiting, chunk]);
		while (waiting.length >= HEADER_BYTES) {
			const length = HEADER_BYTES + waiting.readUInt16BE(6);
			if (waiting.length < length) return;
			const protocol = waiting.readUInt16BE(4) & 0x7fff;
			if (!isLeftOut(protocol)) to.write(waiting.subarray(0, length));
			waiting = waiting.subarray(length);
		}
	});
	from.on('error', () => undefined);
	from.on('close', () => to.destroy());
};

/** Listens on loopback before the node at `target`. */
export const narrowLine = async (
	t: Teardown,
	target: number,
	protocols: readonly number[],
): Promise<NarrowLine> => {
	const leftOut = new Set(protocols);
	const sockets = new Set<Socket>();
	const server = createServer(near => {
		const far = connect(target, '127.0.0.1');
		passFrames(near, far, protocol => leftOut.has(protocol));
		passFrames(far, near, protocol => leftOut.has(protocol));
		for (const socket of [near, far]) {
			sockets.add(socket);
			socket.on('close', () => sockets.delete(socket));
		}
	});
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const hangUp = (): void => {
		for (const socket of sockets) socket.destroy();
	};
	t.teardown(
		() =>
			new Promise<void>(resolve => {
				server.close(() => resolve());
				hangUp();
			}),
	);
	return {
		port: (server.address() as AddressInfo).port,
		leaveOut: more => {
			for (const protocol of more) leftOut.add(protocol);
		},
		startAnew: only => {
			leftOut.clear();
			for (const protocol of only) leftOut.add(protocol);
			hangUp();
		},
	};
};
