/** Tells listeners, in the order in which they came, and lets others wait for the next time. */
export class Notifier<T> {
	readonly #listeners = new Set<(value: T) => void>();

	get listening(): number {
		return this.#listeners.size;
	}

	notify(value: T): void {
		for (const listener of [...this.#listeners]) listener(value);
	}

	/** Calls `listener` each time until `signal` aborts. */
	on(listener: (value: T) => void, {signal}: {readonly signal: AbortSignal}): void {
		if (signal.aborted) return;
		// A function of its own, so that one listener may listen twice.
		const call = (value: T): void => listener(value);
		this.#listeners.add(call);
		signal.addEventListener('abort', () => this.#listeners.delete(call), {once: true});
	}

	/** Resolves the next time; rejects with the signal's reason. */
	next({signal}: {readonly signal: AbortSignal}): Promise<T> {
		return new Promise((resolve, reject) => {
			if (signal.aborted) return reject(signal.reason);
			const end = (): void => {
				this.#listeners.delete(call);
				signal.removeEventListener('abort', abort);
			};
			const call = (value: T): void => {
				end();
				resolve(value);
			};
			const abort = (): void => {
				end();
				reject(signal.reason);
			};
			this.#listeners.add(call);
			signal.addEventListener('abort', abort, {once: true});
		});
	}
}
