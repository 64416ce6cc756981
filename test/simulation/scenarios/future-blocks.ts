import {toHex} from '#kernel/bytes';
import {afterHonest, attack, tellAll} from '../foes/attack.ts';
import type {HeldBlock} from '../foes/library.ts';
import type {Scenario} from '../scenario.ts';

/** Looked for its own slots that far ahead. */
const AHEAD_SLOTS = 12;
/** A header this far ahead waits for its slot: two seconds. */
const WAITING_SLOTS = 2;

/** A leader knows its slots of this epoch: it forges for them before they come. */
export const futureBlocks: Scenario = attack({
	name: 'future-blocks',
	about: 'A leader tells of blocks before their slots have begun: nobody adopts one early.',
	faces: 6,
	play: stage => {
		const {forger, faces, pools, world} = stage;
		const near = faces.slice(0, 3).map(face => tellAll(stage, {face}));
		const far = faces.slice(3).map(face => tellAll(stage, {face}));
		const made = new Map<string, HeldBlock>();
		const state = {early: 0, near: 0, far: 0};
		const tell = (slot: number, next: number): void => {
			const parent = forger.honestTip;
			const [pool] = forger.leaders(parent, pools, next);
			if (pool === undefined) return;
			const isNear = next - slot <= WAITING_SLOTS;
			const chains = isNear ? near : far;
			const count = isNear ? state.near++ : state.far++;
			const block = forger.forge({parent, slot: next, pool});
			made.set(toHex(block.header.hash), block);
			chains[count % chains.length]?.serve(block);
		};
		afterHonest(stage, slot => {
			for (const chain of [...near, ...far]) if (isOver(chain.tip, slot)) chain.serve(forger.honestTip);
			tell(slot, slot + 1);
			tell(slot, slot + AHEAD_SLOTS);
			// A moment before the next slot nobody may have a block of it.
			stage.foe.at(world.slotStartMs(slot + 1) - 1, () => {
				for (const name of stage.names)
					if ((world.invariants.tipOf(name)?.header.slot ?? 0) > slot) state.early++;
			});
		});
		return state;
	},
	expect: ({early}) => (early === 0 ? undefined : `blocks were adopted before their slots, ${early} times`),
});

const isOver = (tip: HeldBlock | undefined, slot: number): boolean => (tip?.header.slot ?? -1) < slot;
