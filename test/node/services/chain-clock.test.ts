import test from 'ava';
import {slotStartMs} from '#consensus/time';
import {defined} from '#kernel/assert';
import {feed, openTestChain, TestChain} from '../../support/test-chain.ts';
import {createVirtualClock} from '../../support/virtual-clock.ts';

const world = new TestChain();
const {network} = world;
const trunk = world.grow(world.origin, 4);
const [last, before] = [trunk.blocks.at(-1), trunk.blocks.at(-2)].map(block => defined(block, 'four blocks'));
const lateMs = slotStartMs(network.slots, defined(last, 'a block').header.slot);

/** A chain whose clock stands `earlyMs` before the last block's slot, with all blocks but that one. */
const openBefore = async (earlyMs: number) => {
	const clock = createVirtualClock(lateMs - earlyMs);
	const chain = await openTestChain(network, {clock});
	await feed(chain, trunk.blocks.slice(0, -1));
	return {clock, chain};
};

test('keeps a block that came before its slot, and selects it when the slot begins', async t => {
	const {clock, chain} = await openBefore(1);
	const stopping = new AbortController();
	const {signal} = stopping;
	const following = chain.followClock({signal}).catch((error: unknown) => error);
	t.deepEqual(await chain.considerBlock(defined(last, 'a block').bytes), {ok: true, value: 'kept'});
	t.deepEqual(chain.tip === 'origin' ? undefined : chain.tip.hash, defined(before, 'a block').header.hash);
	// What follows the clock waits for the slot.
	await Promise.resolve();
	t.is(clock.waiting, 1);
	const changed = chain.nextChange({signal});
	clock.advanceTo(lateMs);
	await changed;
	t.deepEqual(chain.tip, trunk.tip);
	stopping.abort();
	await following;
});

test('selects an early block with whatever comes after its slot has begun', async t => {
	const {clock, chain} = await openBefore(1);
	const {bytes} = defined(last, 'a block');
	t.deepEqual(await chain.considerBlock(bytes), {ok: true, value: 'kept'});
	clock.advanceTo(lateMs);
	t.deepEqual(await chain.considerBlock(bytes), {ok: true, value: 'adopted'});
	t.deepEqual(chain.tip, trunk.tip);
});
