import test from 'ava';
import type {Block} from '#consensus/block/block';
import {slotStartMs} from '#consensus/time';
import {defined} from '#kernel/assert';
import {decode, encode} from '#kernel/cbor/codec';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Slot} from '#kernel/slot';
import {stateCodec} from '#ledger/state/state';
import type {CheckpointHistory} from '#node/ports/checkpoint-history';
import {createBlockSource} from '#node/services/chain/block-source';
import {followChain} from '#node/services/chain/chain-follower';
import {createChainReader} from '#node/services/chain/chain-reader';
import {eventLines} from '#node/services/chain/event-lines';
import {importSnapshot} from '#node/services/snapshot-file/import-snapshot';
import {flipped} from '../../../support/praos.ts';
import {memoryStores} from '../../../support/producer.ts';
import {QuickChain, quickGenesis} from '../../../support/quick-chain.ts';
import {silentLog} from '../../../support/silent-log.ts';
import {ledgerBytes} from '../../../support/test-chain.ts';
import {createVirtualClock} from '../../../support/virtual-clock.ts';
import {
	blocks,
	cardano,
	clock,
	each,
	exported,
	failureOf,
	file,
	first,
	forged,
	imported,
	network,
	open,
	pinned,
	signal,
	source,
	startBlock,
	world,
} from '../support/snapshot-world.ts';

test('a new node goes on from the file as the one that wrote it', async t => {
	const {result, stores} = await imported(file);
	const last = defined(blocks[165], 'five blocks below the tip').header;
	const {hash, blockNo, slot} = startBlock.header;
	t.deepEqual(result, {
		ok: true,
		value: {
			period: 1,
			stateRoot: first.stateRoot,
			checkpoint: first,
			laterCheckpoints: [2],
			start: {hash, blockNo, slot},
			tip: {hash: last.hash, blockNo: last.blockNo, slot: last.slot},
			blocks: 116,
		},
	});
	const chain = await open(stores);
	t.deepEqual(chain.tip, {hash: last.hash, blockNo: last.blockNo, slot: last.slot});
	for (const {bytes} of blocks.slice(166))
		t.deepEqual(await chain.considerBlock(bytes), {ok: true, value: 'adopted'});
	t.deepEqual(chain.tip, source.tip);
	t.deepEqual(ledgerBytes(chain.ledger), ledgerBytes(source.ledger));
	t.deepEqual(await exported(chain), file);
});

test('a node that began with a checkpoint serves its blocks, and nobody the ones before', async t => {
	const chain = await open((await imported(file)).stores);
	const reader = createChainReader(chain);
	const follower = followChain(chain, reader);
	const {tip} = chain;
	t.deepEqual(await follower.findIntersect(['origin'], {signal}), {intersect: undefined, tip});
	await t.throwsAsync(followChain(chain, reader).next({signal}), {code: 'CHAIN_START_NOT_KEPT'});
	const {hash, slot} = startBlock.header;
	const point = {hash, slot};
	t.deepEqual(await follower.findIntersect([point, 'origin'], {signal}), {intersect: point, tip});
	t.is((await follower.next({signal}))?.kind, 'rollBackward');
	const next = await follower.next({signal});
	t.deepEqual(next?.kind === 'rollForward' && next.header.bytes, defined(blocks[50], 'a block').header.bytes);
	const lines = eventLines(chain, reader, {from: 0, signal});
	const line = lines.next();
	await chain.considerBlock(defined(blocks[166], 'a block').bytes);
	t.like(await line, {value: {blockNo: 166, event: {kind: 'adopted'}}} as never);
	const served: Uint8Array[] = [];
	const to = {hash: defined(blocks[52], 'a block').header.hash, slot: Slot(52)};
	for await (const block of (await createBlockSource(reader, () => undefined).range(
		{from: point, to},
		{signal},
	)) ?? [])
		served.push(block);
	t.is(served.length, 4);
});

test('the file can be written by the test as well as by the exporter', async t => {
	t.deepEqual((await imported(await forged())).result.ok, true);
});

test('without the blocks since, the chain begins with the block of the checkpoint', async t => {
	const {result, stores} = await imported(file, {checkpointOnly: true});
	t.true(result.ok);
	const chain = await open(stores);
	t.deepEqual(chain.tip, {
		hash: startBlock.header.hash,
		blockNo: startBlock.header.blockNo,
		slot: startBlock.header.slot,
	});
	for (const {bytes} of blocks.slice(50)) await chain.considerBlock(bytes);
	t.deepEqual(ledgerBytes(chain.ledger), ledgerBytes(source.ledger));
});

test('a file of an older checkpoint is as good while Cardano shows that one', async t => {
	const newest: CheckpointHistory = {stable: async () => (await world.checkpoints.stable()).slice(1)};
	t.deepEqual(await failureOf(file, {voucher: {...cardano, checkpoints: newest}}), {
		code: 'CHECKPOINT_NOT_ON_CARDANO',
		period: 1,
		known: [2],
	});
});

test('without Cardano it takes a root that the user trusts, and no other', async t => {
	const {result} = await imported(file, {voucher: {kind: 'trusted-root', stateRoot: first.stateRoot}});
	t.like(result, {ok: true, value: {checkpoint: undefined, laterCheckpoints: []}} as never);
	const trusted = Hash32(new Uint8Array(32));
	t.deepEqual(await failureOf(file, {voucher: {kind: 'trusted-root', stateRoot: trusted}}), {
		code: 'SNAPSHOT_ROOT_UNTRUSTED',
		found: first.stateRoot,
		trusted,
	});
});

test('compares block, state, payouts and committee with the checkpoint', async t => {
	for (const field of ['blockHash', 'stateRoot', 'payoutRoot', 'committeeHash'] as const) {
		const expected = Hash32(new Uint8Array(32).fill(1));
		const other: CheckpointHistory = {stable: async () => [{...first, [field]: expected}]};
		t.deepEqual(await failureOf(file, {voucher: {...cardano, checkpoints: other}}), {
			code: 'SNAPSHOT_STATE_OTHER',
			period: 1,
			field,
			expected,
			found: first[field],
		});
	}
});

test('a state with any row changed is another state', async t => {
	const richer = decode(stateCodec, pinned.state);
	if (!richer.ok) return t.fail();
	const [key, row] = defined([...richer.value.accounts][0], 'an account');
	richer.value.accounts.set(key, {...row, balance: Lovelace(row.balance + 1n)});
	t.like(await failureOf(await forged({state: encode(stateCodec, richer.value)})), {
		code: 'SNAPSHOT_STATE_OTHER',
		field: 'stateRoot',
	});
});

test('states that no chain has are refused and break nothing', async t => {
	const state = decode(stateCodec, pinned.state);
	if (!state.ok) return t.fail();
	const without = (table: 'snapshots' | 'challenge' | 'pots' | 'confirmedCheckpoint'): Uint8Array =>
		encode(stateCodec, {...state.value, [table]: new Map()});
	for (const table of ['pots', 'confirmedCheckpoint'] as const)
		t.like(await failureOf(await forged({state: without(table)})), {code: 'SNAPSHOT_STATE_BROKEN'}, table);
	for (const table of ['snapshots', 'challenge'] as const)
		t.like(await failureOf(await forged({state: without(table)})), {code: 'SNAPSHOT_STATE_OTHER'}, table);
	t.like(await failureOf(await forged({state: ledgerBytes(source.ledger)})), {
		code: 'SNAPSHOT_STATE_BROKEN',
		problem: 'the states are of another slot than the block',
	});
	const wanted = ledgerBytes((await open((await imported(file)).stores)).ledger);
	for (let at = 0; at < pinned.state.length; at += 97) {
		const {result, stores} = await imported(await forged({state: flipped(pinned.state, at, at % 8)}));
		if (!result.ok) t.regex(result.error.code, /^SNAPSHOT_STATE_(BROKEN|OTHER)$/, `byte ${at}`);
		// What is gone after the boundary, such as the count of the period's blocks, makes no difference.
		else t.deepEqual(ledgerBytes((await open(stores)).ledger), wanted, `byte ${at}`);
	}
	for (let at = 0; at < pinned.praosState.length; at += 11) {
		const failure = await failureOf(await forged({praosState: flipped(pinned.praosState, at, at % 8)}));
		t.regex(failure?.code ?? '', /^SNAPSHOT_STATE_(BROKEN|OTHER)$/, `byte ${at}`);
	}
});

test('the block of the state is a whole block and the one that the manifest names', async t => {
	t.like(await failureOf(await forged({block: flipped(startBlock.bytes, startBlock.bytes.length - 1)})), {
		code: 'SNAPSHOT_BLOCK_WRONG',
		problem: 'it is no block',
	});
	t.deepEqual(await failureOf(await forged({block: defined(blocks[50], 'a block').bytes})), {
		code: 'SNAPSHOT_BLOCK_WRONG',
		problem: 'the manifest names another block',
	});
});

test('a period that is not over by the clock is refused before anything is worked out', async t => {
	t.deepEqual(await failureOf(await forged({period: 9_007_199_254_740})), {
		code: 'SNAPSHOT_PERIOD_OPEN',
		period: 9_007_199_254_740,
		endsAtSlot: 50 * 9_007_199_254_740,
		currentSlot: 180,
	});
});

test('blocks since are judged like those of a peer', async t => {
	const good = blocks.slice(50, 166);
	const [one] = good;
	const bad = {...defined(one, 'a block'), bytes: flipped(defined(one, 'a block').bytes, 400)};
	t.like(await failureOf(await forged({since: [bad]})), {code: 'SNAPSHOT_BLOCK_REFUSED', index: 0});
	t.like(await failureOf(await forged({since: [...good.slice(0, 3), ...good.slice(4)]})), {
		code: 'SNAPSHOT_BLOCK_REFUSED',
		index: 3,
	});
	t.like(await failureOf(await forged({since: [...good, bad]})), {
		code: 'SNAPSHOT_BLOCK_REFUSED',
		index: 116,
	});
});

test('blocks from the future are refused', async t => {
	const early = createVirtualClock(slotStartMs(network.slots, Slot(100)));
	const result = await importSnapshot(
		{network, openStores: async () => memoryStores(), clock: early, log: silentLog},
		each([file]),
		{voucher: cardano, signal},
	);
	// The next block would wait for its slot; that after it would be refused.
	t.like(result, {ok: false, error: {code: 'SNAPSHOT_BLOCK_ASIDE', index: 51}} as never);
});

test('a chain with fewer blocks than half of the stake makes is refused, its checkpoint alone is not', async t => {
	const chain = new QuickChain();
	chain.until(54);
	chain.confirm(1);
	const thin: Block[] = [];
	while (chain.slot < 160) thin.push(chain.block({skip: 3}));
	const since = [...blocks.slice(50, 56), ...thin];
	const bytes = await forged({since});
	t.deepEqual(await failureOf(bytes), {
		code: 'SNAPSHOT_CHAIN_SPARSE',
		blocks: since.length,
		slots: chain.slot - 49,
		blocksMin: Math.floor((chain.slot - 49) / 2),
	});
	t.is(await failureOf(bytes, {checkpointOnly: true}), undefined);
});

test('a chain that a later checkpoint contradicts is refused', async t => {
	const other: CheckpointHistory = {
		stable: async () =>
			(await world.checkpoints.stable()).map(checkpoint =>
				checkpoint.period === 2 ? {...checkpoint, blockHash: Hash32(new Uint8Array(32))} : checkpoint,
			),
	};
	t.deepEqual(await failureOf(file, {voucher: {...cardano, checkpoints: other}}), {
		code: 'SNAPSHOT_CHECKPOINT_CONFLICT',
		period: 2,
	});
});

test('what the blocks say of Cardano has to be so', async t => {
	const {mainChain} = cardano;
	const mcRef = {slot: 12, hash: (await mainChain.blockAt(12))?.hash};
	t.deepEqual(
		await failureOf(file, {voucher: {...cardano, mainChain: {...mainChain, events: async () => []}}}),
		{
			code: 'SNAPSHOT_CARDANO_CONFLICT',
			mcRef,
			problem: 'Cardano has other events',
		} as never,
	);
	const elsewhere = {...mainChain, blockAt: async () => undefined};
	t.deepEqual(await failureOf(file, {voucher: {...cardano, mainChain: elsewhere}}), {
		code: 'SNAPSHOT_CARDANO_CONFLICT',
		mcRef,
		problem: 'Cardano has another block there',
	} as never);
});

test('a file of another network is refused', async t => {
	const other = new QuickChain(quickGenesis({networkMagic: 4711}));
	t.deepEqual(await failureOf(await forged({genesisHash: other.network.env.genesisHash})), {
		code: 'SNAPSHOT_FILE_OTHER_NETWORK',
		genesisHash: other.network.env.genesisHash,
		expected: network.env.genesisHash,
	});
});

test('a file that is cut off or altered anywhere is refused, and whoever gives it is let go of', async t => {
	let open = 0;
	async function* given(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
		open++;
		try {
			for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
		} finally {
			open--;
		}
	}
	for (let index = 0; index < 24; index++) {
		const at = Math.floor((file.length * index) / 24);
		for (const bytes of [file.subarray(0, at), flipped(file, at, index % 8)]) {
			const ports = {network, openStores: async () => memoryStores(), clock, log: silentLog};
			const result = await importSnapshot(ports, given(bytes), {voucher: cardano, signal});
			t.regex(result.ok ? '' : result.error.code, /^SNAPSHOT_FILE_/, `byte ${at}`);
		}
	}
	t.is(open, 0);
});

test('nothing is exported before a period is confirmed, and no period that was not kept', async t => {
	const young = new QuickChain();
	const chain = await open(memoryStores());
	for (const {bytes} of young.until(20)) await chain.considerBlock(bytes);
	await t.throwsAsync(exported(chain), {code: 'EXPORT_NO_CHECKPOINT'});
	await t.throwsAsync(exported(source, 7), {code: 'EXPORT_STATE_NOT_KEPT'});
	const third = await exported(source, 3);
	t.like(await failureOf(third), {code: 'CHECKPOINT_NOT_ON_CARDANO', period: 3, known: [1, 2]});
});
