import {afterHonest, attack, tellEach} from '../foes/attack.ts';
import type {Scenario} from '../scenario.ts';

const VERSIONS = 3;

/** Different blocks of one leader in one slot, each for other nodes. */
export const equivocation: Scenario = attack({
	name: 'equivocation',
	about: 'A leader makes three blocks in each of its slots and shows every node another one.',
	play: stage => {
		const {forger, pools} = stage;
		const chains = tellEach(stage);
		const state = {slots: 0};
		afterHonest(stage, slot => {
			const parent = forger.honestTip;
			const [pool] = forger.leaders(parent, pools, slot);
			if (pool === undefined) {
				// Between its own slots it tells what everybody knows.
				if ((parent?.header.blockNo ?? -1) > (chains[0]?.tip?.header.blockNo ?? -1))
					for (const chain of chains) chain.serve(parent);
				return;
			}
			state.slots++;
			const versions = Array.from({length: VERSIONS}, (_, minorVersion) =>
				forger.forge({parent, slot, pool, minorVersion}),
			);
			for (const [index, chain] of chains.entries()) chain.serve(versions[index % VERSIONS]);
		});
		return state;
	},
});
