import test from 'ava';
import type {HeaderHash} from '#kernel/hash';
import {ChainService} from '#node/services/chain/chain-service';
import {createBlindWatcher} from '#node/services/main-chain-watcher';
import {memoryStores} from '../../../support/producer.ts';
import {QuickChain} from '../../../support/quick-chain.ts';
import {silentLog} from '../../../support/silent-log.ts';
import {timeOfSlot} from '../../../support/test-chain.ts';
import {createVirtualClock} from '../../../support/virtual-clock.ts';

const {signal} = new AbortController();

test('takes headers up to the epoch whose leaders depend on blocks that are not applied yet', async t => {
	const world = new QuickChain();
	const {network} = world;
	const chain = await ChainService.open(network, {
		...memoryStores(),
		clock: createVirtualClock(timeOfSlot(network, 1000)),
		log: silentLog,
		mainChain: createBlindWatcher(),
	});
	// Two epochs of 50 slots, and some of the third.
	const blocks = world.until(119);
	const headers = blocks.map(({header}) => header);
	const first = await chain.considerHeaders(headers, {signal});
	t.is(first.taken, 100);
	t.deepEqual(first.refusal, {code: 'LEDGER_VIEW_UNAVAILABLE', epoch: 2});
	await chain.considerBodies(blocks.slice(0, 51));
	const second = await chain.considerHeaders(headers.slice(100), {signal});
	t.is(second.refusal, undefined);
	await chain.considerBodies(blocks.slice(51));
	t.deepEqual(chain.tip === 'origin' ? undefined : chain.tip.hash, headers.at(-1)?.hash as HeaderHash);
});
