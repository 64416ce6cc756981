import {toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {Failure} from '#kernel/result';

const REMEMBERED_MAX = 1000;

/** Blocks that were found invalid, and why. When there are too many the oldest are forgotten, and judged again. */
export class RefusedBlocks {
	readonly #failures = new Map<string, Failure>();
	readonly #max: number;

	constructor(max: number = REMEMBERED_MAX) {
		this.#max = max;
	}

	remember(hash: HeaderHash, failure: Failure): void {
		const key = toHex(hash);
		const oldest = this.#failures.size < this.#max ? undefined : this.#failures.keys().next().value;
		if (oldest !== undefined && !this.#failures.has(key)) this.#failures.delete(oldest);
		this.#failures.set(key, failure);
	}

	failureOf(hash: HeaderHash): Failure | undefined {
		return this.#failures.get(toHex(hash));
	}
}
