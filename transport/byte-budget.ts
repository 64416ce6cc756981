import {assert} from '#kernel/assert';

/** Memory that announced bodies may take together, across all connections of a listener. */
export class ByteBudget {
	#left: number;

	constructor(bytesMax: number) {
		this.#left = bytesMax;
	}

	/** Whether there is room; if so it is taken. */
	take(bytes: number): boolean {
		assert(bytes >= 0, 'a budget gives no negative room');
		if (bytes > this.#left) return false;
		this.#left -= bytes;
		return true;
	}

	free(bytes: number): void {
		this.#left += bytes;
	}
}
