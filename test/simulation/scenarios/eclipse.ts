import {Ratio} from '#kernel/ratio';
import {afterHonest, approach, attack, chainThatKeepsUp} from '../foes/attack.ts';
import {bodiesOf} from '../foes/served-chain.ts';
import {WithheldChain} from '../foes/withheld-chain.ts';
import {moreThan} from '../odds/binomial.ts';
import {anyOf, anyOfMany} from '../odds/probability.ts';
import {rollbackOdds} from '../odds/settlement.ts';
import {equalShares, slotOdds} from '../odds/slot-odds.ts';
import type {Scenario} from '../scenario.ts';

const VICTIM = 'node-0';
const ECLIPSED_SLOTS = 60;
const CYCLE_SLOTS = 260;
/** Until the victim has dialled its peers again. */
const RECONNECT_SLOTS = 25;
const K = 96;
/** What the victim may have made in the meantime, and the adversary for it; the rest of k is for what was there before. */
const ALONE_MAX = 30;
const F = Ratio(1n, 4n);
const SHARE = Ratio(1n, 50n);

/**
 * All that one node hears comes from the adversary: its own blocks back, and the adversary's upon them. Then it hears the
 * others again.
 */
export const eclipse: Scenario = attack({
	name: 'eclipse',
	about: 'One node hears nobody but the adversary, who builds upon its blocks; released, it finds back.',
	share: SHARE,
	nodes: 10,
	genesis: {k: K, f: F},
	bounds: {agreeWithinSlots: 180},
	reconnectSlots: 50,
	// While it is eclipsed its blocks help nobody: it counts as the adversary's.
	helpless: 1,
	risks: ({nodes, slots}) => {
		const honest = equalShares(nodes, SHARE);
		const alone = slotOdds([...honest.slice(0, 1), SHARE], F).some.high;
		const cycles = Math.ceil(slots / CYCLE_SLOTS);
		const during = anyOfMany(cycles, moreThan(ECLIPSED_SLOTS + RECONNECT_SLOTS, alone, ALONE_MAX));
		const lottery = {f: F, honest, adversary: [SHARE], delaySlots: 0};
		const before = rollbackOdds(lottery, {k: K - ALONE_MAX, slots});
		return [{what: 'victim undoes more', chance: anyOf(during, before)}];
	},
	play: stage => {
		const {forger, world, names} = stage;
		const {library} = forger;
		const state = {eclipses: 0};
		const withheld = new WithheldChain(stage);
		const chain = chainThatKeepsUp(stage);
		approach(stage, VICTIM, () => ({chain: chain.follower(), blocks: bodiesOf(library)}));
		const others = names.filter(name => name !== VICTIM);
		let since: number | undefined;
		const victimTip = () => {
			const tip = world.invariants.tipOf(VICTIM)?.header;
			return tip && library.find(tip.hash);
		};
		afterHonest(stage, slot => {
			if (since === undefined) {
				if (slot % CYCLE_SLOTS !== 50) return;
				since = slot;
				state.eclipses++;
				world.note('foe', `eclipses ${VICTIM}`);
				world.disturb();
				world.wire.partition([[VICTIM], others], 'reset');
				withheld.restart(victimTip());
				return;
			}
			if (slot - since < ECLIPSED_SLOTS) {
				const tip = victimTip();
				if ((tip?.header.blockNo ?? -1) > (withheld.tip?.header.blockNo ?? -1)) withheld.restart(tip);
				withheld.grow(slot);
				chain.serve(withheld.tip);
				return;
			}
			since = undefined;
			world.note('foe', `releases ${VICTIM}`);
			world.wire.heal();
			world.calm();
		});
		return state;
	},
});
