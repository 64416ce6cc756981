import test from 'ava';
import {defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import {compareCheckpoints} from '#node/services/chain/compare-checkpoints';
import {createBlindWatcher, createMainChainWatcher} from '#node/services/main-chain-watcher';
import {QuickChain} from '../../support/quick-chain.ts';
import {silentLog} from '../../support/silent-log.ts';
import {feed, openTestChain} from '../../support/test-chain.ts';
import {createVirtualClock} from '../../support/virtual-clock.ts';

/** The chain that Cardano makes final: an epoch of 50 slots is a period, and period 3 has no block. */
const upright = new QuickChain();
const {network} = upright;
const shared = upright.until(20);
const right = [...upright.until(60), upright.confirm(1), ...upright.until(99)];
right.push(upright.block({skip: 60}));
upright.checkpoint(2);
upright.checkpoint(3);
right.push(...upright.until(200));
upright.checkpoint(4);

/** Another chain of the same network: it leaves the first one in slot 21. */
const fork = new QuickChain();
fork.until(20);
const wrong = [fork.block({skip: 1}), ...fork.until(130)];

const lastBefore = (blocks: readonly (typeof right)[number][], slot: number) => {
	const {hash, blockNo} = defined(blocks.findLast(({header}) => header.slot < slot)?.header, 'a block');
	return {blockHash: hash, blockNo};
};
const all = [...shared, ...right];
const other = [...shared, ...wrong];

test('a chain that Cardano made final agrees with every checkpoint, also of periods without a block', async t => {
	const chain = await openTestChain(network);
	await feed(chain, all);
	const compared = await compareCheckpoints(chain, upright.known);
	t.deepEqual(
		compared.map(({period, verdict, here}) => ({period, verdict, here})),
		[50, 100, 150, 200].map((slot, index) => ({
			period: index + 1,
			verdict: 'same' as const,
			here: lastBefore(all, slot),
		})),
	);
	t.deepEqual(compared[2]?.here, compared[1]?.here);
});

test('another chain differs from the period on in which it left, and says nothing of what is to come', async t => {
	const chain = await openTestChain(network, {mainChain: createBlindWatcher()});
	await feed(chain, other);
	const compared = await compareCheckpoints(chain, upright.known);
	t.deepEqual(
		compared.map(({verdict, here}) => ({verdict, here})),
		[
			{verdict: 'other', here: lastBefore(other, 50)},
			{verdict: 'other', here: lastBefore(other, 100)},
			{verdict: 'unknown', here: undefined},
			{verdict: 'unknown', here: undefined},
		],
	);
});

test('a chain without blocks knows of no period', async t => {
	const chain = await openTestChain(network);
	t.deepEqual(
		(await compareCheckpoints(chain, upright.known)).map(({verdict}) => verdict),
		upright.known.map(() => 'unknown'),
	);
});

test('a new node does not follow a chain beyond a period that ends otherwise on Cardano, and takes the other', async t => {
	const {mainChain, checkpoints} = upright;
	const ports = {mainChain, checkpoints, clock: createVirtualClock(0), log: silentLog};
	const watcher = createMainChainWatcher(ports, network.env.genesis.cardano);
	const chain = await openTestChain(network, {mainChain: watcher});
	// It is short enough to be rolled back: k is 5.
	const short = new QuickChain();
	const trunk = short.until(45);
	const branch = [short.block({skip: 1}), ...short.until(49)];
	await feed(chain, [...trunk, ...branch]);
	const beyond = short.block();
	t.like(await chain.considerBlock(beyond.bytes), {
		ok: false,
		error: {
			code: 'CHAIN_BLOCK_REFUSED_BEFORE',
			failure: {
				code: 'MC_PERIOD_CONFLICT',
				period: 1,
				expected: lastBefore(all, 50).blockHash,
				blockHash: branch.at(-1)?.header.hash,
			},
		},
	});
	t.is(chain.tip === 'origin' ? -1 : chain.tip.slot, 49);
	await feed(chain, all.slice(46, 61));
	t.deepEqual(chain.tip === 'origin' ? undefined : chain.tip.hash, all[60]?.header.hash);
});

test('a node whose final blocks are not those on Cardano stops, though no block of its chain says so', async t => {
	const failures: NodeError[] = [];
	const shown = {isShown: false as boolean};
	const mcTip = {slot: 100, hash: network.env.genesis.cardano.start.hash};
	const checkpoints = {stable: async () => (shown.isShown ? upright.known : [])};
	const mainChain = {...upright.mainChain, tip: async () => mcTip};
	const clock = createVirtualClock(0);
	const watcher = createMainChainWatcher({mainChain, checkpoints, clock, log: silentLog}, {stableDepth: 5});
	const seeing = {...watcher, judge: createBlindWatcher().judge, tip: () => mcTip};
	const chain = await openTestChain(network, {mainChain: seeing, failed: error => failures.push(error)});
	await feed(chain, other.slice(0, 60));
	await chain.reconsider();
	t.deepEqual(failures, []);
	shown.isShown = true;
	await chain.reconsider();
	t.deepEqual(failures, [], 'it was asked a moment ago');
	mcTip.slot += 60;
	const error = await t.throwsAsync(chain.reconsider(), {instanceOf: NodeError});
	t.like(error?.detail, {
		code: 'CHAIN_CHECKPOINT_CONFLICT',
		period: 1,
		expected: lastBefore(all, 50).blockHash,
		hash: lastBefore(other, 50).blockHash,
	});
	t.deepEqual(failures, [error]);
});
