import {assert} from '#kernel/assert';

/** Shorter bodies are not worth keeping memory for. */
const KEPT_LENGTH_MIN = 64 * 1024;
/** What is kept for those that come next: pieces come by the thousand, one like the other. */
const KEPT_BYTES_MAX = 16 * 2 ** 20;

/**
 * Memory that announced bodies may take together, across all connections of a listener. It is used again: new memory for each
 * piece would have to be cleared, and make the collector look through everything again and again.
 */
export class BodyMemory {
	#left: number;
	/** What was given back last stands last. */
	readonly #kept: ArrayBuffer[] = [];

	constructor(bytesMax: number) {
		this.#left = bytesMax;
	}

	/** Memory in which anything may stand, or undefined when there is no room. */
	take(bytes: number): Uint8Array<ArrayBuffer> | undefined {
		assert(bytes >= 0, 'a budget gives no negative room');
		if (bytes > this.#left) return undefined;
		this.#left -= bytes;
		const at = this.#kept.findIndex(({byteLength}) => byteLength >= bytes && byteLength <= 2 * bytes);
		const [known] = at === -1 ? [] : this.#kept.splice(at, 1);
		return known === undefined ? new Uint8Array(bytes) : new Uint8Array(known, 0, bytes);
	}

	/** Nobody looks at it any more. */
	free(body: Uint8Array<ArrayBuffer>): void {
		this.#left += body.length;
		if (body.buffer.byteLength < KEPT_LENGTH_MIN) return;
		this.#kept.push(body.buffer);
		let bytes = this.#kept.reduce((sum, {byteLength}) => sum + byteLength, 0);
		for (; bytes > KEPT_BYTES_MAX; bytes -= this.#kept.shift()?.byteLength ?? bytes);
	}
}
