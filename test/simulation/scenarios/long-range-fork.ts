import {toHex} from '#kernel/bytes';
import {afterHonest, attack, holdersOf, tellAll} from '../foes/attack.ts';
import type {HeldBlock} from '../foes/library.ts';
import type {Scenario} from '../scenario.ts';

/** How far below k blocks it begins: deeper than any node may be behind. */
const BELOW_K = [8, 72] as const;
const PAUSE_SLOTS = 40;

/**
 * Has the old keys of every pool, and its own stake, which it did not use: its chain is longer than the honest one. It
 * begins deeper than k, so nobody who was there goes over to it.
 */
export const longRangeFork: Scenario = attack({
	name: 'long-range-fork',
	about: 'With everybody’s old keys a chain is made from deep down that is longer than the honest one.',
	slots: 1_500,
	shortSlots: 800,
	faces: BELOW_K.length,
	play: stage => {
		const {forger, faces, world} = stage;
		const {k} = world.network.params;
		const chains = faces.map(face => tellAll(stage, {face}));
		const state = {lead: 0, forged: new Set<string>()};
		const extend = (from: HeldBlock | undefined, first: number, last: number): HeldBlock | undefined => {
			let tip = from;
			for (let slot = first; slot <= last; slot++) {
				const [pool] = forger.leaders(tip, world.pools, slot);
				if (pool === undefined) continue;
				// Else it would make the honest blocks once more, bit by bit.
				tip = forger.forge({parent: tip, slot, pool, minorVersion: 1});
				state.forged.add(toHex(tip.header.hash));
			}
			return tip;
		};
		/** The chain's next state: begun when the honest chain is long enough, and up to now. */
		const attempt = (depth: number, tip: HeldBlock | undefined, slot: number): HeldBlock | undefined => {
			if (tip !== undefined) return extend(tip, slot, slot);
			const {honestTip} = forger;
			if (honestTip === undefined || slot % PAUSE_SLOTS !== 0) return undefined;
			const base = forger.library.beneath(honestTip, depth);
			if (base === undefined) return undefined;
			world.note('foe', `forks ${depth} blocks deep`);
			return extend(base, base.header.slot + 1, slot);
		};
		const tips: (HeldBlock | undefined)[] = [];
		afterHonest(stage, slot => {
			for (const [index, below] of BELOW_K.entries()) {
				const tip = attempt(k + below, tips[index], slot);
				tips[index] = tip;
				if (tip === undefined) continue;
				const lead = tip.header.blockNo - (forger.honestTip?.header.blockNo ?? 0);
				state.lead = Math.max(state.lead, lead);
				chains[index]?.serve(tip);
			}
		});
		return state;
	},
	expect: ({forged}, stage) => {
		const holders = holdersOf(stage, forged, toHex);
		return holders.length === 0 ? undefined : `${holders.join(' ')} went over to a fork deeper than k`;
	},
});
