import type {Tip} from '#kernel/point';
import {BlockNo, Slot} from '#kernel/slot';
import type {ChainFollower, PeerHandlers} from '#relay/handlers';
import {approach, attack} from '../foes/attack.ts';
import {bodiesOf, ServedChain} from '../foes/served-chain.ts';
import type {Scenario} from '../scenario.ts';

const AHEAD = 1_000;

/** Claims a tip that it does not have. */
const boasting = (follower: ChainFollower): ChainFollower => {
	const claim = (tip: Tip): Tip =>
		tip === 'origin' ? tip : {...tip, blockNo: BlockNo(tip.blockNo + AHEAD), slot: Slot(tip.slot + AHEAD)};
	return {
		...follower,
		findIntersect: async (points, options) => {
			const found = await follower.findIntersect(points, options);
			return {...found, tip: claim(found.tip)};
		},
		next: async options => {
			const update = await follower.next(options);
			return update && {...update, tip: claim(update.tip)};
		},
	};
};

/** A producer that believes every claim of a longer chain waits for it, and forges nothing. */
export const boastingPeers: Scenario = attack({
	name: 'boasting-peers',
	about:
		'Peers tell the truth block by block, and claim a tip a thousand blocks ahead: nobody stops forging for it.',
	faces: 2,
	play: stage => {
		const {forger, faces, names} = stage;
		const chain = new ServedChain(forger.library);
		forger.onHonest(() => chain.serve(forger.honestTip));
		for (const face of faces)
			for (const name of names)
				approach(
					stage,
					name,
					(): PeerHandlers => ({chain: boasting(chain.follower()), blocks: bodiesOf(forger.library)}),
					{face},
				);
		return {};
	},
});
