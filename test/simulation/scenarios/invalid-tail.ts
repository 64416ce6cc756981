import type {BodySegments} from '#consensus/block/body-hash';
import {toHex} from '#kernel/bytes';
import {attack} from '../foes/attack.ts';
import {nobodyHas, tellWrongBlocks} from '../foes/wrong-blocks.ts';
import type {Scenario} from '../scenario.ts';

const TAIL_AFTER_MS = 500;
const TAIL_BLOCKS = 3;
const FACES = 8;
const EMPTY = Uint8Array.of(0x80);
const JUNK: BodySegments = [EMPTY, EMPTY, EMPTY, EMPTY];

/**
 * Tells of a right block, and of blocks behind it in slots that the leader does not lead: at once, or half a slot later.
 * Half a slot is enough to take the right one, so then it has to be on every chain unless an honest leader had that slot.
 */
export const invalidTail: Scenario = attack({
	name: 'invalid-tail',
	about: 'A valid block with an invalid tail: the block counts, the tail does not, and the peer is left.',
	faces: FACES,
	play: stage => {
		const {forger, world, foe, names} = stage;
		const state = {taken: 0, missed: 0};
		const honestSlots = new Set<number>();
		let longest = -1;
		forger.onHonest(({header}) => honestSlots.add(header.slot));
		const base = tellWrongBlocks(stage, ({number, slot, pool, parent}, wrong, chain) => {
			const head = forger.forge({parent, slot, pool});
			// One as long as the pool's own before it need not be preferred.
			const isLonger = head.header.blockNo > longest;
			longest = Math.max(longest, head.header.blockNo);
			let tail = head;
			for (let next = slot + 1; next <= slot + TAIL_BLOCKS; next++)
				tail = wrong(forger.forgeAny({parent: tail, slot: next, pool, segments: JUNK, proof: head.header}));
			if (number % 2 === 1) return tail;
			foe.at(world.slotStartMs(slot) + TAIL_AFTER_MS, () => chain.serve(tail));
			foe.at(world.slotStartMs(slot + 1) - 1, () => {
				// Later on nobody may listen to this address any more.
				if (number >= FACES || honestSlots.has(slot) || !isLonger) return;
				const key = toHex(head.header.hash);
				const hasHead = (name: string): boolean => {
					const tip = world.invariants.tipOf(name)?.header;
					return tip !== undefined && toHex(tip.hash) === key;
				};
				if (names.every(hasHead)) state.taken++;
				else state.missed++;
			});
			return head;
		});
		return {base, state};
	},
	expect: ({base, state}, stage) => {
		if (state.missed > 0) return `${state.missed} valid blocks were not taken because of their tails`;
		return nobodyHas(base, stage);
	},
});
