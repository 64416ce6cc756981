import type {Clock} from '#node/ports/clock';

/** How many bytes background work may read and write, so that customers and proofs find a free disk. */
export type IoBudget = {
	readonly bytesPerSecond: number;
	/** To be called after the work: resolves when as much time has passed as those bytes are worth. Rejects on abort. */
	spend(bytes: number, options: {readonly signal: AbortSignal}): Promise<void>;
};

export const createIoBudget = (clock: Clock, bytesPerSecond: number): IoBudget => {
	/** Everything that was spent is paid for at this time. */
	let paidAtMs = 0;
	return {
		bytesPerSecond,
		spend: async (bytes, {signal}) => {
			const costMs = (bytes / bytesPerSecond) * 1000;
			const now = clock.now();
			// After the clock was set back, what was spent before counts no more.
			if (paidAtMs > now + costMs + 60_000) paidAtMs = now;
			paidAtMs = Math.max(paidAtMs, now) + costMs;
			await clock.waitUntil(paidAtMs, {signal, orSetBack: true});
		},
	};
};
