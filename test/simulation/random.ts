/** Luck from a seed: small, fast, and the same on every machine. Never for keys of real value. */

const WORD = 2 ** 32;

/** Four words that depend on every character of a text. */
const wordsOf = (text: string): readonly [number, number, number, number] => {
	const words: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef];
	for (let at = 0; at < text.length; at++)
		for (let lane = 0; lane < 4; lane++) {
			const mixed = Math.imul((words[lane] as number) ^ text.charCodeAt(at), 0x85ebca6b + 2 * lane);
			words[lane] = (mixed ^ (mixed >>> 13)) + (words[(lane + 3) & 3] as number);
		}
	return words;
};

/** sfc32. Streams are derived by name, so that one consumer more does not shift the luck of the others. */
export class Random {
	readonly #name: string;
	#a: number;
	#b: number;
	#c: number;
	#counter: number;

	constructor(seed: number | string) {
		this.#name = String(seed);
		[this.#a, this.#b, this.#c, this.#counter] = wordsOf(this.#name);
		for (let round = 0; round < 16; round++) this.word();
	}

	/** A stream of its own. */
	fork(name: string): Random {
		return new Random(`${this.#name}/${name}`);
	}

	/** 32 bits. */
	word(): number {
		const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
		this.#counter = (this.#counter + 1) | 0;
		this.#a = this.#b ^ (this.#b >>> 9);
		this.#b = (this.#c + (this.#c << 3)) | 0;
		this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
		return sum >>> 0;
	}

	/** In [0, 1). */
	next(): number {
		return this.word() / WORD;
	}

	/** An integer in [0, limit). */
	below(limit: number): number {
		return Math.floor(this.next() * limit);
	}

	chance(probability: number): boolean {
		return probability > 0 && this.next() < probability;
	}

	between(low: number, high: number): number {
		return low + this.next() * (high - low);
	}

	/** Waiting times without memory. */
	exponential(mean: number): number {
		return -Math.log(1 - this.next()) * mean;
	}

	pick<T>(list: readonly T[]): T {
		return list[this.below(list.length)] as T;
	}

	shuffled<T>(list: readonly T[]): readonly T[] {
		const left = [...list];
		const drawn: T[] = [];
		while (left.length > 0) drawn.push(...left.splice(this.below(left.length), 1));
		return drawn;
	}

	bytes(length: number): Uint8Array {
		const bytes = new Uint8Array(length);
		for (let at = 0; at < length; at++) bytes[at] = this.word() & 0xff;
		return bytes;
	}
}
