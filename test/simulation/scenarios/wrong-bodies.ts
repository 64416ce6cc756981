import {encodeBlock} from '#consensus/block/block';
import type {BodySegments} from '#consensus/block/body-hash';
import {attack, tellAll} from '../foes/attack.ts';
import type {HeldBlock} from '../foes/library.ts';
import {nobodyHas, tellWrongBlocks} from '../foes/wrong-blocks.ts';
import type {Scenario} from '../scenario.ts';

const EMPTY = Uint8Array.of(0x80);
const JUNK: BodySegments = [EMPTY, EMPTY, EMPTY, EMPTY];

/** A body that its header does not promise. */
const withOtherBody = ({header}: HeldBlock): Uint8Array => encodeBlock(header.bytes, JUNK);

/** Tells everybody of honest blocks before their makers do, and gives wrong bodies for them. */
export const wrongBodies: Scenario = attack({
	name: 'wrong-bodies',
	about:
		'Headers are honest and quick, bodies are not those that they promise: the blocks must come from others.',
	faces: 4,
	// A body is asked for twice, or more often, on every link.
	genesis: {slotMs: 2_000},
	messagesPerLink: 10,
	play: stage => {
		const state = {served: 0};
		const service = {
			alter: (block: HeldBlock) => {
				state.served++;
				return withOtherBody(block);
			},
		};
		for (const face of stage.faces) tellAll(stage, {face, service});
		return state;
	},
});

/** A leader's own block whose body belongs to its header and breaks the ledger's rules. */
export const invalidBodies: Scenario = attack({
	name: 'invalid-bodies',
	about: 'A leader makes blocks whose bodies belong to their headers and break the rules of the ledger.',
	faces: 4,
	play: stage => {
		const {forger} = stage;
		return tellWrongBlocks(stage, ({number, slot, pool, parent}, wrong) => {
			const [transactions, witnesses, mainChain, proofs] = forger.body({parent});
			const segments: readonly BodySegments[] = [
				// No list of transactions, witnesses without one, no reference to Cardano, a proof of nothing.
				[Uint8Array.of(0xf6), witnesses, mainChain, proofs],
				[transactions, Uint8Array.of(0x81, 0x80), mainChain, proofs],
				[transactions, witnesses, EMPTY, proofs],
				[transactions, witnesses, mainChain, Uint8Array.of(0x81, 0x40)],
			];
			return wrong(forger.forgeAny({parent, slot, pool, segments: segments[number % 4] as BodySegments}));
		});
	},
	expect: nobodyHas,
});
