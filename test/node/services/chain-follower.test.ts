import test from 'ava';
import {encodeBlock} from '#consensus/block/block';
import {defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import {CborWriter} from '#kernel/cbor/writer';
import {Hash32} from '#kernel/hash';
import type {Point} from '#kernel/point';
import {Slot} from '#kernel/slot';
import {createBlockSource} from '#node/services/chain/block-source';
import {followChain} from '#node/services/chain/chain-follower';
import {createChainReader} from '#node/services/chain/chain-reader';
import type {ChainService} from '#node/services/chain/chain-service';
import {eventLines} from '#node/services/chain/event-lines';
import {unwrapBlock} from '#relay/protocols/block';
import {feed, openTestChain, pools, TestChain} from '../../support/test-chain.ts';

const world = new TestChain();
const {network} = world;
const never = (): AbortSignal => new AbortController().signal;
const trunk = world.grow(world.origin, 12);
const fork = (() => {
	const next = defined(trunk.blocks[9], 'the trunk goes on').header;
	const others = pools.filter(({issuerVk}) => !equalBytes(issuerVk, next.issuerVk));
	return world.grow(world.cut(trunk, 9), 4, index => (index === 0 ? {pools: others} : {}));
})();
const pointAt = (blocks: typeof trunk.blocks, at: number): Exclude<Point, 'origin'> => {
	const {slot, hash} = defined(blocks[at], `block ${at}`).header;
	return {slot, hash};
};

/** What a peer learns: block numbers forward, slots of roll backs. */
const readOn = async (follower: ReturnType<typeof followChain>): Promise<(string | number)[]> => {
	const steps: (string | number)[] = [];
	for (
		let update = await follower.next({signal: never()});
		update !== undefined;
		update = await follower.next({signal: never()})
	) {
		if (update.kind === 'rollBackward')
			steps.push(`back ${update.point === 'origin' ? 'origin' : update.point.slot}`);
		else steps.push(toHex(update.header.bytes));
	}
	return steps;
};
const headersOf = (blocks: typeof trunk.blocks) => blocks.map(({header}) => toHex(header.bytes));
const follow = (chain: ChainService) => followChain(chain, createChainReader(chain));

test('tells a peer that never asked for an intersection everything from the start', async t => {
	const chain = await openTestChain(network);
	await feed(chain, trunk.blocks);
	t.deepEqual(await readOn(follow(chain)), headersOf(trunk.blocks));
});

test('goes on from the first point that is on the chain', async t => {
	const chain = await openTestChain(network);
	await feed(chain, trunk.blocks);
	const follower = follow(chain);
	const points = [
		{slot: Slot(5), hash: Hash32(new Uint8Array(32))},
		pointAt(trunk.blocks, 2),
		'origin' as const,
	];
	t.deepEqual(await follower.findIntersect(points, {signal: never()}), {
		intersect: pointAt(trunk.blocks, 2),
		tip: trunk.tip,
	});
	t.deepEqual(await readOn(follower), [
		`back ${pointAt(trunk.blocks, 2).slot}`,
		...headersOf(trunk.blocks.slice(3)),
	]);
});

test('finds no intersection with another chain, nor in a slot that is not the block’s', async t => {
	const chain = await openTestChain(network);
	await feed(chain, trunk.blocks);
	const {slot, hash} = pointAt(trunk.blocks, 2);
	const points = [{slot: Slot(slot + 1), hash}, pointAt(fork.blocks, 10)];
	t.deepEqual(await follow(chain).findIntersect(points, {signal: never()}), {
		intersect: undefined,
		tip: trunk.tip,
	});
});

test('rolls a peer back when the chain switches, however far it has read', async t => {
	for (const read of [12, 11, 10]) {
		const chain = await openTestChain(network);
		await feed(chain, trunk.blocks);
		const follower = follow(chain);
		for (let count = 0; count < read; count++) await follower.next({signal: never()});
		await feed(chain, fork.blocks.slice(9));
		t.deepEqual(chain.tip, fork.tip);
		t.deepEqual(await readOn(follower), [
			`back ${pointAt(trunk.blocks, 8).slot}`,
			...headersOf(fork.blocks.slice(9)),
		]);
	}
});

test('rolls a peer back that began at the tip', async t => {
	const chain = await openTestChain(network);
	await feed(chain, trunk.blocks);
	const follower = follow(chain);
	await follower.findIntersect([pointAt(trunk.blocks, 11)], {signal: never()});
	await follower.next({signal: never()});
	await feed(chain, fork.blocks.slice(9));
	t.deepEqual(await readOn(follower), [
		`back ${pointAt(trunk.blocks, 8).slot}`,
		...headersOf(fork.blocks.slice(9)),
	]);
});

test('wakes a peer that waits at the tip', async t => {
	const chain = await openTestChain(network);
	await feed(chain, trunk.blocks.slice(0, 2));
	const follower = follow(chain);
	await readOn(follower);
	const waiting = follower.waitForChange({signal: never()});
	await feed(chain, trunk.blocks.slice(2, 3));
	await waiting;
	t.deepEqual(await readOn(follower), headersOf(trunk.blocks.slice(2, 3)));
});

test('serves ranges of blocks as they are, and none that it does not have', async t => {
	const chain = await openTestChain(network);
	await feed(chain, trunk.blocks);
	let served = 0;
	const source = createBlockSource(createChainReader(chain), () => served++);
	const range = await source.range(
		{from: pointAt(trunk.blocks, 1), to: pointAt(trunk.blocks, 8)},
		{signal: never()},
	);
	const blocks: string[] = [];
	for await (const wrapped of defined(range, 'there is such a range')) {
		const unwrapped = unwrapBlock(wrapped);
		if (unwrapped.ok) blocks.push(toHex(unwrapped.value.bytes));
	}
	t.deepEqual(
		blocks,
		trunk.blocks.slice(1, 9).map(({bytes}) => toHex(bytes)),
	);
	t.is(served, 8);
	const none = [
		{from: pointAt(trunk.blocks, 8), to: pointAt(trunk.blocks, 1)},
		{from: pointAt(trunk.blocks, 8), to: pointAt(fork.blocks, 10)},
		{from: 'origin' as const, to: pointAt(trunk.blocks, 1)},
	];
	for (const each of none) t.is(await source.range(each, {signal: never()}), undefined);
});

test('serves nobody a block whose proofs are gone', async t => {
	const chain = await openTestChain(network);
	await feed(chain, trunk.blocks);
	const reader = createChainReader(chain);
	const pruned = defined(trunk.blocks[2], 'block 2');
	const [bodies, witnesses, mainChain] = pruned.segments;
	const hash = new CborWriter().bytes(new Uint8Array(32)).finish();
	const bytes = encodeBlock(pruned.headerBytes, [bodies, witnesses, mainChain, hash]);
	const bytesAt: typeof reader.bytesAt = async place =>
		equalBytes(place.hash, pruned.header.hash) ? bytes : reader.bytesAt(place);
	const source = createBlockSource({...reader, bytesAt}, () => undefined);
	const rangeFrom = (at: number) =>
		source.range({from: pointAt(trunk.blocks, at), to: pointAt(trunk.blocks, 8)}, {signal: never()});
	t.is(await rangeFrom(2), undefined);
	t.not(await rangeFrom(3), undefined);
	const across = defined(await rangeFrom(1), 'it begins with a whole block');
	await t.throwsAsync(
		async () => {
			for await (const block of across) t.true(block.length > 0);
		},
		{code: 'CHAIN_BLOCK_GONE'},
	);
});

test('tells events from a block on, and what was rolled back', async t => {
	const chain = await openTestChain(network);
	await feed(chain, trunk.blocks);
	const stop = new AbortController();
	const lines = eventLines(chain, createChainReader(chain), {from: 10, signal: stop.signal});
	const seen: (readonly [string, number])[] = [];
	for await (const {event, blockNo} of lines) {
		seen.push([event.kind, blockNo]);
		if (seen.length === 2) await feed(chain, fork.blocks.slice(9));
		if (seen.length === 7) stop.abort();
	}
	t.deepEqual(seen, [
		['adopted', 10],
		['adopted', 11],
		['rolledBack', 8],
		['adopted', 9],
		['adopted', 10],
		['adopted', 11],
		['adopted', 12],
	]);
});
