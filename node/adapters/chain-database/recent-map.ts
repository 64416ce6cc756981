type Slot<T> = {readonly value: Promise<T>; uses: number};

/** Keeps the values that were used last, makes those that are missing, and lets none go that is in use. */
export class RecentMap<T> {
	readonly #slots = new Map<number, Slot<T>>();
	/** To be dropped by whoever uses them last. */
	readonly #forgotten = new Set<Slot<T>>();
	readonly #keep: number;
	readonly #make: (key: number) => Promise<T>;
	readonly #drop: (value: T) => Promise<void>;

	constructor(keep: number, make: (key: number) => Promise<T>, drop: (value: T) => Promise<void>) {
		this.#keep = keep;
		this.#make = make;
		this.#drop = drop;
	}

	async use<R>(key: number, use: (value: T) => Promise<R>): Promise<R> {
		const slot = this.#slots.get(key) ?? {value: this.#make(key), uses: 0};
		// The last used one stands last.
		this.#slots.delete(key);
		this.#slots.set(key, slot);
		slot.uses++;
		try {
			return await use(await slot.value);
		} catch (error) {
			// What could not be made is tried again.
			await slot.value.catch(() => this.#slots.delete(key));
			throw error;
		} finally {
			slot.uses--;
			await this.#dropForgotten(key, slot);
			await this.#shrink();
		}
	}

	/** Lets a value go: now, or when nobody uses it any more. */
	async forget(key: number): Promise<void> {
		const slot = this.#slots.get(key);
		if (slot === undefined) return;
		if (slot.uses > 0) {
			this.#forgotten.add(slot);
			return;
		}
		this.#slots.delete(key);
		await this.#drop(await slot.value);
	}

	async close(): Promise<void> {
		for (const [key, {value}] of this.#slots) {
			this.#slots.delete(key);
			await this.#drop(await value);
		}
	}

	async #dropForgotten(key: number, slot: Slot<T>): Promise<void> {
		if (slot.uses > 0 || !this.#forgotten.delete(slot)) return;
		this.#slots.delete(key);
		await slot.value.then(this.#drop, () => undefined);
	}

	async #shrink(): Promise<void> {
		for (const [key, slot] of this.#slots) {
			if (this.#slots.size <= this.#keep) return;
			if (slot.uses > 0) continue;
			this.#slots.delete(key);
			await this.#drop(await slot.value);
		}
	}
}
