/** The newest entries of a map, up to a limit: whoever is put again is new again. */
export class Newest<V> {
	readonly #entries = new Map<string, V>();
	readonly #max: number;

	constructor(max: number) {
		this.#max = max;
	}

	get size(): number {
		return this.#entries.size;
	}

	get(key: string): V | undefined {
		return this.#entries.get(key);
	}

	put(key: string, value: V): void {
		this.#entries.delete(key);
		const oldest = this.#entries.size < this.#max ? undefined : this.#entries.keys().next().value;
		if (oldest !== undefined) this.#entries.delete(oldest);
		this.#entries.set(key, value);
	}

	delete(key: string): void {
		this.#entries.delete(key);
	}
}
