import type {PeerHandlers} from '#relay/handlers';
import {approach, attack} from '../foes/attack.ts';
import {bodiesOf, ServedChain} from '../foes/served-chain.ts';
import type {Scenario} from '../scenario.ts';

const forever = (signal: AbortSignal): Promise<never> =>
	new Promise((_, reject) => {
		signal.addEventListener('abort', () => reject(signal.reason), {once: true});
	});

/** Three kinds of silence: never a word, headers promised and not sent, headers of honest blocks and never a body. */
export const mutePeers: Scenario = attack({
	name: 'mute-peers',
	about:
		'Peers that never answer: to nothing at all, with headers they claim to have, with bodies they tell of.',
	// Bodies are asked of somebody else after a second or two, on every link: slots are long enough for that.
	genesis: {slotMs: 20_000},
	slots: 1_500,
	shortSlots: 300,
	faces: 3,
	play: stage => {
		const {forger, faces, names} = stage;
		const {library} = forger;
		const chain = new ServedChain(library);
		forger.onHonest(() => chain.serve(forger.honestTip));
		const silent: PeerHandlers = {
			chain: {
				findIntersect: (_, {signal}) => forever(signal),
				next: ({signal}) => forever(signal),
				waitForChange: ({signal}) => forever(signal),
				close: () => undefined,
			},
		};
		const boasting = (): PeerHandlers => {
			const follower = chain.follower();
			return {chain: {...follower, next: ({signal}) => forever(signal)}};
		};
		const bodiless = (): PeerHandlers => ({
			chain: chain.follower(),
			blocks: bodiesOf(library, {isAnswered: () => false}),
		});
		const kinds = [() => silent, boasting, bodiless];
		for (const [index, face] of faces.entries())
			for (const name of names)
				approach(stage, name, kinds[index % kinds.length] as () => PeerHandlers, {face});
		return {};
	},
});
