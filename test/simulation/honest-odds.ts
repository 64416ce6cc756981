/** The chance that luck alone breaks what a scenario without adversaries promises. */
import type {Ratio} from '#kernel/ratio';
import type {Bounds} from './bounds.ts';
import {disagreementOdds} from './odds/agreement.ts';
import {growthOdds} from './odds/growth.ts';
import {oddsOfRun, type Risk} from './odds/odds-of-run.ts';
import {honestRollbackOdds, partitionRollbackOdds} from './odds/partition.ts';
import {anyOfMany} from './odds/probability.ts';
import {equalShares} from './odds/slot-odds.ts';
import type {Odds, Size} from './scenario.ts';

export type HonestRisks = Pick<Bounds, 'growth' | 'agreeWithinSlots'> & {
	readonly k: number;
	readonly f: Ratio;
	/** A block is everywhere before so many slots after its own have begun and ended. */
	readonly delaySlots: number;
	/** Parts that hear nothing of the rest: how often, for how many slots with all that it takes to catch up, how many of the nodes. */
	readonly apart?: {readonly times: number; readonly slots: number; readonly nodes: number};
	/** Nodes that may be down at once: they help nothing to grow. */
	readonly down?: number;
	/** Slots of `agreeWithinSlots` that it takes to connect again. */
	readonly reconnectSlots?: number;
	readonly others?: readonly Risk[];
};

/** Of equal pools, one a node. */
export const honestOdds = (size: Size, risks: HonestRisks): Odds => {
	const {k, f, delaySlots, apart, growth, agreeWithinSlots, down = 0, reconnectSlots = 0} = risks;
	const honest = equalShares(size.nodes);
	const lottery = {f, honest, delaySlots};
	const {slots} = size;
	const all: Risk[] = [
		{what: `more than ${k} blocks undone`, chance: honestRollbackOdds(lottery, {k, slots})},
	];
	if (apart !== undefined) {
		const part = honest.slice(0, Math.min(apart.nodes, Math.floor(size.nodes / 2)));
		const once = partitionRollbackOdds(lottery, {k, slots: apart.slots, part});
		all.push({what: `or by ${apart.times} times apart`, chance: anyOfMany(apart.times, once)});
	}
	if (growth !== undefined) {
		const awake = honest.slice(0, Math.max(1, size.nodes - down));
		all.push({what: 'growth', chance: growthOdds({...lottery, honest: awake}, {...growth, slots})});
	}
	if (agreeWithinSlots !== undefined) {
		const left = agreeWithinSlots - reconnectSlots;
		const times = 1 + (apart?.times ?? 0);
		const chance = anyOfMany(times, disagreementOdds({...lottery, adversary: []}, left));
		all.push({what: 'no agreement', chance});
	}
	return oddsOfRun([...all, ...(risks.others ?? [])]);
};

export const firstHalf = <T>(list: readonly T[]): readonly T[] => list.slice(0, Math.ceil(list.length / 2));
export const secondHalf = <T>(list: readonly T[]): readonly T[] => list.slice(Math.ceil(list.length / 2));
