import type {Ratio} from '#kernel/ratio';
import {type LeaderThreshold, leaderThreshold} from './leader-threshold.ts';

/** More pools than one snapshot has; beyond it the oldest entries go. */
const ENTRIES_MAX = 8192;

/**
 * Thresholds that were computed before. A threshold depends on stake and f alone, never on pool or epoch,
 * so an entry is right for ever, also across forks. Owned and passed in by whoever validates.
 */
export class ThresholdCache {
	readonly #known: Map<string, LeaderThreshold> = new Map();
	readonly #entriesMax: number;

	constructor(entriesMax: number = ENTRIES_MAX) {
		this.#entriesMax = entriesMax;
	}

	get size(): number {
		return this.#known.size;
	}

	threshold(sigma: Ratio, f: Ratio): LeaderThreshold {
		const key = `${sigma.numerator}/${sigma.denominator} ${f.numerator}/${f.denominator}`;
		const known = this.#known.get(key);
		if (known !== undefined) return known;
		const threshold = leaderThreshold(sigma, f);
		const oldest = this.#known.size < this.#entriesMax ? undefined : this.#known.keys().next().value;
		if (oldest !== undefined) this.#known.delete(oldest);
		this.#known.set(key, threshold);
		return threshold;
	}
}
