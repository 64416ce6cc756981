import {Ratio} from '#kernel/ratio';
import {keyOf} from '#ledger/state/keys';
import {afterHonest, attack, tellAll} from '../foes/attack.ts';
import {pay} from '../load.ts';
import {disagreementOdds, slotsUntilAgreement} from '../odds/agreement.ts';
import {anyOfMany, CERTAIN} from '../odds/probability.ts';
import {type Lottery, sharesOf} from '../odds/slot-odds.ts';
import type {Scenario} from '../scenario.ts';

const NODES = 8;
/** A payment every so many slots, each by another delegator. */
const EVERY_SLOTS = 60;
/** Until a payment has reached every node. */
const SPREAD_SLOTS = 2;
const CHANCE = CERTAIN / 10n ** 12n;

const lottery = (nodes: number): Lottery => {
	const shares = sharesOf([...Array.from({length: nodes}, () => 9), nodes]);
	return {f: Ratio(1n, 4n), honest: shares.slice(0, nodes), adversary: shares.slice(nodes), delaySlots: 0};
};

/** Slots within which an honest leader has a slot for itself: its block has every payment that has reached it. */
const INCLUDED_WITHIN_SLOTS = SPREAD_SLOTS + slotsUntilAgreement(lottery(NODES), CHANCE);

/** Empty blocks, and no word of anybody's transactions. */
export const censoringLeader: Scenario = attack({
	name: 'censoring-leader',
	about: `A leader's blocks are empty and it passes no payment on: each gets in all the same, within ${INCLUDED_WITHIN_SLOTS} slots.`,
	nodes: NODES,
	risks: ({nodes, slots}) => {
		const late = disagreementOdds(lottery(nodes), INCLUDED_WITHIN_SLOTS - SPREAD_SLOTS);
		return [{what: 'payment late', chance: anyOfMany(Math.ceil(slots / EVERY_SLOTS), late)}];
	},
	play: stage => {
		const {forger, pools, world, names} = stage;
		const chain = tellAll(stage);
		const state = {payments: 0, included: 0, late: 0, empty: 0};
		const sequenceOf = (index: number): number => {
			const place = forger.place(forger.honestTip);
			const account = world.pools[index]?.delegator.account;
			return account === undefined ? 0 : (place.ledger.accounts.get(keyOf(account))?.sequence ?? 0);
		};
		const payFrom = (slot: number): void => {
			const from = state.payments++ % names.length;
			const node = world.nodes[(from + 3) % names.length];
			const before = sequenceOf(from);
			if (node === undefined) return;
			pay(world, node, from, from + 1, 1_000_000n);
			stage.foe.at(world.slotStartMs(slot + INCLUDED_WITHIN_SLOTS), () => {
				if (sequenceOf(from) > before) state.included++;
				else state.late++;
			});
		};
		afterHonest(stage, slot => {
			const parent = forger.honestTip;
			const [pool] = forger.leaders(parent, pools, slot);
			if (pool !== undefined) {
				state.empty++;
				chain.serve(forger.forge({parent, slot, pool}));
			}
			if (slot % EVERY_SLOTS === 10) payFrom(slot);
		});
		return state;
	},
	expect: ({late}) => (late === 0 ? undefined : `${late} payments did not get in in time`),
});
