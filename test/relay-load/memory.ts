/** Memory of a process over a while, and whether it stays flat. */
import process from 'node:process';

export type MemorySample = {
	readonly residentBytes: number;
	/** The heap and what hangs on it outside: buffers. */
	readonly heldBytes: number;
};

export const memoryNow = (): MemorySample => {
	const {rss, heapUsed, external} = process.memoryUsage();
	return {residentBytes: rss, heldBytes: heapUsed + external};
};

/** Of each third of the time: the most that was resident, and the least that was held, which is what no collection frees. */
export type MemoryThirds = {
	readonly residentMax: readonly number[];
	readonly heldMin: readonly number[];
};

const THIRDS = [0, 1, 2] as const;

/** Samples in order. Fewer than three give no thirds to compare: all are the same. */
export const thirdsOf = (samples: readonly MemorySample[]): MemoryThirds => {
	const parts = THIRDS.map(third => {
		const part = samples.slice(
			Math.floor((third * samples.length) / 3),
			Math.floor(((third + 1) * samples.length) / 3),
		);
		return part.length > 0 ? part : samples;
	});
	return {
		residentMax: parts.map(part => Math.max(...part.map(({residentBytes}) => residentBytes))),
		heldMin: parts.map(part => Math.min(...part.map(({heldBytes}) => heldBytes))),
	};
};

/** What the last third may take more than the first: a part of it, and an amount that noise alone explains. */
export type Allowance = {readonly share: number; readonly bytes: number};

/** Whether the last third took no more than the first and the allowance. */
export const isFlat = (thirds: readonly number[], {share, bytes}: Allowance): boolean => {
	const [first = 0] = thirds;
	return (thirds.at(-1) ?? 0) <= first * (1 + share) + bytes;
};

/** Looks at this process' memory every `everyMs`, until it is stopped. */
export const sampledThirds = (everyMs: number): {readonly stop: () => MemoryThirds} => {
	const samples = [memoryNow()];
	const timer = setInterval(() => samples.push(memoryNow()), everyMs);
	return {
		stop: () => {
			clearInterval(timer);
			samples.push(memoryNow());
			return thirdsOf(samples);
		},
	};
};
