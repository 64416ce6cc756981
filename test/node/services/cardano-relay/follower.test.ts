/** A relay of Cardano follows a peer that serves real blocks of preprod, over a memory bearer: good ones, altered ones, forks. */
import test, {type ExecutionContext} from 'ava';
import type {CardanoRules} from '#consensus/cardano/judge-cardano-header';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import {BlockNo, Slot} from '#kernel/slot';
import type {ChainDatabase} from '#node/adapters/chain-database/open-chain-database';
import {openDiskDatabase} from '#node/adapters/chain-database/open-disk-database';
import {createSystemClock} from '#node/adapters/system-clock';
import type {Clock} from '#node/ports/clock';
import type {CardanoChain, CardanoChainPorts} from '#node/services/cardano-relay/cardano-chain';
import {CardanoFollower, FetchClaims} from '#node/services/cardano-relay/follow-cardano-peer';
import type {SavedState, StateStore} from '#node/services/cardano-relay/ports';
import {restoreChain} from '#node/services/cardano-relay/restore-chain';
import {CardanoPeer, followPeer, untilBlock} from '../../../support/cardano-peer.ts';
import {
	certificateRules,
	MemoryQuarantine,
	memoryChain,
	realBlocks,
	startParent,
} from '../../../support/cardano-relay.ts';
import {crypto} from '../../../support/crypto.ts';
import {type ServedBlock, ServedChain} from '../../../support/relay/chain.ts';
import {connectPair} from '../../../support/relay/peer.ts';
import {silentLog} from '../../../support/silent-log.ts';
import {temporaryFolder} from '../../../support/temporary-folder.ts';

const flip = (block: ServedBlock, at: number): ServedBlock => {
	const bytes = block.bytes.slice();
	const header = block.header.bytes.slice();
	const headerAt = Buffer.from(block.bytes).indexOf(Buffer.from(block.header.bytes));
	const where = at < 0 ? bytes.length + at : headerAt + at;
	bytes[where] = (bytes[where] as number) ^ 1;
	if (at >= 0) header[at] = (header[at] as number) ^ 1;
	return {...block, bytes, header: {...block.header, bytes: header}};
};

const sameTip = (t: ExecutionContext, chain: CardanoChain, block: ServedBlock | undefined): void => {
	t.deepEqual(chain.tip, block?.tip);
};

test('every header is judged, every body compared, and the chain is what the peer served, byte for byte', async t => {
	const blocks = realBlocks.slice(0, 250);
	const {chain} = memoryChain();
	const {close, ended, quarantine} = await followPeer(chain, blocks);
	await untilBlock(chain, defined(blocks.at(-1), 'blocks'));
	for (const {tip, bytes} of blocks) {
		const place = await chain.place(tip.blockNo);
		t.deepEqual(place && toHex(place.hash), toHex(tip.hash));
		t.is(toHex(defined(place && (await chain.bytesAt(place)), 'stored')), toHex(bytes));
	}
	t.is(chain.tipEntry?.level, 'certificate');
	t.is(chain.tipEntry?.era, 'babbage');
	t.is(quarantine.count, 0);
	close();
	t.is((await ended).code, 'RELAY_CLOSED');
});

test('a header that was altered is refused and kept with the reason; what came before it counts', async t => {
	const good = realBlocks.slice(0, 20);
	// The last bytes of a header are its KES signature.
	const bad = flip(
		defined(realBlocks[20], 'block'),
		defined(realBlocks[20], 'block').header.bytes.length - 1,
	);
	const {chain} = memoryChain();
	const {ended, quarantine} = await followPeer(chain, [...good, bad]);
	const {code, detail} = await ended;
	t.is(code, 'SYNC_HEADER_REFUSED');
	t.like(detail['failure'], {code: 'KES_SIGNATURE_INVALID'});
	sameTip(t, chain, good.at(-1));
	t.is(quarantine.count, 1);
	t.like(quarantine.kept[0], {
		kind: 'header',
		peer: 'peer',
		tag: 5,
		failure: {code: 'KES_SIGNATURE_INVALID'},
	});
	t.is(toHex(defined(quarantine.kept[0], 'one').bytes), toHex(bad.header.bytes));
});

test('a body that is not the one that its header promises is refused and kept whole', async t => {
	const good = realBlocks.slice(0, 5);
	const bad = flip(defined(realBlocks[5], 'block'), -2);
	const {chain} = memoryChain();
	const {ended, quarantine} = await followPeer(chain, [...good, bad]);
	t.is((await ended).code, 'SYNC_BLOCK_REFUSED');
	sameTip(t, chain, good.at(-1));
	t.like(quarantine.kept[0], {kind: 'block', tag: 6});
	t.is(toHex(defined(quarantine.kept[0], 'one').bytes), toHex(bad.bytes));
});

test('a peer that rolls back and serves less is not followed down; one that goes on is', async t => {
	const {chain} = memoryChain();
	const {peer, close} = await followPeer(chain, realBlocks.slice(0, 30));
	await untilBlock(chain, defined(realBlocks[29], 'block'));
	peer.replace(realBlocks.slice(0, 25));
	peer.replace(realBlocks.slice(0, 40));
	await untilBlock(chain, defined(realBlocks[39], 'block'));
	t.is(chain.switches, 0);
	close();
});

test('two peers with one chain are asked for each block once', async t => {
	const {chain} = memoryChain();
	const claims = new FetchClaims();
	const blocks = realBlocks.slice(0, 120);
	const [one, other] = await Promise.all([
		followPeer(chain, blocks, {claims}),
		followPeer(chain, blocks, {claims}),
	]);
	await untilBlock(chain, defined(blocks.at(-1), 'blocks'));
	sameTip(t, chain, blocks.at(-1));
	one.close();
	other.close();
	for (const {ended} of [one, other]) t.is((await ended).code, 'RELAY_CLOSED');
});

test('a header of a slot that has not begun is the clock of one of the two, and no disagreement', async t => {
	const clock: Clock = {...createSystemClock(), now: () => preprodStartMs};
	const {chain} = memoryChain();
	const {ended, quarantine} = await followPeer(chain, realBlocks.slice(0, 3), {clock});
	t.is((await ended).code, 'SYNC_HEADER_FROM_FUTURE');
	t.is(quarantine.count, 0);
});

const preprodStartMs = certificateRules.network.slots.systemStartMs;

test('what cannot be checked as far as is demanded is not taken, and the peer is not to blame', async t => {
	const {chain} = memoryChain();
	const rules: CardanoRules = {...certificateRules, wanted: 'proof'};
	const {ended, quarantine} = await followPeer(chain, realBlocks.slice(0, 3), {rules});
	const {code, detail} = await ended;
	t.is(code, 'CARDANO_CANNOT_JUDGE');
	t.deepEqual(detail['failure'], {code: 'CARDANO_TRUST_TOO_LOW', level: 'certificate', demanded: 'proof'});
	t.is(chain.tip, 'origin');
	t.is(quarantine.count, 0);
});

/** Goes on from the intersection at once; cardano-node says first to roll back there. */
class StraightPeer extends CardanoPeer {
	override follow(): ReturnType<CardanoPeer['follow']> {
		const follower = super.follow();
		return {
			...follower,
			next: async options => {
				const update = await follower.next(options);
				return update?.kind === 'rollBackward' ? follower.next(options) : update;
			},
		};
	}
}

test('a peer that goes on from the intersection at once is followed as one that says first to roll back there', async t => {
	const blocks = realBlocks.slice(0, 10);
	const {chain} = memoryChain();
	const {close, ended} = await followPeer(chain, blocks, {peer: new StraightPeer(blocks)});
	await untilBlock(chain, defined(blocks.at(-1), 'blocks'));
	close();
	t.is((await ended).code, 'RELAY_CLOSED');
});

test('a peer without the start point has another chain', async t => {
	const {chain} = memoryChain();
	const peer = new ServedChain(realBlocks.slice(100, 110));
	const {left} = await connectPair({}, {handlers: () => ({chain: peer.follow(), blocks: peer.blocks})});
	const {chainSync, blockFetch} = defined(left.client, 'client');
	const follower = new CardanoFollower(
		{
			chain,
			rules: certificateRules,
			quarantine: new MemoryQuarantine(),
			claims: new FetchClaims(),
			clock: createSystemClock(),
			log: silentLog,
		},
		{name: 'peer', chainSync, blockFetch},
		{signal: left.signal},
	);
	await t.throwsAsync(follower.run(), {code: 'SYNC_NO_INTERSECTION'});
	left.close();
});

test('blocks become final k below the tip, and a chain goes on from what was saved', async t => {
	const network = {...certificateRules.network, params: {...certificateRules.network.params, k: 50}};
	const rules: CardanoRules = {...certificateRules, network};
	const {chain, ports} = memoryChain(rules);
	const blocks = realBlocks.slice(0, 300);
	const {close} = await followPeer(chain, blocks, {rules});
	await untilBlock(chain, defined(blocks.at(-1), 'blocks'));
	const last = defined(blocks.at(-1), 'blocks').tip;
	const {immutableTip} = chain;
	t.true(immutableTip !== 'origin' && last.blockNo - immutableTip.blockNo >= 50);
	t.true(immutableTip !== 'origin' && last.blockNo - immutableTip.blockNo < 50 + 64);
	await chain.save();
	close();

	const again = await restoreChain(ports, startParent());
	t.deepEqual(again.tip, last);
	t.deepEqual(again.immutableTip, chain.immutableTip);
	t.deepEqual(again.tipEntry?.state.counters, chain.tipEntry?.state.counters);
	const more = realBlocks.slice(0, 320);
	const following = await followPeer(again, more, {rules});
	await untilBlock(again, defined(more.at(-1), 'blocks'));
	following.close();
	t.is(await again.place(BlockNo(0)), undefined);
	t.is(
		(await again.placeOf(defined(blocks[0], 'block').tip.hash))?.slot,
		Slot(defined(blocks[0], 'block').tip.slot),
	);
});

test('an empty database needs a start point', async t => {
	const {ports} = memoryChain();
	await t.throwsAsync(restoreChain(ports, undefined), {code: 'CARDANO_START_UNKNOWN'});
});

test('on a disk, too, a chain goes on: from what was saved last, and from long before', async t => {
	const folder = await temporaryFolder(t);
	const network = {...certificateRules.network, params: {...certificateRules.network.params, k: 30}};
	const rules: CardanoRules = {...certificateRules, network};
	const open = async (): Promise<{readonly database: ChainDatabase; readonly ports: CardanoChainPorts}> => {
		const database = await openDiskDatabase({
			folder,
			genesisHash: Hash32(new Uint8Array(32)),
			hasher: crypto,
		});
		const {chainStore, chainIndex} = database;
		const ports = {rules, chainStore, chainIndex, stateStore, clock: createSystemClock()};
		return {database, ports};
	};
	const saved: SavedState[] = [];
	let resumeFrom = 0;
	const stateStore: StateStore = {
		load: async () => saved.at(resumeFrom),
		save: async state => void saved.push(state),
	};
	const runTo = async (count: number): Promise<Tip> => {
		const {database, ports} = await open();
		const chain = await restoreChain(ports, startParent());
		const blocks = realBlocks.slice(0, count);
		const {close} = await followPeer(chain, blocks, {rules});
		await untilBlock(chain, defined(blocks.at(-1), 'blocks'));
		await chain.save();
		close();
		await database.close();
		return chain.immutableTip;
	};
	resumeFrom = -1;
	await runTo(200);
	const final = await runTo(400);
	// As after a crash before anything was saved but the first block: the final blocks since are judged again.
	resumeFrom = 0;
	const {database, ports} = await open();
	t.teardown(() => database.close());
	const again = await restoreChain(ports, startParent());
	t.deepEqual(again.tip, defined(realBlocks[399], 'a block').tip);
	t.true(
		final !== 'origin' && again.immutableTip !== 'origin' && again.immutableTip.blockNo >= final.blockNo,
	);
	for (const {tip} of realBlocks.slice(0, 400)) t.truthy(await again.placeOf(tip.hash));
});
