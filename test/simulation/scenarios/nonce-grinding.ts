import {leaderProof} from '#consensus/forge/leader-proof';
import {randomnessStabilisationWindow} from '#consensus/params';
import {tickPraos} from '#consensus/praos-state';
import {epochOf, firstSlotOf} from '#consensus/time';
import {Ratio} from '#kernel/ratio';
import {Epoch, Slot} from '#kernel/slot';
import {afterHonest, attack, type Stage, tellAll} from '../foes/attack.ts';
import type {HeldBlock} from '../foes/library.ts';
import {plausibleCounts} from '../odds/binomial.ts';
import {CERTAIN} from '../odds/probability.ts';
import {leaderOdds} from '../odds/slot-odds.ts';
import type {Scenario} from '../scenario.ts';

const SHARE = Ratio(1n, 20n);
const F = Ratio(1n, 2n);
const K = 60;
/** So long before the freeze a block may be held back without being overtaken. */
const HELD_SLOTS = 12;
const CHANCE = CERTAIN / 10n ** 12n;

/** How often the adversary leads in an epoch whose nonce would follow from this block. */
const slotsLedAfter = ({forger, pools, world}: Stage, block: HeldBlock | undefined, epoch: Epoch): number => {
	const {params, thresholds} = world.network;
	const place = forger.place(block);
	const first = firstSlotOf(params, epoch);
	const {epochNonce} = tickPraos(world.crypto, params, place.praosState, first);
	let led = 0;
	for (const pool of pools) {
		const stake = place.ledgerView(first).pool(pool.poolId)?.stake;
		if (stake === undefined) continue;
		const threshold = thresholds.threshold(stake, params.f);
		for (let slot = first as number; slot < first + params.epochLength; slot++)
			if (leaderProof(world.crypto, {vrfSeed: pool.vrfSeed, slot, epochNonce, threshold}) !== undefined)
				led++;
	}
	return led;
};

/** Before the nonce of the next epoch is fixed it decides, block by block, whether its own is to count. */
export const nonceGrinding: Scenario = attack({
	name: 'nonce-grinding',
	about:
		'A leader withholds its last block before the nonce is fixed whenever the other nonce gives it more slots.',
	share: SHARE,
	genesis: {k: K, f: F},
	slots: 3_000,
	shortSlots: 1_300,
	bounds: {growth: {windowSlots: 300, blocksMin: 60}},
	// In each epoch one block or its absence, and bounds reach over two epochs.
	choices: 4,
	risks: ({slots}) => [
		{what: 'too many slots led', chance: 2n * BigInt(Math.ceil(slots / (20 * K))) * CHANCE},
	],
	play: stage => {
		const {forger, pools, world} = stage;
		const {params} = world.network;
		const chain = tellAll(stage);
		const state = {held: 0, withheld: 0, published: 0, ledMost: 0};
		let held: HeldBlock | undefined;
		const decide = (slot: number): void => {
			const next = Epoch(epochOf(params, Slot(slot)) + 1);
			const {honestTip} = forger;
			const [withIt, without] = [held, honestTip].map(block => slotsLedAfter(stage, block, next));
			state.ledMost = Math.max(state.ledMost, withIt ?? 0, without ?? 0);
			if (held !== undefined && (withIt ?? 0) > (without ?? 0)) {
				state.published++;
				chain.serve(held);
			} else if (held !== undefined) state.withheld++;
			held = undefined;
		};
		afterHonest(stage, slot => {
			const epochEnd = firstSlotOf(params, Epoch(epochOf(params, Slot(slot)) + 1));
			const freeze = epochEnd - randomnessStabilisationWindow(params);
			const parent = forger.honestTip;
			if (held !== undefined && (parent?.header.blockNo ?? -1) > held.header.blockNo) held = undefined;
			if (slot === freeze - 1) decide(slot);
			const [pool] = forger.leaders(parent, pools, slot);
			if (pool === undefined) return;
			const block = forger.forge({parent, slot, pool});
			if (slot >= freeze - HELD_SLOTS && slot < freeze - 1) {
				held = block;
				state.held++;
			} else chain.serve(block);
		});
		return state;
	},
	expect: ({ledMost}, {world}) => {
		const {most} = plausibleCounts(world.network.params.epochLength, leaderOdds(SHARE, F), CHANCE);
		return ledMost <= most ? undefined : `${ledMost} slots of an epoch led, ${most} are plausible`;
	},
});
