import type {SegmentWorks} from '#node/ports/segment-works';
import {Slots} from '#transport/slots';

type Call = {readonly signal?: AbortSignal};

/** Memory for segments on their way: one segment in each lane. */
export type SegmentLanes = {
	readonly count: number;
	/** Waits for a lane; the memory of one segment. */
	take(call?: Call): Promise<Uint8Array>;
	/** The lane is free. Memory that somebody may still be using is let go instead of used again. */
	give(space: Uint8Array, options?: {readonly isInUse?: boolean}): void;
	/** No more segments: memory that is free goes back. */
	close(): void;
};

/** All lanes together take about so much: one segment of the widest code, which has one lane to itself. */
export const LANES_BYTES_MAX: number = 160 * 2 ** 20;
/** More of them would only make garbage. */
const LANES_MAX = 4;

export const lanesFor = (segmentBytes: number): number =>
	Math.max(1, Math.min(LANES_MAX, Math.floor(LANES_BYTES_MAX / segmentBytes)));

/** `segmentBytes`: what the longest segment takes. */
export const openLanes = (
	works: Pick<SegmentWorks, 'memory' | 'release'>,
	segmentBytes: number,
): SegmentLanes => {
	const count = lanesFor(segmentBytes);
	const slots = new Slots(count);
	const free: Uint8Array[] = [];
	let isClosed = false;
	return {
		count,
		take: async ({signal} = {}) => {
			await slots.take(signal);
			return free.pop() ?? works.memory(segmentBytes);
		},
		give: (space, {isInUse = false} = {}) => {
			if (!isInUse && isClosed) works.release(space);
			else if (!isInUse) free.push(space);
			slots.free();
		},
		close: () => {
			isClosed = true;
			for (const space of free.splice(0)) works.release(space);
		},
	};
};
