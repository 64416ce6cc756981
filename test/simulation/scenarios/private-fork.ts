import {afterHonest, attack, tellAll} from '../foes/attack.ts';
import {WithheldChain} from '../foes/withheld-chain.ts';
import type {Scenario} from '../scenario.ts';

/** This far behind it is given up. */
const BEHIND_MAX = 3;

/** Builds in secret and publishes when that undoes something; else begins anew. */
export const privateFork: Scenario = attack({
	name: 'private-fork',
	about: 'A tenth of the stake builds in secret, and publishes whenever that undoes honest blocks.',
	play: stage => {
		const {forger} = stage;
		const chain = tellAll(stage);
		const withheld = new WithheldChain(stage);
		const state = {deepest: 0, published: 0};
		afterHonest(stage, slot => {
			withheld.grow(slot);
			const {lead, depth} = withheld;
			// Its last chance to win for sure, with at least a block to undo.
			if (depth > 0 && lead === 1) {
				state.deepest = Math.max(state.deepest, depth);
				state.published++;
				stage.world.note('foe', `publishes a fork that undoes ${depth} blocks`);
				chain.serve(withheld.tip);
				withheld.restart(withheld.tip);
			} else if (lead < -BEHIND_MAX || (depth > 0 && withheld.length === 0))
				withheld.restart(forger.honestTip);
		});
		return state;
	},
	expect: ({deepest}, {world}) =>
		deepest <= world.network.params.k ? undefined : `a fork of ${deepest} blocks was published`,
});
