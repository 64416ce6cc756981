/** The time of day. The only way in which services know it or wait for it. */
export type Clock = {
	/** Milliseconds since 1970-01-01T00:00Z. */
	now(): number;
	/**
	 * Resolves when `now()` has reached `timeMs`, at once if it is past. Rejects with `signal.reason` on abort.
	 * `orSetBack`: resolves also when somebody set the clock back while it was waited for.
	 */
	waitUntil(
		timeMs: number,
		options: {readonly signal: AbortSignal; readonly orSetBack?: boolean},
	): Promise<void>;
};
