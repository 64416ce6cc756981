import {encodeBlock} from '#consensus/block/block';
import type {PeerHandlers} from '#relay/handlers';
import {approach, attack, type Stage} from '../foes/attack.ts';
import type {HeldBlock} from '../foes/library.ts';
import {type BodyService, bodiesOf, ServedChain} from '../foes/served-chain.ts';
import type {Scenario} from '../scenario.ts';

const HUGE_BYTES = 1_000_000;

/** More bytes than a block may have, in the place of a segment. */
const swollen = ({header}: HeldBlock): Uint8Array => {
	const segment = new Uint8Array(HUGE_BYTES + 5);
	// A byte string of that length.
	segment.set([0x5a, 0x00, 0x0f, 0x42, 0x40]);
	const empty = Uint8Array.of(0x80);
	return encodeBlock(header.bytes, [segment, empty, empty, empty]);
};

/** Tells each node of honest blocks at once, and answers with batches that are too long, too large, or never end. */
export const endlessBatch: Scenario = attack({
	name: 'endless-batch',
	about: 'Batches of bodies that never end, that bring more than was asked for, and blocks of a megabyte.',
	faces: 3,
	genesis: {slotMs: 2_000},
	messagesPerLink: 10,
	play: stage => {
		const {forger, faces, names} = stage;
		const {library} = forger;
		const state = {appended: 0};
		function* endless(): Generator<Uint8Array> {
			for (;;) {
				state.appended++;
				yield forger.honestTip?.bytes ?? Uint8Array.of(0x80);
			}
		}
		function* oneMore(): Generator<Uint8Array> {
			state.appended++;
			yield forger.honestTip?.bytes ?? Uint8Array.of(0x80);
		}
		const services: readonly BodyService[] = [{append: endless}, {append: oneMore}, {alter: swollen}];
		const chain = new ServedChain(library);
		forger.onHonest(() => chain.serve(forger.honestTip));
		const handlers = (service: BodyService) => (): PeerHandlers => ({
			chain: chain.follower(),
			blocks: bodiesOf(library, service),
		});
		for (const [index, face] of faces.entries())
			for (const name of names)
				approach(stage, name, handlers(services[index % services.length] as BodyService), {face});
		return state;
	},
	expect: ({appended}: {appended: number}, stage: Stage) => {
		// Each connection may have sent what fits its windows before it is ended.
		const most = 2_000 * (1 + stage.hauntings.reduce((sum, {opened}) => sum + opened, 0));
		return appended <= most ? undefined : `${appended} blocks were taken that nobody asked for`;
	},
});
