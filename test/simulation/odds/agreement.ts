/** How long it may take until all honest nodes hold the same chain. */
import {CERTAIN, complement, NEVER, type Probability, timesDown, timesUp} from './probability.ts';
import {type Lottery, slotOdds} from './slot-odds.ts';

/** Chances of one slot, not above the truth; what is left over helps nobody. */
type Kinds = {readonly silent: Probability; readonly unique: Probability};

const kindsOf = ({f, honest, adversary}: Lottery): Kinds => {
	const good = slotOdds(honest, f);
	const noneBad = complement(slotOdds(adversary, f).some.high);
	return {
		silent: timesDown(complement(good.some.high), noneBad),
		unique: timesDown(good.one.low, noneBad),
	};
};

/**
 * P(no block of `slots` slots is one that everybody agrees upon): by an honest pool alone, with `delaySlots` slots before
 * and after it in which nobody leads. Its maker holds the best chain, nothing else has its height, and it arrives everywhere
 * before there is more. Add to `slots` what it takes to connect again and to fetch what was missed.
 */
export const disagreementOdds = (lottery: Lottery, slots: number): Probability => {
	const {delaySlots} = lottery;
	const {silent, unique} = kindsOf(lottery);
	const other = complement(silent) - unique;
	// Places 0 … delay: so many silent slots before; behind them: so many silent slots after a unique block.
	const places = 2 * delaySlots + 1;
	let at: Probability[] = [CERTAIN, ...Array.from({length: places - 1}, () => NEVER)];
	for (let slot = 0; slot < slots; slot++) {
		const next = at.map(() => NEVER);
		const put = (place: number, chance: Probability): void => {
			// Beyond the last place everybody agrees.
			if (place < places) next[place] = (next[place] ?? NEVER) + chance;
		};
		for (const [place, chance] of at.entries()) {
			put(place === delaySlots ? place : place + 1, timesUp(chance, silent));
			put(place === delaySlots ? place + 1 : 0, timesUp(chance, unique));
			put(0, timesUp(chance, other));
		}
		at = next;
	}
	const sum = at.reduce((total, chance) => total + chance, NEVER);
	return sum > CERTAIN ? CERTAIN : sum;
};

/** The fewest slots after which disagreement is that unlikely. */
export const slotsUntilAgreement = (lottery: Lottery, chance: Probability): number => {
	let slots = 1;
	while (disagreementOdds(lottery, slots) > chance) slots *= 2;
	let [tooFew, enough] = [Math.floor(slots / 2), slots];
	while (enough - tooFew > 1) {
		const middle = Math.floor((tooFew + enough) / 2);
		if (disagreementOdds(lottery, middle) > chance) tooFew = middle;
		else enough = middle;
	}
	return enough;
};
