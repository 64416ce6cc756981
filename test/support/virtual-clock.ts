import type {Clock} from '#node/ports/clock';

export type VirtualClock = Clock & {
	/** Moves time on and wakes, in order, whoever waited for a time up to then. */
	advanceTo(timeMs: number): void;
	/** Sets the clock to an earlier time, as an operator or a wrong time server does. */
	setBackTo(timeMs: number): void;
	/** How many wait. */
	readonly waiting: number;
};

type Waiter = {readonly timeMs: number; readonly orSetBack: boolean; readonly wake: () => void};

/** Time that stands still until a test moves it. */
export const createVirtualClock = (startMs = 0): VirtualClock => {
	let now = startMs;
	let waiters: Waiter[] = [];
	return {
		now: () => now,
		waitUntil: (timeMs, {signal, orSetBack = false}) =>
			new Promise((resolve, reject) => {
				if (signal.aborted) return reject(signal.reason);
				if (timeMs <= now) return resolve();
				const abort = (): void => {
					waiters = waiters.filter(other => other !== waiter);
					reject(signal.reason);
				};
				const waiter: Waiter = {
					timeMs,
					orSetBack,
					wake: () => {
						signal.removeEventListener('abort', abort);
						resolve();
					},
				};
				signal.addEventListener('abort', abort, {once: true});
				waiters.push(waiter);
			}),
		advanceTo: timeMs => {
			now = Math.max(now, timeMs);
			const due = waiters.filter(waiter => waiter.timeMs <= now);
			waiters = waiters.filter(waiter => waiter.timeMs > now);
			for (const {wake} of due.toSorted((a, b) => a.timeMs - b.timeMs)) wake();
		},
		setBackTo: timeMs => {
			now = Math.min(now, timeMs);
			const woken = waiters.filter(({orSetBack}) => orSetBack);
			waiters = waiters.filter(({orSetBack}) => !orSetBack);
			for (const {wake} of woken) wake();
		},
		get waiting() {
			return waiters.length;
		},
	};
};
