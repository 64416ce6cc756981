/** Who of those that a node is connected to is followed, and that this changes without a connection being made anew. */
import test from 'ava';
import type {Block} from '#consensus/block/block';
import {localRootOf, NO_PEERS, type Topology} from '#relay/topology';
import {
	addressOf,
	followerOf,
	openSyncWorld,
	type ScriptedPeer,
	type SyncWorld,
	sourceOf,
} from '../support/sync-world.ts';
import {TestChain} from '../support/test-chain.ts';

const world = new TestChain();
const {network} = world;
const {blocks} = world.grow(world.origin, 40);
const atSlot = 4_000;

/** Tells from the beginning each time that it is asked where both agree. */
const peer = (number: number, served: readonly Block[]): ScriptedPeer => ({
	number,
	handlers: () => {
		let follower = followerOf(served);
		let isFollowed = false;
		return {
			chain: {
				findIntersect: (points, options) => {
					if (isFollowed) follower = followerOf(served);
					isFollowed = true;
					return follower.findIntersect(points, options);
				},
				next: options => follower.next(options),
				waitForChange: options => follower.waitForChange(options),
				close: () => undefined,
			},
			blocks: sourceOf(served),
		};
	},
});

const lengthOf = ({node: {chain}}: SyncWorld): number => (chain.tip === 'origin' ? 0 : chain.tip.blockNo + 1);
const connectionsOf = ({node}: SyncWorld): readonly string[] =>
	node.peers.views.map(({address}) => address).sort((a, b) => (a < b ? -1 : 1));
const withLocal = (number: number): Topology => ({
	...NO_PEERS,
	localRoots: [localRootOf([addressOf(number)], {advertise: false})],
	publicRoots: [{accessPoints: [addressOf(1), addressOf(2)], advertise: false}],
});

test('a warm peer is connected and not followed; one that is followed no longer stays connected, and can be followed anew', async t => {
	const opened = await openSyncWorld(network, [peer(1, blocks.slice(0, 20)), peer(2, blocks)], {
		atSlot,
		active: 1,
	});
	await opened.advance(2_000);
	t.is(lengthOf(opened), 20, 'of the first one alone');
	t.deepEqual(connectionsOf(opened), ['127.0.0.1:4001', '127.0.0.1:4002']);

	opened.node.peers.reload(withLocal(2));
	await opened.advance(2_000);
	t.is(lengthOf(opened), 40, 'the operator wants the second');

	opened.node.peers.reload(withLocal(1));
	await opened.advance(2_000);
	opened.node.peers.reload(withLocal(2));
	await opened.advance(2_000);
	t.is(lengthOf(opened), 40);
	t.deepEqual(opened.partings(), []);
	t.deepEqual(opened.node.peers.shunned, []);
	t.deepEqual(
		[...opened.dialled.values()].map(times => times.length),
		[1, 1],
	);
	t.deepEqual(opened.failures, []);
	await opened.stop();
});
