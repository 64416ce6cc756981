/** Following a chain: scripted peers, good and bad, over a memory bearer and a virtual clock. */
import test from 'ava';
import {defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import {chainSyncCodec} from '#relay/protocols/chain-sync/codec';
import {preprodBlocks, ServedChain} from '../../support/relay/chain.ts';
import {connectPair, meet} from '../../support/relay/peer.ts';
import {settle} from '../../support/relay/virtual-timer.ts';

const {signal} = new AbortController();
const blocks = preprodBlocks().slice(0, 30);
const first = defined(blocks[0], 'blocks');
const last = defined(blocks.at(-1), 'blocks');
const CHAIN_SYNC = 2;

test('a follower is served: intersection, roll back, headers, wait, then the new block and a switch', async t => {
	const growing = new ServedChain(blocks.slice(0, 3));
	const {left, right} = await connectPair({}, {handlers: () => ({chain: growing.follow()})});
	const {chainSync} = defined(left.client, 'client');
	const unknown = {slot: last.point.slot, hash: last.point.hash};
	t.deepEqual(await chainSync.findIntersect([unknown], {signal}), {kind: 'notFound', tip: growing.tip});
	const second = defined(blocks[1], 'blocks').point;
	t.deepEqual(await chainSync.findIntersect([unknown, second, 'origin'], {signal}), {
		kind: 'found',
		point: second,
		tip: growing.tip,
	});
	t.deepEqual(await chainSync.next({signal}), {kind: 'rollBackward', point: second, tip: growing.tip});
	t.like(await chainSync.next({signal}), {kind: 'rollForward'});
	const waiting = chainSync.next({signal});
	await settle();
	t.true(chainSync.isAtTip);
	growing.replace(blocks.slice(0, 4));
	t.deepEqual(await waiting, {
		kind: 'rollForward',
		header: defined(blocks[3], 'blocks').header,
		tip: growing.tip,
	});
	growing.replace([first, defined(blocks[1], 'blocks')]);
	t.deepEqual(await chainSync.next({signal}), {kind: 'rollBackward', point: second, tip: growing.tip});
	left.close();
	t.is((await right.closed).code, 'RELAY_PEER_GONE');
});

test('a follower that gives up waiting loses nothing', async t => {
	const growing = new ServedChain(blocks.slice(0, 1));
	const {left} = await connectPair({}, {handlers: () => ({chain: growing.follow()})});
	const {chainSync} = defined(left.client, 'client');
	await chainSync.findIntersect([first.point], {signal});
	await chainSync.next({signal});
	const controller = new AbortController();
	const waiting = chainSync.next({signal: controller.signal});
	await settle();
	controller.abort(new NodeError({code: 'TEST_ABORTED'}));
	await t.throwsAsync(waiting, {code: 'TEST_ABORTED'});
	growing.replace(blocks.slice(0, 2));
	t.deepEqual(await chainSync.next({signal}), {
		kind: 'rollForward',
		header: defined(blocks[1], 'blocks').header,
		tip: growing.tip,
	});
});

test('a batch is what has come, in order, and ends where there is nothing newer', async t => {
	const growing = new ServedChain(blocks.slice(0, 12));
	const {left} = await connectPair({}, {handlers: () => ({chain: growing.follow()})});
	const {chainSync} = defined(left.client, 'client');
	await chainSync.findIntersect([first.point], {signal});
	const kinds: string[] = [];
	const headers: unknown[] = [];
	while (headers.length < 11) {
		await settle();
		const batch = await chainSync.nextBatch(4, {signal});
		t.true(batch.length >= 1 && batch.length <= 4);
		for (const update of batch) {
			kinds.push(update.kind);
			if (update.kind === 'rollForward') headers.push(update.header);
		}
	}
	t.deepEqual(
		headers,
		blocks.slice(1, 12).map(({header}) => header),
	);
	t.deepEqual(kinds, ['rollBackward', ...headers.map(() => 'rollForward')]);
	const waiting = chainSync.nextBatch(4, {signal});
	await settle();
	growing.replace(blocks.slice(0, 13));
	t.deepEqual(await waiting, [
		{kind: 'rollForward', header: defined(blocks[12], 'blocks').header, tip: growing.tip},
	]);
});

test('a follower far behind has up to 300 requests under way, one at the tip has one', async t => {
	const {peer, connection} = await meet({direction: 'outbound'});
	const {chainSync} = defined(connection.client, 'client');
	let open = 0;
	let most = 0;
	const reply = chainSyncCodec.encode({kind: 'rollForward', header: first.header, tip: last.tip});
	for (let index = 0; index < 2_000; index++) {
		const next = chainSync.next({signal});
		await settle(3);
		open += peer.take(CHAIN_SYNC, 'server').length / 2;
		most = Math.max(most, open);
		peer.send(CHAIN_SYNC, 'server', reply);
		open--;
		await next;
	}
	t.is(most, 300);
});
