import type {Readable} from 'node:stream';
import type {RateLimiter} from './rate-limiter.ts';

/** The limits on one connection's bytes, and whether they held it back: what we slow down has not stalled. */
export class Pace {
	readonly #uplink: RateLimiter | undefined;
	readonly #downlink: RateLimiter | undefined;
	#waiting = 0;
	#readsHeld = 0;
	#wasHeld: boolean = false;

	constructor({
		uplink,
		downlink,
	}: {readonly uplink?: RateLimiter | undefined; readonly downlink?: RateLimiter | undefined}) {
		this.#uplink = uplink;
		this.#downlink = downlink;
	}

	/** Undefined: as many bytes may be written now. Else resolves when they may. */
	beforeWrite(bytes: number): Promise<void> | undefined {
		const turn = this.#uplink?.take(bytes);
		return turn && this.#hold(turn);
	}

	/** Stops reading from `stream` for as long as bytes that came are above the rate. */
	afterRead(stream: Readable, bytes: number): void {
		const turn = this.#downlink?.take(bytes);
		if (turn === undefined) return;
		stream.pause();
		this.#readsHeld++;
		// More may come after the pause, of what was decrypted already: it is waited for too.
		void this.#hold(turn).then(() => {
			if (--this.#readsHeld === 0) stream.resume();
		});
	}

	/** Whether a limit held anything back since this was asked last. */
	takeHeld(): boolean {
		const held = this.#wasHeld || this.#waiting > 0;
		this.#wasHeld = false;
		return held;
	}

	async #hold(turn: Promise<void>): Promise<void> {
		this.#waiting++;
		await turn;
		this.#waiting--;
		this.#wasHeld = true;
	}
}
