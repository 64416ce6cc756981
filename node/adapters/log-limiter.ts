/** So many lines that say the same may come in a window; the rest are counted. */
const LINES_MAX = 20;
const WINDOW_MS = 10_000;
/** Messages are constants of this code: there are not more of them. */
const MESSAGES_MAX = 4_096;

type Window = {startMs: number; lines: number; dropped: number};

/** Keeps a peer, or a fault, from filling the disk with one line. */
export class LogLimiter {
	readonly #windows = new Map<string, Window>();

	/** How many like it were dropped before this line; undefined: this one is to be dropped too. */
	admit(message: string, nowMs: number): number | undefined {
		const window = this.#windows.get(message);
		// The clock of a machine may be set back.
		if (window !== undefined && Math.abs(nowMs - window.startMs) < WINDOW_MS) {
			if (window.lines < LINES_MAX) {
				window.lines++;
				return 0;
			}
			window.dropped++;
			return undefined;
		}
		if (this.#windows.size >= MESSAGES_MAX) this.#windows.clear();
		this.#windows.set(message, {startMs: nowMs, lines: 1, dropped: 0});
		return window?.dropped ?? 0;
	}
}
