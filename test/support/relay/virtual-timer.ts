import type {Environment, Timer} from '#relay/timer';

type Alarm = {readonly atMs: number; readonly call: () => void};

/** Time that moves only when a test says so. */
export class VirtualTimer implements Timer {
	#nowMs = 0;
	readonly #alarms = new Set<Alarm>();

	readonly nowMs = (): number => this.#nowMs;

	readonly after = (delayMs: number, call: () => void): (() => void) => {
		const alarm: Alarm = {atMs: this.#nowMs + delayMs, call};
		this.#alarms.add(alarm);
		return () => this.#alarms.delete(alarm);
	};

	/** Alarms that are set: none may be left when all connections have ended. */
	get pending(): number {
		return this.#alarms.size;
	}

	/** Lets `ms` pass; alarms ring in order. */
	advance(ms: number): void {
		const endMs = this.#nowMs + ms;
		for (;;) {
			const [next] = [...this.#alarms].filter(({atMs}) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
			if (next === undefined) break;
			this.#alarms.delete(next);
			this.#nowMs = Math.max(this.#nowMs, next.atMs);
			next.call();
		}
		this.#nowMs = endMs;
	}

	/** This clock, and dice that always show the same. */
	environment(luck = 0): Environment {
		return {timer: this, random: () => luck};
	}
}

/** Lets everything that is under way in this process happen: microtasks, and turns of memory bearers. */
export const settle = async (turns = 20): Promise<void> => {
	for (let turn = 0; turn < turns; turn++) await new Promise<void>(resolve => setImmediate(resolve));
};
