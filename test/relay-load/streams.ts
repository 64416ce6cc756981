/** Gigabytes in both directions at once over one connection between two processes: every byte arrives, memory stays flat. */
import {Child} from '../support/child-process.ts';
import {isFlat} from './memory.ts';
import {mustHold, type Part} from './part.ts';
import type {FromStream, StreamEnd, ToStream} from './stream-messages.ts';

const GIGABYTE = 1_000_000_000;
const GIGABYTES = 10;
const MIB = 2 ** 20;
/** The runtime, what may wait at a reader in both directions, and what the collector has not looked at yet. */
const RESIDENT_BYTES_MAX = 512 * MIB;
const ALLOWANCE = {share: 0.25, bytes: 64 * MIB};

const inMiB = (bytes: readonly number[]): readonly number[] => bytes.map(each => Math.round(each / MIB));

const arrivedWhole = (what: string, sent: StreamEnd, received: StreamEnd, bytes: number): void => {
	mustHold(received.bytes >= bytes, `all of it arrived (${what})`, {sent, received});
	mustHold(
		sent.digest === received.digest && sent.blocks === received.blocks,
		`it arrived as it was sent (${what})`,
		{sent, received},
	);
};

export const streams: Part = {
	name: 'streams',
	run: async ({options: {short, seed}, tell, signal}) => {
		const bytes = short ? GIGABYTE : GIGABYTES * GIGABYTE;
		const script = new URL('stream-process.js', import.meta.url);
		const ends = [new Child<ToStream, FromStream>(script), new Child<ToStream, FromStream>(script)] as const;
		const [left, right] = ends;
		const kill = async (): Promise<void> => {
			await Promise.all(ends.map(end => end.kill()));
		};
		const stop = (): void => void kill();
		signal.addEventListener('abort', stop);
		try {
			const {port} = await left.ask({kind: 'listen', salt: `${seed}/left`, bytes}, 'listening');
			await right.ask({kind: 'dial', salt: `${seed}/right`, bytes, port}, 'connected');
			const [atLeft, atRight] = await Promise.all(ends.map(end => end.ask({kind: 'fetch'}, 'fetched')));
			mustHold(atLeft !== undefined && atRight !== undefined, 'both ends answered');
			const [fromLeft, fromRight] = await Promise.all(ends.map(end => end.ask({kind: 'stop'}, 'stopped')));
			mustHold(fromLeft !== undefined && fromRight !== undefined, 'both ends ended');
			arrivedWhole('left to right', fromLeft.sent, atRight.received, bytes);
			arrivedWhole('right to left', fromRight.sent, atLeft.received, bytes);
			const megabytesPerSecond = [atLeft, atRight].map(({received, seconds}) =>
				Math.round(received.bytes / 1e6 / seconds),
			);
			tell(`${bytes / 1e9} GB in each direction: ${megabytesPerSecond.join(' and ')} MB/s`);
			for (const {peaks} of [atLeft, atRight]) {
				const figures = {residentMiB: inMiB(peaks.residentMax), heldMiB: inMiB(peaks.heldMin)};
				mustHold(Math.max(...peaks.residentMax) < RESIDENT_BYTES_MAX, 'memory is bounded', figures);
				mustHold(isFlat(peaks.residentMax, ALLOWANCE), 'memory stays flat', figures);
			}
			return {
				bytesEachWay: bytes,
				blocksEachWay: atLeft.received.blocks,
				megabytesPerSecond,
				residentMiBMaxByThird: [atLeft, atRight].map(({peaks}) => inMiB(peaks.residentMax)),
				heldMiBMinByThird: [atLeft, atRight].map(({peaks}) => inMiB(peaks.heldMin)),
			};
		} finally {
			signal.removeEventListener('abort', stop);
			await kill();
		}
	},
};
