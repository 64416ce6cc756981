import {assert} from '#kernel/assert';

type Pending = {readonly offset: number; readonly length: number; readonly isLost: boolean};

/** A file's bytes, and which of them are not on the disk yet. */
export class FaultyContent {
	bytes: Uint8Array<ArrayBuffer> = new Uint8Array(256);
	length = 0;
	/** What a power cut leaves for sure, when it is not the first `synced` bytes: after a cut that was not synced. */
	#base: Uint8Array<ArrayBuffer> | undefined;
	#synced = 0;
	#pending: Pending[] = [];

	append(parts: readonly Uint8Array[], isLost: boolean): void {
		const total = parts.reduce((sum, part) => sum + part.length, 0);
		if (this.length + total > this.bytes.length) {
			const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.length + total));
			grown.set(this.bytes.subarray(0, this.length));
			this.bytes = grown;
		}
		this.#pending.push({offset: this.length, length: total, isLost});
		for (const part of parts) {
			this.bytes.set(part, this.length);
			this.length += part.length;
		}
	}

	truncate(size: number): void {
		assert(size <= this.length, 'a file is cut, not grown');
		if (size < this.#synced) this.#base ??= this.bytes.slice(0, this.#synced);
		this.#pending = this.#pending.flatMap(({offset, length, isLost}) =>
			offset >= size ? [] : [{offset, length: Math.min(length, size - offset), isLost}],
		);
		this.length = size;
		if (this.#base === undefined) this.#synced = Math.min(this.#synced, size);
	}

	sync(): void {
		if (this.#pending.some(({isLost}) => isLost)) return;
		this.#base = undefined;
		this.#synced = this.length;
		this.#pending = [];
	}

	/** Keeps what was synced; of each other write nothing, a part or all. A gap before a kept write reads as zeros. */
	losePower(random: () => number): void {
		const kept = this.#base ?? this.bytes.slice(0, this.#synced);
		let after = new Uint8Array(kept);
		for (const {offset, length, isLost} of this.#pending) {
			const fate = isLost ? 0 : random();
			const survives = fate < 1 / 3 ? 0 : fate < 2 / 3 ? length : Math.floor(random() * length);
			if (survives === 0) continue;
			const grown = new Uint8Array(Math.max(after.length, offset + survives));
			grown.set(after);
			grown.set(this.bytes.subarray(offset, offset + survives), offset);
			after = grown;
		}
		this.bytes = after.length === 0 ? new Uint8Array(16) : after;
		this.length = after.length;
		this.#base = undefined;
		this.#synced = this.length;
		this.#pending = [];
	}
}
