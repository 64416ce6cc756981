import test from 'ava';
import {decodeBlock, encodeBlock} from '#consensus/block/block';
import {defined} from '#kernel/assert';
import {CborWriter} from '#kernel/cbor/writer';
import {NodeError} from '#kernel/node-error';
import {BlockNo, Slot} from '#kernel/slot';
import type {StoredBlock} from '#node/ports/chain-store';
import type {LedgerSnapshot} from '#node/ports/ledger-store';
import type {ChainStores} from '#node/services/chain/chain-stores';
import {type ChainCheck, checkChain} from '#node/services/chain-check/check-chain';
import {crypto} from '../../../support/crypto.ts';
import {flipped} from '../../../support/praos.ts';
import {blocks, file, imported, network, sourceStores} from '../support/snapshot-world.ts';

const {signal} = new AbortController();

const check = (stores: ChainStores, full = true): Promise<ChainCheck> =>
	checkChain(network, stores, {full, signal});

/** As `pruneBlock` leaves a block, however short its proofs are. */
const withoutProofs = (bytes: Uint8Array): Uint8Array => {
	const decoded = decodeBlock(crypto, bytes);
	if (!decoded.ok) throw new RangeError(decoded.error.code);
	const [bodies, witnesses, mainChain, proofs] = decoded.value.segments;
	const hash = new CborWriter().bytes(crypto.blake2b256(proofs)).finish();
	return encodeBlock(decoded.value.headerBytes, [bodies, witnesses, mainChain, hash]);
};

const good = await check(sourceStores);

/** The stores with block `at` read as something else. */
const withBlock = (at: number, read: (block: StoredBlock) => StoredBlock | undefined): ChainStores => {
	const {chainStore} = sourceStores;
	const blockAt = async (blockNo: BlockNo): Promise<StoredBlock | undefined> => {
		const block = await chainStore.blockAt(blockNo);
		return blockNo === at && block !== undefined ? read(block) : block;
	};
	return {...sourceStores, chainStore: {...chainStore, blockAt}};
};

/** The stores with the newest snapshot as something else. */
const withSnapshot = async (change: (snapshot: LedgerSnapshot) => LedgerSnapshot): Promise<ChainStores> => {
	const {ledgerStore} = sourceStores;
	const [newest, ...others] = await ledgerStore.snapshots();
	const snapshots = async () => [change(defined(newest, 'there is a snapshot')), ...others];
	return {...sourceStores, ledgerStore: {...ledgerStore, snapshots}};
};

test('finds nothing wrong with a good chain, whether it judges all of it again or not', async t => {
	t.deepEqual(good, {
		firstBlockNo: 0,
		lastBlockNo: 165,
		volatileBlocks: 5,
		snapshots: good.snapshots,
		judgedAfter: -1,
		problems: [],
	});
	for (const period of [1, 2, 3]) t.true(good.snapshots.includes(`period-000000000000000${period}`));
	t.deepEqual(await check(sourceStores, false), {...good, judgedAfter: null});
});

test('judges an imported chain from its first state on', async t => {
	const {stores} = await imported(file);
	t.like(await check(stores), {firstBlockNo: 49, judgedAfter: 49, problems: []});
});

test('judges a pruned chain from its first snapshot on, and what is left of its blocks', async t => {
	const {chainStore} = sourceStores;
	const pruned = async (blockNo: BlockNo): Promise<StoredBlock | undefined> => {
		const block = await chainStore.blockAt(blockNo);
		return block === undefined || blockNo >= 30 ? block : {...block, bytes: withoutProofs(block.bytes)};
	};
	const stores = {...sourceStores, chainStore: {...chainStore, blockAt: pruned}};
	t.like(await check(stores), {firstBlockNo: 0, judgedAfter: 49, problems: []});
	t.like(await check(stores, false), {problems: []});
	const damaged = async (blockNo: BlockNo): Promise<StoredBlock | undefined> => {
		const block = await pruned(blockNo);
		return block && blockNo === 7 ? {...block, bytes: flipped(block.bytes, block.bytes.length - 1)} : block;
	};
	const {problems} = await check({...sourceStores, chainStore: {...chainStore, blockAt: damaged}}, false);
	t.like(problems, [{code: 'CHECK_BLOCK_DAMAGED', blockNo: 7}]);
});

test('tells which block is missing, cannot be read, is another one, or does not follow', async t => {
	t.like(await check(withBlock(30, () => undefined)), {
		problems: [{code: 'CHECK_BLOCK_MISSING', blockNo: 30}],
	});
	const unreadable = withBlock(31, () => {
		throw new NodeError({code: 'STORE_CORRUPT'});
	});
	t.like(await check(unreadable), {
		problems: [{code: 'CHECK_BLOCK_DAMAGED', blockNo: 31, failure: {code: 'STORE_CORRUPT'}}],
	});
	const altered = withBlock(32, block => ({...block, bytes: flipped(block.bytes, block.bytes.length - 1)}));
	t.like(await check(altered, false), {problems: [{code: 'CHECK_BLOCK_DAMAGED', blockNo: 32}]});
	const elsewhere = withBlock(33, block => ({...block, slot: Slot(block.slot + 1)}));
	t.like(await check(elsewhere), {problems: [{code: 'CHECK_BLOCK_DAMAGED', blockNo: 33}]});
	const other = defined(blocks[20], 'a block');
	const wrong = withBlock(34, () => ({...other.header, blockNo: BlockNo(34), bytes: other.bytes}));
	t.like(await check(wrong), {problems: [{code: 'CHECK_BLOCK_DAMAGED', blockNo: 34}]});
});

test('lists no more problems than anybody reads', async t => {
	const {chainStore} = sourceStores;
	const gone = {...sourceStores, chainStore: {...chainStore, blockAt: async () => undefined}};
	t.is((await check(gone)).problems.length, 100);
});

test('tells of snapshots that do not decode, of another block, and (in full) of another state', async t => {
	const damaged = await withSnapshot(snapshot => ({...snapshot, state: snapshot.state.subarray(1)}));
	t.like((await check(damaged, false)).problems[0], {
		code: 'CHECK_SNAPSHOT_DAMAGED',
		name: 'after block 99',
	});
	const elsewhere = await withSnapshot(snapshot => ({...snapshot, blockNo: BlockNo(98)}));
	t.like((await check(elsewhere, false)).problems[0], {
		code: 'CHECK_SNAPSHOT_ELSEWHERE',
		name: 'after block 98',
		blockNo: 98,
	});
	const pinned = {...sourceStores.ledgerStore, pinned: async () => undefined};
	t.like((await check({...sourceStores, ledgerStore: pinned}, false)).problems[0], {
		code: 'CHECK_SNAPSHOT_DAMAGED',
		name: 'period-0000000000000001',
	});
	// The same slot in both states: only a replay tells.
	const wrong = await withSnapshot(snapshot => ({...snapshot, praosState: withOtherNonce(snapshot)}));
	t.deepEqual((await check(wrong, false)).problems, []);
	t.like((await check(wrong)).problems[0], {code: 'CHECK_SNAPSHOT_WRONG', blockNo: 99});
});

/** One bit of the first nonce. */
const withOtherNonce = ({praosState}: LedgerSnapshot): Uint8Array => flipped(praosState, 5);

test('tells, in full, when a rule refuses a block that hangs together', async t => {
	const whole = defined(blocks[30], 'a block');
	// The last byte of the header is the last of its signature.
	const end = whole.headerBytes.length;
	const bytes = flipped(whole.bytes, end);
	const decoded = decodeBlock(crypto, bytes);
	if (!decoded.ok) return t.fail();
	const forged = withBlock(30, block => ({...block, hash: decoded.value.header.hash, bytes}));
	const broken = {code: 'CHECK_BLOCK_LINK_BROKEN', blockNo: 31};
	t.like((await check(forged)).problems, [{code: 'CHECK_BLOCK_INVALID', blockNo: 30}, broken] as never);
	t.like((await check(forged, false)).problems, [broken] as never);
});

test('tells, in full, what the index does not find', async t => {
	const {chainIndex} = sourceStores;
	const forgetful = {...chainIndex, events: async () => []};
	const {problems} = await check({...sourceStores, chainIndex: forgetful});
	// Blocks without a transaction have no events but at boundaries.
	t.like(problems[0], {code: 'CHECK_INDEX_WRONG', blockNo: 20});
	t.deepEqual((await check({...sourceStores, chainIndex: forgetful}, false)).problems, []);
});
