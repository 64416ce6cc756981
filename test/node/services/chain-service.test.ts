import test from 'ava';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {BlockNo} from '#kernel/slot';
import type {LedgerEvent} from '#ledger/events';
import {accountHistory, findInBlocks} from '#node/services/chain/chain-history';
import {createChainReader} from '#node/services/chain/chain-reader';
import {ada, alice, bob} from '../../support/ledger-genesis.ts';
import {flipped} from '../../support/praos.ts';
import {
	feed,
	ledgerBytes,
	memoryStores,
	openTestChain,
	pools,
	TestChain,
	testNetwork,
	timeOfSlot,
} from '../../support/test-chain.ts';
import {createVirtualClock} from '../../support/virtual-clock.ts';

const world = new TestChain();
const {network} = world;
const {k} = network.params;
const trunk = world.grow(world.origin, 12);
const never = new AbortController().signal;

/** Each branch leaves the trunk after `at` blocks; another pool makes its first block, so that it differs. */
const forkAt = (at: number, count: number) => {
	const root = world.cut(trunk, at);
	const next = defined(trunk.blocks[at], 'the trunk goes on').header;
	const others = pools.filter(
		({poolId}) =>
			!poolId.every((byte, index) => byte === network.env.crypto.blake2b224(next.issuerVk)[index]),
	);
	return world.grow(root, count, index => (index === 0 ? {pools: others} : {}));
};

test('begins at origin with the state of the genesis', async t => {
	const chain = await openTestChain(network);
	t.is(chain.tip, 'origin');
	t.is(chain.immutableTip, 'origin');
	t.deepEqual(ledgerBytes(chain.ledger), ledgerBytes(world.origin.ledger));
});

test('adopts block after block, and what is k deep is final', async t => {
	const chain = await openTestChain(network);
	await feed(chain, trunk.blocks);
	t.deepEqual(chain.tip, trunk.tip);
	t.is(chain.immutableTip === 'origin' ? -1 : chain.immutableTip.blockNo, BlockNo(11 - k));
	t.deepEqual(ledgerBytes(chain.ledger), ledgerBytes(trunk.ledger));
	t.deepEqual(chain.praosState, trunk.praosState);
});

test('tells of each block after it is on disk, with what the ledger did', async t => {
	const payment = world.transaction(trunk, alice, {kind: 'transfer', to: bob.account, amount: ada(5)});
	const branch = world.grow(world.cut(trunk, 2), 1, {transactions: [payment]});
	const stores = memoryStores();
	const chain = await openTestChain(network, {stores});
	const told: {blockNo: number; kinds: string[]; stored: unknown}[] = [];
	chain.onChange(
		event => {
			if (event.kind !== 'adopted') return;
			const {header} = event.block;
			const kinds = event.events.map(({kind}: LedgerEvent) => kind);
			told.push({blockNo: header.blockNo, kinds, stored: stores.chainStore.selection().tip});
		},
		{signal: never},
	);
	await feed(chain, branch.blocks);
	t.deepEqual(
		told.map(({blockNo}) => blockNo),
		[0, 1, 2],
	);
	t.deepEqual(told[2]?.kinds, ['transaction', 'transferred']);
	for (const [index, {stored}] of told.entries()) t.deepEqual(stored, branch.blocks[index]?.header.hash);
	const ports = {chain, reader: createChainReader(chain)};
	t.like(await findInBlocks(ports, payment.id), {blockNo: BlockNo(2)});
	const [found] = await accountHistory(ports, toHex(bob.account), {limit: 1});
	const line = defined(found, 'a line');
	t.like(JSON.parse(line.entry), {
		balanceBefore: String(ada(1_000_000)),
		balanceAfter: String(ada(1_000_005)),
	});
});

test('takes headers first and then bodies in any order', async t => {
	const chain = await openTestChain(network);
	for (const {header} of trunk.blocks.slice(0, 3))
		t.deepEqual(chain.considerHeader(header), {ok: true, value: 'new'});
	const last = defined(trunk.blocks[2], 'three blocks').header;
	t.true(chain.isBetter(last.hash));
	const lacking = (): number =>
		trunk.blocks.slice(0, 3).filter(({header}) => chain.find(header.hash)?.body === undefined).length;
	t.is(lacking(), 3);
	t.is(chain.tip, 'origin');
	// Bodies in any order.
	for (const index of [2, 0]) await feed(chain, trunk.blocks.slice(index, index + 1));
	t.is(lacking(), 1);
	await feed(chain, trunk.blocks.slice(1, 2));
	t.deepEqual(chain.tip, {slot: last.slot, hash: last.hash, blockNo: last.blockNo});
	t.deepEqual(chain.considerHeader(last), {ok: true, value: 'known'});
});

for (const depth of [1, 3, k])
	test(`goes over to a longer chain that leaves ours ${depth} blocks below the tip, and back`, async t => {
		const chain = await openTestChain(network);
		await feed(chain, trunk.blocks);
		const fork = forkAt(12 - depth, depth + 1);
		const events: string[] = [];
		chain.onChange(event => events.push(event.kind), {signal: never});
		await feed(chain, fork.blocks.slice(12 - depth));
		t.deepEqual(chain.tip, fork.tip);
		t.deepEqual(ledgerBytes(chain.ledger), ledgerBytes(fork.ledger));
		t.deepEqual(chain.praosState, fork.praosState);
		t.true(events.includes('rolledBack'));
		if (depth === k) return;
		const back = world.grow(trunk, 2);
		await feed(chain, back.blocks.slice(12));
		t.deepEqual(chain.tip, back.tip);
		t.deepEqual(ledgerBytes(chain.ledger), ledgerBytes(back.ledger));
	});

test('refuses a chain that leaves ours more than k blocks below the tip', async t => {
	const chain = await openTestChain(network);
	await feed(chain, trunk.blocks);
	const fork = forkAt(11 - k, k + 3);
	const verdict = await chain.considerBlock(defined(fork.blocks[11 - k], 'the first of the fork').bytes);
	t.false(verdict.ok);
	if (!verdict.ok) t.is(verdict.error.code, 'CHAIN_FORK_TOO_DEEP');
	t.deepEqual(chain.tip, trunk.tip);
});

test('keeps what it has against a chain of the same length that came later, but for the lower VRF output', async t => {
	const fork = forkAt(11, 1);
	const [ours, theirs] = [trunk.blocks[11], fork.blocks[11]].map(block => defined(block, 'block 11').header);
	const lower =
		Buffer.compare(defined(ours, '').vrfOutput, defined(theirs, '').vrfOutput) < 0 ? ours : theirs;
	const isNear = Math.abs(defined(ours, '').slot - defined(theirs, '').slot) <= 5;
	for (const order of [
		[trunk, fork],
		[fork, trunk],
	]) {
		const chain = await openTestChain(network);
		await feed(chain, defined(order[0], '').blocks);
		await feed(chain, defined(order[1], '').blocks.slice(11));
		const expected = isNear ? defined(lower, '').hash : defined(order[0]?.blocks[11], '').header.hash;
		t.deepEqual(chain.tip === 'origin' ? undefined : chain.tip.hash, expected);
	}
});

test('refuses a block whose body breaks a rule, keeps the blocks before it, and remembers', async t => {
	const wrong = world.transaction(
		trunk,
		alice,
		{kind: 'transfer', to: bob.account, amount: ada(5)},
		{sequence: 9},
	);
	const branch = world.grow(world.cut(trunk, 4), 3, index => (index === 1 ? {transactions: [wrong]} : {}));
	const chain = await openTestChain(network);
	await feed(chain, branch.blocks.slice(0, 5));
	const bad = defined(branch.blocks[5], 'the bad block');
	const verdict = await chain.considerBlock(bad.bytes);
	t.like(verdict, {
		ok: false,
		error: {
			code: 'CHAIN_BLOCK_REFUSED_BEFORE',
			failure: {
				code: 'BLOCK_TRANSACTION_INVALID',
				index: 0,
				txId: wrong.id,
				error: {code: 'TX_SEQUENCE_WRONG', sequence: 9, expected: 0},
			},
		},
	});
	t.deepEqual(chain.tip, world.cut(branch, 5).tip);
	t.deepEqual(ledgerBytes(chain.ledger), ledgerBytes(world.cut(branch, 5).ledger));
	const child = chain.considerHeader(defined(branch.blocks[6], 'its child').header);
	t.false(child.ok);
	if (!child.ok) t.is(child.error.code, 'CHAIN_BLOCK_REFUSED_BEFORE');
});

test('goes over to the valid part of a longer chain when it is still longer than ours', async t => {
	const root = world.cut(trunk, 6);
	const wrong = world.transaction(
		root,
		alice,
		{kind: 'transfer', to: bob.account, amount: ada(5)},
		{sequence: 9},
	);
	const fork = world.grow(forkAt(6, 3), 2, index => (index === 0 ? {transactions: [wrong]} : {}));
	const chain = await openTestChain(network);
	await feed(chain, trunk.blocks.slice(0, 8));
	for (const {header} of fork.blocks.slice(6)) chain.considerHeader(header);
	// The bad block's body first: the branch is complete only with the last of these.
	for (const index of [10, 9, 8, 7]) await feed(chain, fork.blocks.slice(index, index + 1));
	await chain.considerBlock(defined(fork.blocks[6], 'the first of the fork').bytes);
	t.deepEqual(chain.tip, world.cut(fork, 9).tip);
	t.deepEqual(ledgerBytes(chain.ledger), ledgerBytes(world.cut(fork, 9).ledger));
});

test('stays where it was when the valid part of a longer chain is not longer than ours', async t => {
	const root = world.cut(trunk, 6);
	const wrong = world.transaction(
		root,
		alice,
		{kind: 'transfer', to: bob.account, amount: ada(5)},
		{sequence: 9},
	);
	const fork = world.grow(forkAt(6, 1), 4, index => (index === 0 ? {transactions: [wrong]} : {}));
	const chain = await openTestChain(network);
	await feed(chain, trunk.blocks.slice(0, 10));
	for (const {header} of fork.blocks.slice(6)) chain.considerHeader(header);
	for (const index of [10, 9, 8, 7]) await feed(chain, fork.blocks.slice(index, index + 1));
	await chain.considerBlock(defined(fork.blocks[6], 'the first of the fork').bytes);
	t.deepEqual(chain.tip, world.cut(trunk, 10).tip);
	t.deepEqual(ledgerBytes(chain.ledger), ledgerBytes(world.cut(trunk, 10).ledger));
});

test('refuses bytes that are no block, and a body that its header does not promise', async t => {
	const chain = await openTestChain(network);
	const {bytes} = defined(trunk.blocks[0], 'a block');
	const none = await chain.considerBlock(bytes.subarray(0, -1));
	t.like(none, {ok: false, error: {code: 'CBOR_TRUNCATED'}});
	const other = await chain.considerBlock(flipped(bytes, bytes.length - 3));
	t.false(other.ok);
	t.is(chain.tip, 'origin');
	// The header is not to blame: the right body is still taken.
	t.deepEqual(await chain.considerBlock(bytes), {ok: true, value: 'adopted'});
});

test('refuses a header whose parent it does not know', async t => {
	const chain = await openTestChain(network);
	const {header} = defined(trunk.blocks[3], 'a block');
	t.deepEqual(chain.considerHeader(header), {
		ok: false,
		error: {code: 'CHAIN_PARENT_UNKNOWN', hash: header.hash, prevHash: header.prevHash},
	});
});

test('refuses a header with a wrong signature', async t => {
	const chain = await openTestChain(network);
	const {header} = defined(trunk.blocks[0], 'a block');
	const judged = chain.considerHeader({...header, kesSignature: flipped(header.kesSignature, 70)});
	t.like(judged, {ok: false, error: {code: 'KES_SIGNATURE_INVALID'}});
});

test('refuses a header further ahead of the clock than clocks differ', async t => {
	const {header} = defined(trunk.blocks[0], 'a block');
	const startMs = network.slots.systemStartMs + header.slot * network.slots.slotLengthMs;
	const chain = await openTestChain(network, {clock: createVirtualClock(startMs - 2001)});
	t.deepEqual(chain.considerHeader(header), {
		ok: false,
		error: {code: 'HEADER_FROM_FUTURE', slot: header.slot, aheadMs: 2001},
	});
	const later = await openTestChain(network, {clock: createVirtualClock(startMs - 2000)});
	t.true(later.considerHeader(header).ok);
});

test('holds a block back until Cardano shows what it says, and refuses one that Cardano belies', async t => {
	const mcRef = {slot: 20, hash: network.env.crypto.blake2b256(Uint8Array.of(20))};
	const branch = world.grow(world.cut(trunk, 3), 2, index =>
		index === 0 ? {mainChain: {mcRef, events: []}} : {},
	);
	let verdict: 'holds' | 'wait' | {code: 'MC_REF_UNKNOWN'; mcRef: typeof mcRef} = 'wait';
	const chain = await openTestChain(network, {
		mainChain: {
			judge: async (_, segment) => (segment.mcRef.slot === 20 ? verdict : 'holds'),
			judgePeriods: async () => 'holds',
			segmentAfter: async parent => ({mcRef: parent, events: []}),
			onChange: () => undefined,
			tip: () => undefined,
			unreachableSinceMs: () => undefined,
			rolledBackSinceMs: () => undefined,
			run: async () => undefined,
		},
	});
	await feed(chain, branch.blocks);
	t.deepEqual(chain.tip, world.cut(trunk, 3).tip);
	verdict = 'holds';
	await chain.reconsider();
	t.deepEqual(chain.tip, branch.tip);

	verdict = {code: 'MC_REF_UNKNOWN', mcRef};
	const other = await openTestChain(network, {
		mainChain: {
			judge: async (_, segment) => (segment.mcRef.slot === 20 ? verdict : 'holds'),
			judgePeriods: async () => 'holds',
			segmentAfter: async parent => ({mcRef: parent, events: []}),
			onChange: () => undefined,
			tip: () => undefined,
			unreachableSinceMs: () => undefined,
			rolledBackSinceMs: () => undefined,
			run: async () => undefined,
		},
	});
	await feed(other, branch.blocks.slice(0, 3));
	t.like(await other.considerBlock(defined(branch.blocks[3], 'the block').bytes), {
		ok: false,
		error: {code: 'CHAIN_BLOCK_REFUSED_BEFORE', failure: {code: 'MC_REF_UNKNOWN'}},
	});
	t.deepEqual(other.tip, world.cut(trunk, 3).tip);
});

test('stops with a code when the disk is full, and does nothing on top of what was not written', async t => {
	const stores = memoryStores();
	const full = new NodeError({code: 'STORE_DISK_FULL', message: 'full'});
	const disk = {isFull: false as boolean};
	const failures: NodeError[] = [];
	const chain = await openTestChain(network, {
		stores: {
			...stores,
			chainStore: {
				...stores.chainStore,
				select: selection => (disk.isFull ? Promise.reject(full) : stores.chainStore.select(selection)),
			},
		},
		failed: error => failures.push(error),
	});
	await feed(chain, trunk.blocks.slice(0, 2));
	disk.isFull = true;
	const {bytes} = defined(trunk.blocks[2], 'a block');
	t.is(await t.throwsAsync(chain.considerBlock(bytes), {instanceOf: NodeError}), full);
	t.deepEqual(failures, [full]);
	disk.isFull = false;
	const error = await t.throwsAsync(chain.considerBlock(defined(trunk.blocks[3], 'a block').bytes), {
		instanceOf: NodeError,
	});
	t.is(error?.code, 'CHAIN_STOPPED');
	const again = await openTestChain(network, {stores});
	await feed(again, trunk.blocks.slice(3));
	t.deepEqual(again.tip, trunk.tip);
});

test('does not take the time of a slot that has not begun for the past', async t => {
	const clock = createVirtualClock(timeOfSlot(testNetwork(), 0));
	const chain = await openTestChain(network, {clock});
	const late = trunk.blocks.find(({header}) => header.slot > 3);
	const judged = chain.considerHeader(defined(late, 'a later block').header);
	t.false(judged.ok);
});
