/** One at a time, in the order of asking. */
export class Mutex {
	#last: Promise<unknown> = Promise.resolve();

	run<T>(work: () => Promise<T>): Promise<T> {
		const turn = this.#last.then(work);
		// Whoever comes next waits for the end of this turn, not for its success.
		this.#last = turn.then(
			() => undefined,
			() => undefined,
		);
		return turn;
	}
}
