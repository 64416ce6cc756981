/** What a node makes of peers that stall, lie, withhold or flood while it fetches a chain: it leaves them, and others serve. */
import test from 'ava';
import {type Block, encodeBlock} from '#consensus/block/block';
import {defined} from '#kernel/assert';
import {BlockNo} from '#kernel/slot';
import type {PeerHandlers} from '#relay/handlers';
import type {ChainUpdate} from '#relay/protocols/chain-sync/messages';
import {
	followerOf,
	headerUpdate,
	openSyncWorld,
	type ScriptedPeer,
	type SyncWorld,
	scriptedFollower,
	sourceOf,
	tipOf,
	wrapped,
} from '../support/sync-world.ts';
import {TestChain} from '../support/test-chain.ts';

const world = new TestChain();
const {network} = world;
const trunk = world.grow(world.origin, 40);
const {blocks} = trunk;
const atSlot = 4_000;

const honest = (number: number, served: readonly Block[] = blocks): ScriptedPeer => ({
	number,
	handlers: () => ({chain: followerOf(served), blocks: sourceOf(served)}),
});
const foe = (handlers: () => PeerHandlers): ScriptedPeer => ({number: 6, handlers});

const lengthOf = ({node: {chain}}: SyncWorld): number => (chain.tip === 'origin' ? 0 : chain.tip.blockNo + 1);
const shunnedOf = ({node}: SyncWorld): readonly {peer: string; code: string; times: number}[] =>
	node.peers.shunned.map(({peer, code, times}) => ({peer, code, times}));
const once = (code: string): readonly {peer: string; code: string; times: number}[] => [
	{peer: '127.0.0.1:4006', code, times: 1},
];

test('a node fetches a chain from several peers, and every one of them brings some of it', async t => {
	const served = new Map<number, number>();
	const counting = (number: number): ScriptedPeer => ({
		number,
		handlers: () => ({
			chain: followerOf(blocks),
			blocks: sourceOf(blocks, async function* (range) {
				served.set(number, (served.get(number) ?? 0) + range.length);
				yield* range;
			}),
		}),
	});
	const opened = await openSyncWorld(network, [counting(1), counting(2), counting(3)], {atSlot});
	await opened.advance(2_000);
	t.is(lengthOf(opened), 40);
	t.true(opened.node.peers.isSynced);
	t.is(
		[...served.values()].reduce((sum, count) => sum + count, 0),
		40,
	);
	t.deepEqual(shunnedOf(opened), []);
	t.deepEqual(opened.failures, []);
	await opened.stop();
});

test('a peer that claims a longer chain than it shows is left after half a minute, and counted for nothing', async t => {
	const claims = {...defined(blocks.at(-1), 'a chain').header, blockNo: BlockNo(1_000_000)};
	const liar = foe(() => ({chain: followerOf(blocks.slice(0, 10), claims), blocks: sourceOf(blocks)}));
	const opened = await openSyncWorld(network, [liar, honest(1)], {atSlot});
	await opened.advance(25_000);
	t.is(lengthOf(opened), 40);
	t.deepEqual(opened.partings(), []);
	t.false(opened.node.peers.isSynced);
	await opened.advance(10_000);
	t.deepEqual(opened.partings(), ['SYNC_HEADERS_WITHHELD']);
	t.deepEqual(shunnedOf(opened), once('SYNC_HEADERS_WITHHELD'));
	t.true(opened.node.peers.isSynced);
	await opened.stop();
});

test('a peer that nobody dialled may claim what it likes', async t => {
	const opened = await openSyncWorld(network, [honest(1)], {atSlot});
	await opened.advance(1_000);
	const claims = {...defined(blocks.at(-1), 'a chain').header, blockNo: BlockNo(1_000_000)};
	await opened.dial({chain: followerOf(blocks.slice(0, 10), claims)});
	await opened.advance(5_000);
	t.is(opened.node.peers.views.length, 2);
	t.true(opened.node.peers.isSynced);
	await opened.stop();
});

test('a peer that says that it does not have the blocks that it tells of is left after ten seconds', async t => {
	const miser = foe(() => ({chain: followerOf(blocks), blocks: sourceOf([])}));
	const opened = await openSyncWorld(network, [miser], {atSlot});
	await opened.advance(9_000);
	t.deepEqual(opened.partings(), []);
	await opened.advance(2_000);
	t.deepEqual(opened.partings(), ['SYNC_BODIES_WITHHELD']);
	t.is(lengthOf(opened), 0);
	await opened.stop();
});

const mute = async function* (range: readonly Uint8Array[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
	yield defined(range[0], 'a range');
	await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
};

test('a peer that stops in the middle of a range is left when its bytes are overdue, and another brings the rest', async t => {
	const opened = await openSyncWorld(
		network,
		[foe(() => ({chain: followerOf(blocks), blocks: sourceOf(blocks, mute)})), honest(1)],
		{atSlot},
	);
	await opened.advance(12_000);
	t.is(lengthOf(opened), 40);
	t.deepEqual(opened.partings(), ['SYNC_BODIES_LATE']);
	t.deepEqual(shunnedOf(opened), once('SYNC_BODIES_LATE'));
	await opened.stop();
});

test('near the tip nobody waits for a peer that has stopped: another is asked within two seconds', async t => {
	const few = blocks.slice(0, 5);
	const opened = await openSyncWorld(
		network,
		[foe(() => ({chain: followerOf(few), blocks: sourceOf(few, mute)})), honest(1, few)],
		{atSlot},
	);
	await opened.advance(2_500);
	t.is(lengthOf(opened), 5);
	t.deepEqual(opened.partings(), []);
	await opened.stop();
});

/** The header with another KES signature: valid in all but that. */
const spoilt = ({header}: Block): ChainUpdate => {
	const bytes = header.bytes.slice();
	bytes[bytes.length - 5] = (bytes.at(-5) as number) ^ 1;
	return {kind: 'rollForward', header: {era: 6, bytes}, tip: tipOf(blocks)};
};

test('of a valid prefix with an invalid tail the prefix is kept and the peer is left', async t => {
	const updates = blocks.map((block, index) =>
		index === 25 ? spoilt(block) : headerUpdate(block, tipOf(blocks)),
	);
	const liar = foe(() => ({chain: scriptedFollower(updates, tipOf(blocks)), blocks: sourceOf(blocks)}));
	const opened = await openSyncWorld(network, [liar], {atSlot});
	await opened.advance(1_000);
	t.deepEqual(opened.partings(), ['SYNC_HEADER_REFUSED']);
	t.deepEqual(shunnedOf(opened), once('SYNC_HEADER_REFUSED'));
	// Headers that nobody tells of any longer are forgotten.
	const kept = blocks.filter(({header}) => opened.node.chain.find(header.hash)?.body === undefined);
	t.true(kept.every(({header}) => opened.node.chain.find(header.hash) === undefined));
	await opened.stop();
});

test('the valid prefix of one peer is what others serve the bodies of', async t => {
	const updates = blocks.map((block, index) =>
		index === 25 ? spoilt(block) : headerUpdate(block, tipOf(blocks)),
	);
	const liar = foe(() => ({chain: scriptedFollower(updates, tipOf(blocks))}));
	const opened = await openSyncWorld(network, [liar, honest(1)], {atSlot});
	await opened.advance(2_000);
	t.is(lengthOf(opened), 40);
	await opened.stop();
});

for (const [what, code, change] of [
	[
		'sends more blocks than it was asked for',
		'SYNC_BATCH_WRONG',
		async function* (range: readonly Uint8Array[]) {
			for (;;) yield* range;
		},
	],
	[
		'ends a batch early',
		'SYNC_BATCH_WRONG',
		async function* (range: readonly Uint8Array[]) {
			yield* range.slice(0, -1);
		},
	],
	[
		'sends an oversized block',
		'SYNC_BLOCK_REFUSED',
		async function* () {
			yield wrapped(new Uint8Array([0x5a, 0, 0x1e, 0x84, 0x80, ...new Uint8Array(2_000_000)]));
		},
	],
	[
		'sends a message beyond all limits',
		'RELAY_MESSAGE_TOO_LONG',
		async function* () {
			yield wrapped(new Uint8Array([0x5a, 0, 0x4c, 0x4b, 0x40, ...new Uint8Array(5_000_000)]));
		},
	],
	[
		'sends a block that nobody asked for',
		'SYNC_BLOCK_REFUSED',
		async function* (range: readonly Uint8Array[]) {
			yield* range.toReversed();
		},
	],
	[
		'sends a body that is not the one of its header',
		'SYNC_BLOCK_REFUSED',
		async function* () {
			const {headerBytes} = defined(blocks[0], 'a chain');
			const {segments} = defined(blocks[1], 'a chain');
			const [first, ...others] = segments;
			yield wrapped(
				encodeBlock(headerBytes, [Uint8Array.of(0x81, ...first.subarray(0, 1)), ...others] as never),
			);
		},
	],
] as const)
	test(`a peer that ${what} is left, and another serves`, async t => {
		const wrong = foe(() => ({chain: followerOf(blocks), blocks: sourceOf(blocks, change)}));
		const opened = await openSyncWorld(network, [wrong, honest(1)], {atSlot});
		await opened.advance(2_000);
		t.is(lengthOf(opened), 40);
		t.deepEqual(opened.partings(), [code]);
		t.deepEqual(shunnedOf(opened), once(code));
		t.deepEqual(opened.failures, []);
		await opened.stop();
	});

test('whoever follows a chain with a block that breaks the ledger’s rules is left, and the blocks before it stay', async t => {
	// Segment 1 promises transactions that are none.
	const wrong = world.grow(world.cut(trunk, 30), 1, {
		segments: [
			Uint8Array.of(0x81, 0x01),
			Uint8Array.of(0x81, 0x80),
			defined(blocks[29], 'a block').segments[2],
			Uint8Array.of(0x80),
		],
	});
	const bad = foe(() => ({chain: followerOf(wrong.blocks), blocks: sourceOf(wrong.blocks)}));
	const opened = await openSyncWorld(network, [bad, honest(1, blocks.slice(0, 30))], {atSlot});
	await opened.advance(2_000);
	t.is(lengthOf(opened), 30);
	t.deepEqual(opened.partings(), ['SYNC_CHAIN_REFUSED']);
	await opened.stop();
});

test('a peer that sends one fork after another is left', async t => {
	const [first] = blocks;
	let isForward = false;
	const flood = foe(() => ({
		chain: scriptedFollower(
			() => {
				isForward = !isForward;
				return isForward
					? headerUpdate(defined(first, 'a chain'), tipOf(blocks.slice(0, 1)))
					: {kind: 'rollBackward', point: 'origin', tip: tipOf(blocks.slice(0, 1))};
			},
			tipOf(blocks.slice(0, 1)),
		),
		blocks: sourceOf(blocks),
	}));
	const opened = await openSyncWorld(network, [flood, honest(1)], {atSlot});
	await opened.advance(2_000);
	t.is(lengthOf(opened), 40);
	t.deepEqual(opened.partings(), ['SYNC_HEADER_FLOOD']);
	await opened.stop();
});

test('a peer that goes on being wrong is dialled ever more rarely', async t => {
	const miser = foe(() => ({chain: followerOf(blocks), blocks: sourceOf(blocks, mute)}));
	const opened = await openSyncWorld(network, [miser], {atSlot});
	await opened.advance(400_000, 1_000);
	const times = opened.dialled.get(6) ?? [];
	const waits = times.slice(1).map((time, index) => time - (times[index] as number));
	t.true(waits.length >= 4);
	t.true(
		waits.every((wait, index) => index === 0 || wait > 1.5 * (waits[index - 1] as number) - 10_000),
		waits.join(' '),
	);
	t.true((waits.at(-1) as number) >= 80_000);
	await opened.stop();
});
