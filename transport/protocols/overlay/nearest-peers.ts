import type {Neighbour} from './peer.ts';

/** The so many nearest of those that are offered, nearest first. Written for speed: every exchange asks for it. */
export class NearestPeers {
	readonly entries: Neighbour[] = [];
	readonly #distances: number[] = [];
	readonly #countMax: number;

	constructor(countMax: number) {
		this.#countMax = countMax;
	}

	offer(entry: Neighbour, distance: number): void {
		let place = this.entries.length;
		if (place === this.#countMax) {
			if ((this.#distances[place - 1] as number) <= distance) return;
			place--;
		}
		for (; place > 0 && (this.#distances[place - 1] as number) > distance; place--) {
			this.entries[place] = this.entries[place - 1] as Neighbour;
			this.#distances[place] = this.#distances[place - 1] as number;
		}
		this.entries[place] = entry;
		this.#distances[place] = distance;
	}
}
