import test from 'ava';
import {defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import {encodeUtf8} from '#kernel/utf8';
import {numberKey} from '#ledger/state/keys';
import {createBlindWatcher} from '#node/services/main-chain-watcher';
import {crypto} from '../../support/crypto.ts';
import {feed, openTestChain, TestChain, testNetwork} from '../../support/test-chain.ts';

const world = new TestChain(testNetwork({checkpointEvery: 1}));
const {network} = world;
const {k} = network.params;

/** Epoch 0 is over, and its last block k deep. */
const closed = (() => {
	let branch = world.grow(world.origin, 1);
	while (branch.ledger.pendingCheckpoints.size === 0) branch = world.grow(branch, 1);
	return world.grow(branch, k);
})();
const closing = defined(closed.ledger.pendingCheckpoints.get(numberKey(1)), 'period 1 is closed').blockHash;
const mcRef = {slot: 20, hash: crypto.blake2b256(Uint8Array.of(20))};
const confirming = (blockHash: typeof closing) =>
	world.grow(closed, 1, {
		mainChain: {mcRef, events: [{kind: 'checkpoint-confirmed', period: 1, blockHash}]},
	});
const seeing = {...createBlindWatcher(), tip: () => mcRef};
const other = crypto.blake2b256(encodeUtf8('a block of another chain'));

test('goes on when Cardano makes a block of its own chain final', async t => {
	const branch = confirming(closing);
	const chain = await openTestChain(network, {mainChain: seeing});
	await feed(chain, branch.blocks);
	t.deepEqual(chain.tip, branch.tip);
});

test('stops when Cardano makes another block final than the one that it cannot take back', async t => {
	const failures: NodeError[] = [];
	const chain = await openTestChain(network, {mainChain: seeing, failed: error => failures.push(error)});
	await feed(chain, closed.blocks);
	const {bytes} = defined(confirming(other).blocks.at(-1), 'the block that reports it');
	const error = await t.throwsAsync(chain.considerBlock(bytes), {instanceOf: NodeError});
	t.like(error?.detail, {code: 'CHAIN_CHECKPOINT_CONFLICT', period: 1, expected: other, hash: closing});
	t.deepEqual(failures, [error]);
	t.throws(() => chain.considerHeader(defined(closed.blocks[0], 'a block').header), {instanceOf: NodeError});
});

test('without a view of Cardano takes no block’s word for it, and refuses the block', async t => {
	const chain = await openTestChain(network);
	await feed(chain, closed.blocks);
	const {bytes} = defined(confirming(other).blocks.at(-1), 'the block that reports it');
	t.like(await chain.considerBlock(bytes), {
		ok: false,
		error: {code: 'CHAIN_BLOCK_REFUSED_BEFORE', failure: {code: 'MC_CHECKPOINT_CONFLICT', period: 1}},
	});
	t.deepEqual(chain.tip, closed.tip);
});
