type Waiting = {readonly resolve: () => void; readonly reject: (error: unknown) => void};

/** A counted right to do something; those who come when none is left wait in order. */
export class Slots {
	#free: number;
	#waiting: Waiting[] = [];
	#ended: Error | undefined;

	constructor(count: number) {
		this.#free = count;
	}

	async take(signal?: AbortSignal): Promise<void> {
		signal?.throwIfAborted();
		if (this.#ended !== undefined) throw this.#ended;
		if (this.#free > 0) {
			this.#free--;
			return;
		}
		let onAbort: () => void = () => undefined;
		try {
			await new Promise<void>((resolve, reject) => {
				const waiting: Waiting = {resolve, reject};
				this.#waiting.push(waiting);
				onAbort = () => {
					this.#waiting = this.#waiting.filter(other => other !== waiting);
					reject(signal?.reason);
				};
				signal?.addEventListener('abort', onAbort, {once: true});
			});
		} finally {
			signal?.removeEventListener('abort', onAbort);
		}
	}

	free(): void {
		const next = this.#waiting.shift();
		if (next === undefined) this.#free++;
		else next.resolve();
	}

	/** Nobody gets a slot any more. */
	end(error: Error): void {
		this.#ended = error;
		for (const {reject} of this.#waiting) reject(error);
		this.#waiting = [];
	}
}
