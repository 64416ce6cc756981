/** A relay that keeps a while of the chain: what is older goes, and peers that ask for it are told so. */
import test from 'ava';
import type {CardanoRules} from '#consensus/cardano/judge-cardano-header';
import {slotStartMs} from '#consensus/time';
import {defined} from '#kernel/assert';
import {Hash32} from '#kernel/hash';
import {BlockNo} from '#kernel/slot';
import {createMemoryChainIndex} from '#node/adapters/memory-stores';
import {createSystemClock} from '#node/adapters/system-clock';
import type {CardanoChainPorts} from '#node/services/cardano-relay/cardano-chain';
import {importBlocks} from '#node/services/cardano-relay/import-blocks';
import {restoreChain} from '#node/services/cardano-relay/restore-chain';
import {headerIn} from '#node/services/cardano-relay/stored-header';
import {createBlockSource} from '#node/services/chain/block-source';
import {followSelectedChain} from '#node/services/chain/chain-follower';
import {
	certificateRules,
	memoryStateStore,
	preprod,
	realBlocks,
	startParent,
	startPoint,
} from '../../../support/cardano-relay.ts';
import {openTestDatabase} from '../../../support/chain-databases.ts';
import {createFaultyFileSystem} from '../../../support/faulty-file-system.ts';

const {signal} = new AbortController();
const COUNT = 120;
/** The block that is as old as blocks may be. */
const KEPT_FROM = 40;
/** Files have seven blocks. */
const OLDEST = 35;

const rules: CardanoRules = {
	...certificateRules,
	network: {...preprod, params: {...preprod.params, k: 5}},
};
const blockAt = (index: number) => defined(realBlocks[index], 'a block');
const msOf = (index: number): number => slotStartMs(preprod.slots, blockAt(index).tip.slot);
const nowMs = msOf(COUNT);
const clock = {...createSystemClock(), now: () => nowMs};

test('blocks that are too old go with their files, peers are told that they are not there, and a restart goes on', async t => {
	const disk = createFaultyFileSystem();
	const genesisHash = Hash32(new Uint8Array(32));
	const index = createMemoryChainIndex();
	const database = await openTestDatabase(disk, {genesisHash, index});
	const stateStore = memoryStateStore();
	const ports: CardanoChainPorts = {
		rules,
		chainStore: database.chainStore,
		chainIndex: index,
		stateStore,
		clock,
		keepMs: nowMs - msOf(KEPT_FROM),
	};
	const chain = await restoreChain(ports, startParent());
	t.is(chain.oldest, undefined);
	const follower = followSelectedChain(chain, chain, async place =>
		headerIn(defined(await chain.bytesAt(place), 'a block')),
	);
	const blocks = (async function* () {
		for (const {bytes} of realBlocks.slice(0, COUNT)) yield {bytes, file: 'preprod', offset: 0};
	})();
	await importBlocks(rules, chain, blocks, {signal});
	t.deepEqual(chain.oldest, blockAt(0).tip);
	// A peer that has read two blocks and is slow.
	t.deepEqual((await follower.findIntersect([startPoint], {signal})).intersect, startPoint);
	for (let reads = 0; reads < 3; reads++) await follower.next({signal});

	await database.chainStore.archive();
	await chain.save();
	t.deepEqual(chain.oldest, blockAt(OLDEST).tip);
	t.is(await chain.place(BlockNo(blockAt(OLDEST - 1).tip.blockNo)), undefined);
	t.like(await chain.place(BlockNo(blockAt(OLDEST).tip.blockNo)), blockAt(OLDEST).tip);

	await t.throwsAsync(follower.next({signal}), {code: 'CHAIN_START_NOT_KEPT'} as object);
	const late = followSelectedChain(chain, chain, async place =>
		headerIn(defined(await chain.bytesAt(place), 'a block')),
	);
	const found = await late.findIntersect([startPoint, blockAt(3).point], {signal});
	t.deepEqual(found, {intersect: undefined, tip: blockAt(COUNT - 1).tip});
	// From the block before the first one that is kept, the rest can be followed.
	const {point} = blockAt(OLDEST - 1);
	t.deepEqual((await late.findIntersect([point], {signal})).intersect, point);
	t.like(await late.next({signal}), {kind: 'rollBackward', point});
	t.deepEqual(await late.next({signal}), {
		kind: 'rollForward',
		header: blockAt(OLDEST).header,
		tip: blockAt(COUNT - 1).tip,
	});
	const source = createBlockSource(
		chain,
		() => undefined,
		bytes => bytes,
	);
	const rangeOf = (from: number, to: number) =>
		source.range({from: blockAt(from).point, to: blockAt(to).point}, {signal});
	t.is(await rangeOf(OLDEST - 1, OLDEST), undefined);
	t.not(await rangeOf(OLDEST, OLDEST + 1), undefined);

	await database.close();
	const again = await openTestDatabase(disk, {genesisHash, index});
	t.teardown(() => again.close());
	const restored = await restoreChain({...ports, chainStore: again.chainStore}, undefined);
	t.deepEqual(restored.tip, blockAt(COUNT - 1).tip);
	t.deepEqual(restored.oldest, blockAt(OLDEST).tip);
	// However old everything is, what the next start needs stays.
	const strict = await restoreChain({...ports, chainStore: again.chainStore, keepMs: 1}, undefined);
	await strict.save();
	const {immutableTip, oldest} = strict;
	t.true(oldest !== undefined && immutableTip !== 'origin' && oldest.blockNo <= immutableTip.blockNo);
	const last = await restoreChain({...ports, chainStore: again.chainStore}, undefined);
	t.deepEqual(last.tip, restored.tip);
});
