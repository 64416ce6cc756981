/** What is to happen, by time and then in the order in which it was planned: a binary heap. */
export type QueuedEvent = {
	readonly atMs: number;
	readonly order: number;
	/** Undefined when it was called off: it is dropped when its time comes. */
	call: (() => void) | undefined;
};

const isBefore = (a: QueuedEvent, b: QueuedEvent): boolean =>
	a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

export class EventQueue {
	readonly #heap: QueuedEvent[] = [];
	#order = 0;

	get size(): number {
		return this.#heap.length;
	}

	add(atMs: number, call: () => void): QueuedEvent {
		const event: QueuedEvent = {atMs, order: this.#order++, call};
		const heap = this.#heap;
		let at = heap.length;
		heap.push(event);
		while (at > 0) {
			const parent = (at - 1) >>> 1;
			const above = heap[parent] as QueuedEvent;
			if (!isBefore(event, above)) break;
			heap[at] = above;
			at = parent;
		}
		heap[at] = event;
		return event;
	}

	/** The time of the next event that was not called off. */
	nextMs(): number | undefined {
		for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
			if (first.call !== undefined) return first.atMs;
			this.#removeFirst();
		}
		return undefined;
	}

	/** The order of what is planned next. */
	get nextOrder(): number {
		return this.#order;
	}

	/** The next event, if it is due at `atMs` and was planned before `order`. */
	takeAt(atMs: number, order: number): QueuedEvent | undefined {
		if (this.nextMs() !== atMs) return undefined;
		const first = this.#heap[0] as QueuedEvent;
		if (first.order >= order) return undefined;
		this.#removeFirst();
		return first;
	}

	#removeFirst(): void {
		const heap = this.#heap;
		const last = heap.pop();
		if (last === undefined || heap.length === 0) return;
		let at = 0;
		for (;;) {
			let child = 2 * at + 1;
			if (child >= heap.length) break;
			if (child + 1 < heap.length && isBefore(heap[child + 1] as QueuedEvent, heap[child] as QueuedEvent))
				child++;
			const below = heap[child] as QueuedEvent;
			if (!isBefore(below, last)) break;
			heap[at] = below;
			at = child;
		}
		heap[at] = last;
	}
}
