import {afterHonest, attack, tellAll} from '../foes/attack.ts';
import {WithheldChain} from '../foes/withheld-chain.ts';
import type {Scenario} from '../scenario.ts';

/** Eyal and Sirer's strategy: what it wins is a larger share of the chain than of the stake. */
export const selfishWithholding: Scenario = attack({
	name: 'selfish-withholding',
	about: 'A tenth of the stake publishes each block only when an honest one would make it worthless.',
	play: stage => {
		const {forger} = stage;
		const chain = tellAll(stage);
		const withheld = new WithheldChain(stage);
		const state = {published: 0};
		const publish = (blockNo: number): void => {
			const block = withheld.blockOf(blockNo);
			if (block === undefined) return;
			state.published++;
			chain.serve(block);
		};
		forger.onHonest(({header}) => {
			const {lead} = withheld;
			if (withheld.length === 0 || lead < 0) withheld.restart(forger.honestTip);
			// A race at equal length; for sure when one ahead; else it shows just as much as is known.
			else if (lead <= 1) {
				if (withheld.tip !== undefined) publish(withheld.tip.header.blockNo);
				if (lead === 1) withheld.restart(withheld.tip);
			} else publish(header.blockNo);
		});
		afterHonest(stage, slot => {
			if (withheld.length === 0 && withheld.lead < 0) withheld.restart(forger.honestTip);
			withheld.grow(slot);
		});
		return state;
	},
});
