/** Which messages came before. Holds so many; then the oldest are forgotten. */
export class SeenMessages {
	readonly #countMax: number;
	readonly #ids = new Set<string>();

	constructor(countMax: number) {
		this.#countMax = countMax;
	}

	get count(): number {
		return this.#ids.size;
	}

	forget(id: string): void {
		this.#ids.delete(id);
	}

	/** False when it came before. */
	add(id: string): boolean {
		if (this.#ids.has(id)) return false;
		this.#ids.add(id);
		if (this.#ids.size > this.#countMax) for (const oldest of this.#ids) return this.#ids.delete(oldest);
		return true;
	}
}
