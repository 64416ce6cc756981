import {kesPeriodOf} from '#consensus/time';
import {Ratio} from '#kernel/ratio';
import {Slot} from '#kernel/slot';
import {attack} from '../foes/attack.ts';
import {nobodyHas, tellWrongBlocks} from '../foes/wrong-blocks.ts';
import {certificateOf} from '../pools.ts';
import type {Scenario} from '../scenario.ts';

/** Signs with a KES key of another period than the slot's: an old one that was stolen, or one of the future. */
export const oldKesPeriod: Scenario = attack({
	name: 'old-kes-period',
	about:
		'A leader signs with KES keys of earlier and later periods, and with a certificate that begins later.',
	genesis: {slotsPerKesPeriod: 60},
	faces: 5,
	play: stage => {
		const {world, forger} = stage;
		return tellWrongBlocks(stage, ({number, slot, pool, parent}, wrong) => {
			const period = kesPeriodOf(world.network.params, Slot(slot));
			switch (number % 3) {
				case 0:
					// In the first period no key is older.
					return wrong(forger.forgeAny({parent, slot, pool, evolution: period === 0 ? 1 : period - 1}));
				case 1:
					return wrong(forger.forgeAny({parent, slot, pool, evolution: period + 1}));
				default: {
					const certificate = certificateOf(world.crypto, pool, {startPeriod: BigInt(period + 1)});
					return wrong(forger.forgeAny({parent, slot, pool, certificate, evolution: 0}));
				}
			}
		});
	},
	expect: nobodyHas,
});

const SLOTS_PER_PERIOD = 6;
const PERIODS = 62;
const EXPIRED = SLOTS_PER_PERIOD * PERIODS;

/** When all certificates have expired nobody may forge: neither honest nodes nor an adversary whose key has periods left. */
export const exhaustedKes: Scenario = attack({
	name: 'exhausted-kes',
	about: 'All certificates expire: honest nodes stop forging, and a leader who goes on is not followed.',
	share: Ratio(1n, 10n),
	genesis: {slotsPerKesPeriod: SLOTS_PER_PERIOD},
	slots: 700,
	shortSlots: 450,
	faces: 5,
	bounds: {growth: false, quality: false, agreeWithinSlots: false},
	play: stage => {
		const {forger} = stage;
		return tellWrongBlocks(stage, ({slot, pool, parent}, wrong) => {
			if (slot < EXPIRED) return forger.forge({parent, slot, pool});
			// A Sum6 key has 64 periods, a certificate but 62.
			return wrong(
				forger.forgeAny({parent, slot, pool, evolution: Math.min(slot / SLOTS_PER_PERIOD, 63) | 0}),
			);
		});
	},
	expect: (state, stage) => {
		const {world, names} = stage;
		const late = names.find(name => (world.invariants.tipOf(name)?.header.slot ?? 0) >= EXPIRED);
		if (late !== undefined) return `${late} has a block of a slot in which no certificate was valid`;
		return nobodyHas(state, stage);
	},
});
