/**
 * How likely it is that a block which stood deep in somebody's chain is undone, whatever an adversary does with its
 * leader slots: the recursion of reach and margin (Kiayias, Quader and Russell, "Consistency of proof-of-stake blockchains
 * with concurrent honest slot leaders", 2020; ties are broken as the adversary likes).
 *
 * Reach: how far the adversary's best hidden chain may be ahead. Margin: how far the better of two chains that part at the
 * place looked at may be, the worse one counted; while it is not negative, the place is not settled.
 */
import {assert, defined} from '#kernel/assert';
import {
	anyOf,
	atMostCertain,
	CERTAIN,
	complement,
	leastOf,
	NEVER,
	overUp,
	type Probability,
	powerUp,
	timesUp,
} from './probability.ts';
import {type Letters, type Lottery, letters} from './slot-odds.ts';

/** What is cut off where reach is too high to be followed counts as a violation; it is below this. */
const CUT: Probability = CERTAIN >> 100n;

/** How likely the adversary, one block behind, ever draws level: p/(1-p); certain from a half on. */
const catchUp = ({harmful}: Pick<Letters, 'harmful'>): Probability =>
	harmful >= CERTAIN / 2n ? CERTAIN : overUp(harmful, complement(harmful));

type Walk = {
	readonly reachMax: number;
	readonly marginMin: number;
	/** By reach, then by margin - marginMin. */
	readonly at: readonly Probability[][];
	/** Left at the top. */
	readonly lost: Probability;
};

const rowsOf = ({reachMax, marginMin}: Pick<Walk, 'reachMax' | 'marginMin'>): Probability[][] =>
	Array.from({length: reachMax + 1}, () =>
		Array.from({length: reachMax - marginMin + 1}, (): Probability => NEVER),
	);

/** Before the first letter: reach as it is in the long run, at any place; the margin is the reach. */
const start = (ratio: Probability, marginMin: number): Walk => {
	let reachMax = 0;
	while (powerUp(ratio, reachMax + 1) > CUT) reachMax++;
	const at = rowsOf({reachMax, marginMin});
	for (const [reach, row] of at.entries())
		row[reach - marginMin] = timesUp(powerUp(ratio, reach), complement(ratio) + 1n);
	return {reachMax, marginMin, at, lost: powerUp(ratio, reachMax + 1)};
};

const marginAfter = (margin: number, reach: number, isUnique: boolean): number => {
	if (margin !== 0) return margin - 1;
	return reach === 0 && isUnique ? -1 : 0;
};

const step = ({unique, several, harmful}: Letters, {reachMax, marginMin, at, lost}: Walk): Walk => {
	const next = rowsOf({reachMax, marginMin});
	let gone = lost;
	const put = (reach: number, margin: number, chance: Probability): void => {
		if (reach > reachMax || margin > reachMax) gone += chance;
		else {
			const row = next[reach] as Probability[];
			const place = Math.max(margin, marginMin) - marginMin;
			row[place] = (row[place] as Probability) + chance;
		}
	};
	for (const [reach, row] of at.entries())
		for (const [place, chance] of row.entries()) {
			if (chance === NEVER) continue;
			const margin = place + marginMin;
			const below = Math.max(0, reach - 1);
			put(reach + 1, margin + 1, timesUp(chance, harmful));
			put(below, marginAfter(margin, reach, true), timesUp(chance, unique));
			put(below, marginAfter(margin, reach, false), timesUp(chance, several));
		}
	return {reachMax, marginMin, at: next, lost: gone};
};

/** The walk over `length` letters, after each of them from 0 on. */
function* walks(word: Letters, ratio: Probability, length: number): Generator<Walk> {
	let marginMin = 0;
	while (powerUp(ratio, -marginMin) > CUT && -marginMin < length) marginMin--;
	let walk = start(ratio, marginMin);
	yield walk;
	for (let letter = 0; letter < length; letter++) {
		walk = step(word, walk);
		yield walk;
	}
}

const sumOf = ({at, marginMin}: Walk, weight: (margin: number) => Probability): Probability => {
	let sum = NEVER;
	for (const row of at)
		for (const [place, chance] of row.entries())
			if (chance !== NEVER) sum += timesUp(chance, weight(place + marginMin));
	return sum;
};

const lastOf = (steps: Iterable<Walk>): Walk => {
	let last: Walk | undefined;
	for (const walk of steps) last = walk;
	return defined(last, 'there is the start');
};

/** P(a place is not settled `length` letters after it, or some time later). */
export const unsettledAfter = (word: Letters, length: number): Probability => {
	const ratio = catchUp(word);
	// An adversary as strong as the honest pools may undo anything.
	if (ratio === CERTAIN) return CERTAIN;
	const walk = lastOf(walks(word, ratio, length));
	// From a margin of -d the walk comes back to 0 with p/(1-p) to the power of d.
	return atMostCertain(walk.lost + sumOf(walk, margin => (margin >= 0 ? CERTAIN : powerUp(ratio, -margin))));
};

/** How much a letter that may be in both chains is weighted: whichever gives the least bound. In quarters. */
const WEIGHTS: readonly bigint[] = [4n, 6n, 8n, 12n, 20n];

/**
 * P(n letters after a place two chains that part there are both longer than k, and the place is not settled), by n, each
 * bounded with one weight: E[weight^(letters that both chains may use)] / weight^(as many as they have to share).
 */
const unsettledWithin = (word: Letters, k: number, weight: bigint): readonly Probability[] => {
	const weighted = (chance: Probability): Probability => (chance * weight + 3n) / 4n;
	const heavy = {...word, several: weighted(word.several), harmful: weighted(word.harmful)};
	const lightness = overUp(4n, weight);
	const bounds: Probability[] = [];
	for (const walk of walks(heavy, catchUp(word), 2 * k + 1)) {
		const shared = Math.max(0, 2 * k + 2 - bounds.length);
		const open = sumOf(walk, margin => (margin >= 0 ? CERTAIN : NEVER));
		bounds.push(bounds.length <= k ? NEVER : walk.lost + timesUp(open, powerUp(lightness, shared)));
	}
	return bounds;
};

/**
 * P(two chains that part at one place both get longer than k before that is settled). A unique honest block is in one of
 * them at most: n letters, of which c may be in both, hold 2k + 2 blocks only if n + c ≥ 2k + 2.
 */
export const forkOdds = (word: Letters, k: number): Probability => {
	if (catchUp(word) === CERTAIN) return CERTAIN;
	const byWeight = WEIGHTS.map(weight => unsettledWithin(word, k, weight));
	const short = Array.from({length: 2 * k + 2}, (_, length) =>
		leastOf(...byWeight.map(bounds => bounds[length] ?? CERTAIN)),
	);
	return anyOf(...short, unsettledAfter(word, 2 * k + 2));
};

/**
 * P(in a run of `slots` slots anybody undoes more than `k` blocks of a chain it held). Every slot with a leader is a place
 * where chains may part.
 */
export const rollbackOdds = (
	lottery: Lottery,
	{k, slots}: {readonly k: number; readonly slots: number},
): Probability => {
	assert(k > 0 && slots > 0, 'a run has slots and a limit');
	const word = letters(lottery);
	return atMostCertain(BigInt(slots) * timesUp(word.active, forkOdds(word, k)));
};
