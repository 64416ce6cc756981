import {toHex} from '#kernel/bytes';
import {attack} from '../foes/attack.ts';
import {nobodyHas, tellWrongBlocks} from '../foes/wrong-blocks.ts';
import {certificateOf, type SimulatedPool} from '../pools.ts';
import type {Scenario} from '../scenario.ts';

/** Renews its certificate, then comes with older ones, with one that skips a number, and with somebody else's. */
export const certificateReplay: Scenario = attack({
	name: 'certificate-replay',
	about:
		'A pool renews its certificate, then forges with older ones, with a skipped number and with a stolen one.',
	faces: 5,
	play: stage => {
		const {world, forger} = stage;
		return tellWrongBlocks(stage, ({number, slot, pool, parent}, wrong) => {
			const {counters} = forger.place(parent).praosState;
			const counter = counters.get(toHex(pool.poolId)) ?? 0n;
			const numbered = (next: bigint) => certificateOf(world.crypto, pool, {counter: next});
			const [other] = world.pools as readonly [SimulatedPool];
			switch (number % 4) {
				case 0:
					return forger.forge({parent, slot, pool, certificate: numbered(counter + 1n)});
				case 1: {
					// Before the first renewal there is none older: then nothing is wrong with it.
					const older = {parent, slot, pool, certificate: numbered(counter === 0n ? 0n : counter - 1n)};
					return counter === 0n ? forger.forge(older) : wrong(forger.forgeAny(older));
				}
				case 2:
					return wrong(forger.forgeAny({parent, slot, pool, certificate: numbered(counter + 2n)}));
				default:
					return wrong(forger.forgeAny({parent, slot, pool, certificate: other.operationalCertificate}));
			}
		});
	},
	expect: nobodyHas,
});
