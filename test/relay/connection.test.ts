/** Whole connections: turns, limits, times, endings: scripted peers, good and bad, over a memory bearer and a virtual clock. */
import test from 'ava';
import {assert, defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import type {PeerHandlers} from '#relay/handlers';
import {blockFetchCodec} from '#relay/protocols/block-fetch/codec';
import {chainSyncCodec} from '#relay/protocols/chain-sync/codec';
import {keepAliveCodec} from '#relay/protocols/keep-alive/codec';
import {txSubmissionCodec} from '#relay/protocols/tx-submission/codec';
import {preprodBlocks, ServedChain} from '../support/relay/chain.ts';
import {connectPair, meet, reasonOf} from '../support/relay/peer.ts';
import {settle} from '../support/relay/virtual-timer.ts';

const {signal} = new AbortController();
const blocks = preprodBlocks().slice(0, 30);
const first = defined(blocks[0], 'blocks');
const last = defined(blocks.at(-1), 'blocks');
const chain = new ServedChain(blocks);
const serving = (): PeerHandlers => ({chain: chain.follow(), blocks: chain.blocks});
const CHAIN_SYNC = 2;
const BLOCK_FETCH = 3;
const TX_SUBMISSION = 4;
const KEEP_ALIVE = 8;
const PEER_SHARING = 10;

test('each message out of its turn ends the connection with the state it was in', async t => {
	const cases = [
		[CHAIN_SYNC, '8101', {protocol: 'chain-sync', state: 'idle', received: 'awaitReply'}],
		[BLOCK_FETCH, '8102', {protocol: 'block-fetch', state: 'idle', received: 'startBatch'}],
		[KEEP_ALIVE, '820101', {protocol: 'keep-alive', state: 'client', received: 'response'}],
		[PEER_SHARING, '820180', {protocol: 'peer-sharing', state: 'idle', received: 'sharePeers'}],
	] as const;
	for (const [protocol, hex, expected] of cases) {
		const {peer, connection, timer} = await meet({handlers: serving});
		peer.send(protocol, 'client', new Uint8Array(Buffer.from(hex, 'hex')));
		t.deepEqual(await reasonOf(connection), {code: 'RELAY_MESSAGE_UNEXPECTED', ...expected});
		await settle();
		t.true(peer.closed);
		t.is(timer.pending, 0);
	}
});

test('an answer that nobody asked for ends the connection at its first bytes, whatever it is', async t => {
	const block = blockFetchCodec.encode({kind: 'block', block: new Uint8Array(60_000)});
	const cases = [
		[CHAIN_SYNC, Uint8Array.of(0x81), 'chain-sync'],
		[BLOCK_FETCH, block.subarray(0, 12_000), 'block-fetch'],
		[PEER_SHARING, Uint8Array.of(0x82, 1), 'peer-sharing'],
	] as const;
	for (const [protocolId, bytes, protocol] of cases) {
		const {peer, connection, timer} = await meet({handlers: serving});
		t.true(connection.peer.duplex);
		peer.send(protocolId, 'server', bytes);
		t.deepEqual(await reasonOf(connection), {code: 'RELAY_MESSAGE_UNEXPECTED', protocol, problem: 'UNASKED'});
		t.is(timer.pending, 0);
	}
});

test('who asks for transactions may ask on before it has its answers', async t => {
	let asked = 0;
	const offered = {id: {era: 6, bytes: new Uint8Array(32)}, sizeBytes: 100};
	const {peer, connection} = await meet({
		handlers: () => ({
			txOutlet: {
				take: () => (asked++ === 0 ? [offered] : []),
				waitForMore: async () => undefined,
				transaction: () => undefined,
				close: () => undefined,
			},
		}),
	});
	for (const kind of ['requestTxIdsBlocking', 'requestTxIdsNonBlocking', 'requestTxIdsNonBlocking'] as const)
		peer.send(TX_SUBMISSION, 'server', txSubmissionCodec.encode({kind, acknowledged: 0, requested: 1}));
	await settle();
	t.is(asked, 3);
	t.false(peer.closed);
	connection.close();
});

test('bytes that are no message of the protocol end the connection without quoting them', async t => {
	const {peer, connection} = await meet({handlers: serving});
	peer.send(CHAIN_SYNC, 'client', new Uint8Array(Buffer.from('820441ab', 'hex')));
	const reason = await connection.closed;
	t.is(reason.code, 'RELAY_MESSAGE_MALFORMED');
	t.like(reason.detail, {protocol: 'chain-sync', state: 'idle', problem: 'CBOR_WRONG_TYPE', at: 2});
	t.notRegex(JSON.stringify(reason.detail), /41ab|171/);
});

test('a message longer than its state allows ends the connection, though another state allows more', async t => {
	const {peer, connection} = await meet({direction: 'outbound'});
	const {blockFetch} = defined(connection.client, 'client');
	const fetched = t.throwsAsync(
		blockFetch.fetchRange({from: first.point, to: last.point}, () => undefined, {signal}),
		{
			code: 'RELAY_MESSAGE_TOO_LONG',
		},
	);
	await settle();
	const block = blockFetchCodec.encode({kind: 'block', block: new Uint8Array(70_000)});
	for (let at = 0; at < block.length; at += 60_000)
		peer.send(BLOCK_FETCH, 'server', block.subarray(at, at + 60_000));
	await fetched;
	t.deepEqual(await reasonOf(connection), {
		code: 'RELAY_MESSAGE_TOO_LONG',
		protocol: 'block-fetch',
		state: 'busy',
	});
});

test('a peer that does not answer in time is let go, with every state its own time', async t => {
	const late = async (
		act: (meeting: Awaited<ReturnType<typeof meet>>) => Promise<unknown> | undefined,
		ms: number,
		state: string,
		options = {},
	): Promise<void> => {
		const meeting = await meet(options);
		const call = act(meeting);
		const failed = call === undefined ? undefined : t.throwsAsync(call, {code: 'RELAY_PEER_LATE'});
		await settle();
		// Answers what is not tested, so that only one clock runs out.
		meeting.timer.advance(ms - 1);
		await settle();
		t.is(meeting.peer.closed, false, state);
		meeting.timer.advance(1);
		t.like((await meeting.connection.closed).detail, {code: 'RELAY_PEER_LATE', state});
		await failed;
		t.is(meeting.timer.pending, 0);
	};
	const outbound = {direction: 'outbound'} as const;
	const alive = Uint8Array.of(0x82, 1, 0);
	await late(
		({connection}) => connection.client?.chainSync.findIntersect(['origin'], {signal}),
		10_000,
		'intersect',
		outbound,
	);
	await late(({connection}) => connection.client?.chainSync.next({signal}), 10_000, 'canAwait', outbound);
	await late(
		({connection, peer}) => {
			peer.send(KEEP_ALIVE, 'server', alive);
			return connection.client?.blockFetch.fetchRange({from: first.point, to: last.point}, () => undefined, {
				signal,
			});
		},
		60_000,
		'busy',
		outbound,
	);
	await late(() => undefined, 60_000, 'server', outbound);
	await late(() => undefined, 97_000, 'client', {peerInitiatorOnly: true});
});

test('a server that says wait has ten minutes and more for the next block', async t => {
	const {peer, connection, timer} = await meet({direction: 'outbound', peerInitiatorOnly: true});
	const next = t.throwsAsync(defined(connection.client, 'client').chainSync.next({signal}), {
		code: 'RELAY_PEER_LATE',
	});
	await settle();
	peer.send(CHAIN_SYNC, 'server', chainSyncCodec.encode({kind: 'awaitReply'}));
	await settle();
	t.true(defined(connection.client, 'client').chainSync.isAtTip);
	for (let second = 0; second < 60; second++) {
		timer.advance(10_000);
		await settle(6);
		const asked = keepAliveCodec.decode(peer.take(KEEP_ALIVE, 'server'));
		if (!asked.ok || asked.value.kind !== 'keepAlive') continue;
		peer.send(KEEP_ALIVE, 'server', keepAliveCodec.encode({kind: 'response', cookie: asked.value.cookie}));
		await settle(6);
	}
	t.false(peer.closed);
	timer.advance(1_000);
	t.like((await connection.closed).detail, {code: 'RELAY_PEER_LATE', state: 'mustReply'});
	await next;
});

test('when our own side cannot serve, the connection ends and keeps the cause', async t => {
	const cause = new NodeError({code: 'TEST_DISK'});
	const {left, right} = await connectPair(
		{},
		{handlers: () => ({blocks: {range: () => Promise.reject(cause)}})},
	);
	const fetching = defined(left.client, 'client').blockFetch.fetchRange(
		{from: first.point, to: last.point},
		() => undefined,
		{signal},
	);
	await t.throwsAsync(fetching, {code: 'RELAY_PEER_GONE'});
	const reason = await right.closed;
	t.is(reason.code, 'RELAY_HANDLER_FAILED');
	t.is(reason.cause, cause);
});

test('closing rejects every call that waits, with the one reason, and leaves no timer', async t => {
	const {connection, timer} = await meet({direction: 'outbound'});
	const {chainSync, blockFetch, peerSharing} = defined(connection.client, 'client');
	assert(peerSharing !== undefined, 'peer sharing');
	const range = {from: first.point, to: last.point};
	const calls = [
		chainSync.next({signal}),
		blockFetch.fetchRange(range, () => undefined, {signal}),
		blockFetch.fetchRange(range, () => undefined, {signal}),
		peerSharing.ask(3, {signal}),
		peerSharing.ask(4, {signal}),
	];
	await settle();
	connection.close();
	const reason = await connection.closed;
	for (const call of calls) t.is<unknown, unknown>(await t.throwsAsync<NodeError>(call), reason);
	t.is(reason.code, 'RELAY_CLOSED');
	t.is(timer.pending, 0);
	t.true(connection.signal.aborted);
	await t.throwsAsync(chainSync.next({signal}), {code: 'RELAY_CLOSED'});
});
