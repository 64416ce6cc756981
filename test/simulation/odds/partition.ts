/** How deep a fork may get while a part of the nodes hears nothing of the rest, without any adversary. */
import {defined} from '#kernel/assert';
import {fewerThan, successes} from './binomial.ts';
import {
	anyOf,
	atMostCertain,
	CERTAIN,
	complement,
	NEVER,
	overDown,
	type Probability,
	powerDown,
	timesUp,
} from './probability.ts';
import {type Lottery, slotOdds} from './slot-odds.ts';

type HonestLottery = Omit<Lottery, 'adversary'>;

/**
 * P(none of `n` letters in a row is one that everybody agrees upon: one leader, and silence before and after it for as
 * long as blocks are under way), by n, up to `max`. Each gap between letters is after one and before the next.
 */
const withoutAgreement = (lottery: HonestLottery, max: number): readonly Probability[] => {
	const {some, one} = slotOdds(lottery.honest, lottery.f);
	const unique = overDown(one.low, some.high);
	const quiet = powerDown(complement(some.high), lottery.delaySlots);
	// With no delay every gap is quiet; else nothing is known of the gap before the first letter.
	let [afterQuiet, afterNoise] = lottery.delaySlots === 0 ? [CERTAIN, NEVER] : [NEVER, CERTAIN];
	const chances = [CERTAIN];
	while (chances.length <= max) {
		const still = timesUp(afterQuiet, complement(unique)) + afterNoise;
		[afterQuiet, afterNoise] = [timesUp(still, quiet), timesUp(afterQuiet + afterNoise, complement(quiet))];
		chances.push(atMostCertain(afterQuiet + afterNoise));
	}
	return chances;
};

/** P(in a run without any adversary somebody undoes more than `k` blocks), where blocks take `delaySlots` at most. */
export const honestRollbackOdds = (
	lottery: HonestLottery,
	{k, slots}: {readonly k: number; readonly slots: number},
): Probability => {
	const {high} = slotOdds(lottery.honest, lottery.f).some;
	return atMostCertain(BigInt(slots) * timesUp(high, defined(withoutAgreement(lottery, k)[k], 'k of k')));
};

/** P(a + b > max) of two independent counts; each as P(= n) for n ≤ max (upper bounds), and P(> max). */
type Count = {readonly exactly: readonly Probability[]; readonly above: Probability};

const add = (a: Count, b: Count): Count => {
	const max = a.exactly.length - 1;
	const exactly = Array.from({length: max + 1}, (): Probability => NEVER);
	let above = a.above + b.above;
	for (const [m, chance] of a.exactly.entries())
		for (const [n, other] of b.exactly.entries()) {
			const both = timesUp(chance, other);
			if (m + n > max) above += both;
			else exactly[m + n] = (exactly[m + n] as Probability) + both;
		}
	return {exactly, above};
};

/** From P(> n): P(= n) is at most P(> n-1) - P(> n) + the rounding, which is put on top. */
const countOf = (aboveBy: readonly Probability[]): Count => ({
	exactly: aboveBy.map((above, n) => (n === 0 ? CERTAIN : (aboveBy[n - 1] as Probability)) - above + 2n),
	above: aboveBy.at(-1) ?? CERTAIN,
});

export type Partition = {
	readonly k: number;
	/** Until every link works again, peers are dialled again and what was missed is fetched. */
	readonly slots: number;
	/** Shares of the pools in the part that is looked at: the one with the least stake. */
	readonly part: HonestLottery['honest'];
};

/**
 * P(a partition makes somebody undo more than k blocks). What is undone at last is no longer than what replaces it, so it
 * is no longer than the smaller part's chain: its blocks of the partition, those since the last agreement before it,
 * and those until the first agreement after it.
 */
export const partitionRollbackOdds = (lottery: HonestLottery, {k, slots, part}: Partition): Probability => {
	// More than n letters lie between a moment and an agreed one: n of them surely are none; the last may not be known yet.
	const around = countOf(withoutAgreement(lottery, k));
	const {high} = slotOdds(part, lottery.f).some;
	const counts = successes(slots, high, k);
	const during: Count = {exactly: counts.slice(0, k + 1), above: counts[k + 1] ?? NEVER};
	const {above} = add(add(around, during), around);
	return atMostCertain(above);
};

/**
 * P(a partition that is to end in a halt does not): one of the parts makes no more than k blocks in its first `slots` slots,
 * with `delaySlots` lost after each block.
 */
export const noHaltOdds = (
	{f, delaySlots}: Pick<Lottery, 'f' | 'delaySlots'>,
	{k, slots, parts}: Pick<Partition, 'k' | 'slots'> & {readonly parts: readonly HonestLottery['honest'][]},
): Probability =>
	anyOf(
		...parts.map(part => {
			const {low} = slotOdds(part, f).some;
			return fewerThan(Math.max(0, slots - (k + 1) * delaySlots), low, k + 1);
		}),
	);
