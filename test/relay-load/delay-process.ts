/** A line that delays, where the kernel makes none: takes connections and hands their bytes on later, in order. */
import {connect, createServer, type Socket} from 'node:net';
import process from 'node:process';
import type {FromDelay, ToDelay} from './delay-messages.ts';

/** What may be under way in one direction before its sender has to wait. */
const UNDER_WAY_BYTES_MAX = 4_000_000;

const tell = (message: FromDelay): void => {
	process.send?.(message);
};

/** Timers of one delay fire in the order in which they were set. */
const handOn = (from: Socket, to: Socket, delayMs: number): void => {
	let underWay = 0;
	from.on('data', bytes => {
		underWay += bytes.length;
		if (underWay > UNDER_WAY_BYTES_MAX) from.pause();
		setTimeout(() => {
			underWay -= bytes.length;
			if (!to.destroyed) to.write(bytes);
			if (underWay <= UNDER_WAY_BYTES_MAX / 2) from.resume();
		}, delayMs);
	});
	from.on('error', () => undefined);
	from.on('close', () => setTimeout(() => to.destroy(), delayMs));
};

const forward = ({host, port, delayMs}: ToDelay): void => {
	const server = createServer(near => {
		const far = connect(port, '127.0.0.1');
		handOn(near, far, delayMs);
		handOn(far, near, delayMs);
	});
	server.listen(0, host, () => {
		const bound = server.address();
		tell({kind: 'forwarding', port: typeof bound === 'object' && bound !== null ? bound.port : 0});
	});
};

process.on('message', forward);
process.once('disconnect', () => process.exit());
