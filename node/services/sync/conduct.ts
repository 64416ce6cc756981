/** How long a peer may keep us waiting for headers, and how many it may waste. Pure. */

export type Conduct = {
	/** What is left of our patience while the peer claims a better chain than it has shown. */
	readonly patienceMs: number;
	/** Headers that led nowhere which it may still send. */
	readonly wasteLeft: number;
	/** When `wasteLeft` was worked out. */
	readonly atMs: number;
	/** The highest block number that it has shown. */
	readonly shownBlockNo: number;
};

/** A peer that claims more than it shows is left after this long without a header. */
export const PATIENCE_MS_MAX = 30_000;
/** Each header wins this much back: whoever sends fewer than 20 a second of a chain that is longer is too slow. */
const PATIENCE_MS_PER_HEADER = 50;
/** Headers that are no longer than those before them: forks change, but not all the time. */
const WASTE_PER_SECOND = 2;

/** `forkMax`: the deepest fork there may be. */
export const conductAtFirst = (nowMs: number, forkMax: number): Conduct => ({
	patienceMs: PATIENCE_MS_MAX,
	wasteLeft: wasteMax(forkMax),
	atMs: nowMs,
	shownBlockNo: -1,
});

const wasteMax = (forkMax: number): number => 4 * forkMax + 100;

/** After waiting for a header that the peer claims to have. */
export const afterWaiting = (conduct: Conduct, waitedMs: number): Conduct => ({
	...conduct,
	patienceMs: Math.max(0, conduct.patienceMs - waitedMs),
});

/**
 * After a header. Only one that is longer than all before wins patience; any other is waste, and there is but so much of
 * it a second.
 */
export const afterHeader = (
	conduct: Conduct,
	blockNo: number,
	{nowMs, forkMax}: {readonly nowMs: number; readonly forkMax: number},
): Conduct => {
	const refilled = Math.min(
		conduct.wasteLeft + ((nowMs - conduct.atMs) / 1000) * WASTE_PER_SECOND,
		wasteMax(forkMax),
	);
	if (blockNo > conduct.shownBlockNo)
		return {
			patienceMs: Math.min(conduct.patienceMs + PATIENCE_MS_PER_HEADER, PATIENCE_MS_MAX),
			wasteLeft: refilled,
			atMs: nowMs,
			shownBlockNo: blockNo,
		};
	return {...conduct, wasteLeft: refilled - 1, atMs: nowMs};
};

export const isFlooding = ({wasteLeft}: Conduct): boolean => wasteLeft < 0;
