/** A rehearsal: Cardano is away for more than a period; the chain goes on, and catches up with one checkpoint. */
import test from 'ava';
import {NodeError} from '#kernel/node-error';
import {mcRefOf} from '#ledger/queries';
import {single} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import type {MainChain} from '#node/ports/main-chain';
import {createMainChainWatcher} from '#node/services/main-chain-watcher';
import {hashOfMcSlot, QuickChain} from '../../support/quick-chain.ts';
import {silentLog} from '../../support/silent-log.ts';
import {feed, openTestChain} from '../../support/test-chain.ts';
import {createVirtualClock} from '../../support/virtual-clock.ts';

const world = new QuickChain();
const {network} = world;
/** Periods 1 and 2 close, and nobody can tell of any checkpoint. */
const alone = [...world.until(110)];
/** Cardano is back: the first period is skipped. */
const back = [world.confirm(2), ...world.until(120)];

/** `forkedFrom`: from that slot on Cardano has other blocks than the chain has heard of. */
type CardanoState = {isAway: boolean; forkedFrom?: number | undefined};

/** Cardano, which can be away, or on another fork. Its tip lies far enough behind the last report for that to be stable. */
const cardano = (of: QuickChain, state: CardanoState) => {
	const answer = <T>(value: () => Promise<T>): Promise<T> =>
		state.isAway ? Promise.reject(new NodeError({code: 'MAIN_CHAIN_UNREACHABLE'})) : value();
	const {mainChain: told} = of;
	const mainChain: MainChain = {
		tip: () => answer(async () => ({slot: 1_000, hash: hashOfMcSlot(1_000)})),
		blockAt: slot =>
			answer(async () =>
				slot >= (state.forkedFrom ?? Number.POSITIVE_INFINITY)
					? {slot, hash: hashOfMcSlot(5_000 + slot)}
					: told.blockAt(slot),
			),
		events: asked => answer(() => told.events(asked)),
	};
	return {mainChain, checkpoints: {stable: () => answer(() => of.checkpoints.stable())}};
};

test('months without Cardano: the chain goes on, its periods wait, and a later checkpoint makes up for them', async t => {
	const state: CardanoState = {isAway: true};
	const ports = {...cardano(world, state), clock: createVirtualClock(0), log: silentLog};
	const chain = await openTestChain(network, {mainChain: createMainChainWatcher(ports, {stableDepth: 5})});
	await feed(chain, alone);
	t.like(chain.tip, {slot: 110});
	t.is(chain.ledger.pendingCheckpoints.size, 2);
	const [first] = back;
	if (first === undefined) return t.fail();
	t.like(
		await chain.considerBlock(first.bytes),
		{ok: true, value: 'kept'},
		'what it reports is not seen yet',
	);
	t.like(chain.tip, {slot: 110});

	state.isAway = false;
	await chain.reconsider();
	await feed(chain, back.slice(1));
	t.like(chain.tip, {slot: 120});
	const confirmed = single(readerOf(chain.ledger), 'confirmedCheckpoint');
	t.like(confirmed, {period: 2, blockHash: world.known[0]?.blockHash});
	return t.is(chain.ledger.pendingCheckpoints.size, 0);
});

test('Cardano takes back the block with a checkpoint that counted: it counts on, and the chain closes its periods', async t => {
	const rolled = new QuickChain();
	const blocks = [...rolled.until(55), rolled.confirm(1), ...rolled.until(60)];
	const state: CardanoState = {isAway: false};
	const ports = {...cardano(rolled, state), clock: createVirtualClock(0), log: silentLog};
	const watcher = createMainChainWatcher(ports, {stableDepth: 5});
	const chain = await openTestChain(rolled.network, {mainChain: watcher});
	await feed(chain, blocks);
	const reference = mcRefOf(chain.ledger);
	t.like(single(readerOf(chain.ledger), 'confirmedCheckpoint'), {period: 1});

	state.forkedFrom = reference.slot;
	t.deepEqual(await watcher.segmentAfter(reference), {mcRef: reference, events: []});
	t.not(watcher.rolledBackSinceMs(), undefined);
	await feed(chain, rolled.until(110));
	t.like(chain.tip, {slot: 110});
	t.like(single(readerOf(chain.ledger), 'confirmedCheckpoint'), {period: 1});
	t.is(chain.ledger.pendingCheckpoints.size, 1);

	state.forkedFrom = undefined;
	await feed(chain, [rolled.confirm(2)]);
	t.like(single(readerOf(chain.ledger), 'confirmedCheckpoint'), {period: 2});
});
