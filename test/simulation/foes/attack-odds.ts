/** What luck may do to honest nodes under an attack: the one place where a scenario's figures come from. */
import type {Ratio} from '#kernel/ratio';
import type {Bounds} from '../bounds.ts';
import {disagreementOdds} from '../odds/agreement.ts';
import {anyLateOdds, type Way} from '../odds/delay.ts';
import {growthOdds, qualityOdds} from '../odds/growth.ts';
import {type OddsOfRun, oddsOfRun, type Risk} from '../odds/odds-of-run.ts';
import {rollbackOdds} from '../odds/settlement.ts';
import {sharesOf} from '../odds/slot-odds.ts';

export type Contest = {
	readonly k: number;
	readonly f: Ratio;
	readonly nodes: number;
	readonly slots: number;
	/** Relative; honest pools first, the adversary's behind them. */
	readonly stakes: readonly number[];
	readonly bounds: Bounds;
	/** Slots of `bounds.agreeWithinSlots` that go for connecting again and fetching. */
	readonly reconnectSlots: number;
	/** Honest nodes whose blocks may help the adversary alone. */
	readonly helpless: number;
	/** How a block gets to the last node within its slot. */
	readonly way: Way;
	/** Ways that the adversary may choose from, where it may influence who leads. Default 1. */
	readonly choices?: number;
	readonly more?: readonly Risk[];
};

const known = new Map<string, OddsOfRun>();

/** Memory of the last figures: they take a second, and a thousand seeds share them. */
const remembered = (contest: Contest, work: () => OddsOfRun): OddsOfRun => {
	const key = JSON.stringify(contest, (_, value: unknown) =>
		typeof value === 'bigint' ? value.toString() : value,
	);
	const before = known.get(key);
	if (before !== undefined) return before;
	const odds = work();
	known.set(key, odds);
	return odds;
};

export const attackOdds = (contest: Contest): OddsOfRun =>
	remembered(contest, () => {
		const {k, f, nodes, slots, bounds, helpless, choices = 1} = contest;
		const helpful = nodes - helpless;
		const shares = sharesOf(contest.stakes);
		const lottery = {f, honest: shares.slice(0, helpful), adversary: shares.slice(helpful), delaySlots: 0};
		const lasting = slots + (bounds.agreeWithinSlots ?? 0);
		const risks: Risk[] = [
			{what: `fork deeper than ${k}`, chance: rollbackOdds(lottery, {k, slots: choices * lasting})},
			{what: 'block late', chance: anyLateOdds(contest.way, lasting, nodes)},
		];
		const {growth, quality, agreeWithinSlots} = bounds;
		if (growth !== undefined)
			risks.push({what: 'slow growth', chance: growthOdds(lottery, {...growth, slots: choices * lasting})});
		if (quality !== undefined)
			risks.push({
				what: 'low quality',
				chance: qualityOdds(lottery, {...quality, slots: choices * lasting}),
			});
		if (agreeWithinSlots !== undefined)
			risks.push({
				what: 'no agreement',
				chance: disagreementOdds(lottery, agreeWithinSlots - contest.reconnectSlots),
			});
		return oddsOfRun([...risks, ...(contest.more ?? [])]);
	});
