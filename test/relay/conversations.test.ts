/** Scripted peers, good and bad, against a whole connection over a memory bearer and a virtual clock. */
import test from 'ava';
import {assert, defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {memoryBearers} from '#relay/bearer/memory';
import {openConnection} from '#relay/connection';
import {queryVersions} from '#relay/establish';
import type {PeerHandlers} from '#relay/handlers';
import {announcementsCodec} from '#relay/protocols/announcements/codec';
import {blockFetchCodec} from '#relay/protocols/block-fetch/codec';
import {chainSyncCodec} from '#relay/protocols/chain-sync/codec';
import {handshakeCodec} from '#relay/protocols/handshake/codec';
import {encodeVersionData} from '#relay/protocols/handshake/version-data';
import {keepAliveCodec} from '#relay/protocols/keep-alive/codec';
import {peerSharingCodec} from '#relay/protocols/peer-sharing/codec';
import {txSubmissionCodec} from '#relay/protocols/tx-submission/codec';
import {definiteList, indefiniteList} from '#relay/protocols/wire';
import {preprodBlocks, ServedChain} from '../support/relay/chain.ts';
import {connectPair, meet, NETWORK, RawPeer, reasonOf} from '../support/relay/peer.ts';
import {settle, VirtualTimer} from '../support/relay/virtual-timer.ts';

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
const ANNOUNCEMENTS = 40;

test('a peer that skips the handshake, or is silent in it, is let go', async t => {
	for (const [speak, code] of [
		[(peer: RawPeer) => peer.send(CHAIN_SYNC, 'client', Uint8Array.of(0x81, 0)), 'RELAY_PROTOCOL_UNKNOWN'],
		[(peer: RawPeer) => peer.send(0, 'client', Uint8Array.of(0x81, 9)), 'RELAY_MESSAGE_MALFORMED'],
		[(peer: RawPeer) => peer.send(0, 'client', Uint8Array.of(0x83, 1, 14, 0)), 'RELAY_MESSAGE_UNEXPECTED'],
		[() => undefined, 'RELAY_PEER_LATE'],
	] as const) {
		const timer = new VirtualTimer();
		const [ours, theirs] = memoryBearers();
		const opening = openConnection(
			{
				bearer: ours,
				direction: 'inbound',
				networkMagic: NETWORK,
				handlers: serving,
				environment: timer.environment(),
			},
			{signal},
		);
		const peer = new RawPeer(theirs);
		speak(peer);
		await settle();
		timer.advance(10_000);
		await t.throwsAsync(opening, {instanceOf: NodeError, code});
		await settle();
		t.true(peer.closed);
		t.is(timer.pending, 0);
	}
});

test('proposals without a common version, with bad data or of another network are answered and refused', async t => {
	const good = {networkMagic: NETWORK, initiatorOnly: false, peerSharing: false, query: false};
	for (const [versions, problem, reply] of [
		[[{version: 13, data: encodeVersionData(good)}], 'HANDSHAKE_VERSION_MISMATCH', '82028200820e0f'],
		[
			[{version: 14, data: Uint8Array.of(0)}],
			'HANDSHAKE_DATA_MALFORMED',
			'820283010e6f43424f525f57524f4e475f54595045',
		],
		[
			[{version: 14, data: encodeVersionData({...good, networkMagic: 1})}],
			'HANDSHAKE_MAGIC_MISMATCH',
			'820283020e766e6574776f726b206d61676963206d69736d61746368',
		],
		[
			[{version: 15, data: encodeVersionData({...good, query: true})}],
			'HANDSHAKE_QUERIED',
			'8203a20e84182af401f40f84182af401f4',
		],
	] as const) {
		const [ours, theirs] = memoryBearers();
		const opening = openConnection(
			{
				bearer: ours,
				direction: 'inbound',
				networkMagic: NETWORK,
				handlers: serving,
				environment: new VirtualTimer().environment(),
			},
			{signal},
		);
		const peer = new RawPeer(theirs);
		peer.send(0, 'client', handshakeCodec.encode({kind: 'proposeVersions', versions}));
		const failure = await t.throwsAsync<NodeError>(opening, {code: 'RELAY_HANDSHAKE_FAILED'});
		t.is(failure?.detail['problem'], problem);
		await settle();
		t.is(toHex(peer.take(0, 'client')), reply);
		t.true(peer.closed);
	}
});

test('an acceptance of what was not offered, or of another network, is refused', async t => {
	const data = {networkMagic: NETWORK, initiatorOnly: false, peerSharing: false, query: false};
	for (const [version, magic, problem] of [
		[13, NETWORK, 'HANDSHAKE_VERSION_NOT_OFFERED'],
		[14, 1, 'HANDSHAKE_MAGIC_MISMATCH'],
	] as const) {
		const [ours, theirs] = memoryBearers();
		const opening = openConnection(
			{
				bearer: ours,
				direction: 'outbound',
				networkMagic: NETWORK,
				handlers: serving,
				environment: new VirtualTimer().environment(),
			},
			{signal},
		);
		new RawPeer(theirs).send(
			0,
			'server',
			handshakeCodec.encode({
				kind: 'acceptVersion',
				version,
				data: encodeVersionData({...data, networkMagic: magic}),
			}),
		);
		const failure = await t.throwsAsync<NodeError>(opening, {code: 'RELAY_HANDSHAKE_FAILED'});
		t.is(failure?.detail['problem'], problem);
	}
});

test('a query gets the versions of the peer and no connection', async t => {
	const [ours, theirs] = memoryBearers();
	const environment = new VirtualTimer().environment();
	const opening = openConnection(
		{bearer: theirs, direction: 'inbound', networkMagic: NETWORK, handlers: serving, environment},
		{signal},
	);
	const [versions] = await Promise.all([
		queryVersions(ours, NETWORK, environment, {signal}),
		t.throwsAsync(opening, {code: 'RELAY_HANDSHAKE_FAILED'}),
	]);
	t.deepEqual(versions, [14, 15]);
});

test('a handshake can be aborted', async t => {
	const controller = new AbortController();
	const [ours, theirs] = memoryBearers();
	const peer = new RawPeer(theirs);
	const opening = openConnection(
		{
			bearer: ours,
			direction: 'outbound',
			networkMagic: NETWORK,
			handlers: serving,
			environment: new VirtualTimer().environment(),
		},
		{signal: controller.signal},
	);
	controller.abort(new NodeError({code: 'TEST_ABORTED'}));
	await t.throwsAsync(opening, {code: 'TEST_ABORTED'});
	await settle();
	t.true(peer.closed);
});

test('versions 14 and 15 meet at 15; duplex needs both ends', async t => {
	const {left, right} = await connectPair({}, {});
	t.like(left.peer, {version: 15, duplex: true, peerSharing: true, direction: 'outbound'});
	t.like(right.peer, {version: 15, duplex: true, peerSharing: true, direction: 'inbound'});
	const tool = await connectPair({initiatorOnly: true, peerSharing: false}, {});
	t.like(tool.left.peer, {duplex: false, peerSharing: false});
	t.is(tool.right.client, undefined);
	t.truthy(tool.left.client);
});

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

test('keep-alive measures the time of an answer and compares the cookie', async t => {
	const {peer, connection, timer} = await meet({direction: 'outbound'});
	t.is(connection.rttMs(), undefined);
	t.is(toHex(peer.take(KEEP_ALIVE, 'server')), '820000');
	timer.advance(25);
	peer.send(KEEP_ALIVE, 'server', Uint8Array.of(0x82, 1, 0));
	await settle();
	t.is(connection.rttMs(), 25);
	timer.advance(10_000);
	await settle();
	t.is(toHex(peer.take(KEEP_ALIVE, 'server')), '820001');
	peer.send(KEEP_ALIVE, 'server', Uint8Array.of(0x82, 1, 2));
	t.deepEqual(await reasonOf(connection), {
		code: 'RELAY_PROTOCOL_VIOLATED',
		protocol: 'keep-alive',
		problem: 'KEEP_ALIVE_COOKIE_WRONG',
	});
});

test('keep-alive is answered with the cookie that came, and can end and begin anew', async t => {
	const {peer} = await meet({peerInitiatorOnly: true});
	for (const [hex, reply] of [
		['820019abcd', '820119abcd'],
		['8102', ''],
		['820005', '820105'],
	] as const) {
		peer.send(KEEP_ALIVE, 'client', new Uint8Array(Buffer.from(hex, 'hex')));
		await settle();
		t.is(toHex(peer.take(KEEP_ALIVE, 'client')), reply);
	}
});

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

test('ranges are fetched in order however many are asked for, and the ones that are not there are said to be so', async t => {
	const {left} = await connectPair({}, {handlers: serving});
	const {blockFetch} = defined(left.client, 'client');
	const got: number[] = [];
	const outcomes = await Promise.all([
		...blocks.map((block, index) =>
			blockFetch.fetchRange(
				{from: block.point, to: block.point},
				bytes => {
					if (toHex(bytes) === toHex(block.bytes)) got.push(index);
				},
				{signal},
			),
		),
		blockFetch.fetchRange({from: last.point, to: first.point}, () => t.fail(), {signal}),
		blockFetch.fetchRange({from: 'origin', to: first.point}, () => t.fail(), {signal}),
	]);
	t.deepEqual(got, [...blocks.keys()]);
	t.deepEqual(outcomes.slice(-2), ['noBlocks', 'noBlocks']);
	t.is(blockFetch.pending, 0);
});

test('no more than a hundred ranges are under way', async t => {
	const {peer, connection} = await meet({direction: 'outbound'});
	const {blockFetch} = defined(connection.client, 'client');
	const range = {from: first.point, to: first.point};
	const length = blockFetchCodec.encode({kind: 'requestRange', ...range}).length;
	const calls = Array.from({length: 150}, () => blockFetch.fetchRange(range, () => t.fail(), {signal}));
	await settle();
	t.is(peer.take(BLOCK_FETCH, 'server').length, 100 * length);
	for (let index = 0; index < 150; index++) peer.send(BLOCK_FETCH, 'server', Uint8Array.of(0x81, 3));
	t.deepEqual(new Set(await Promise.all(calls)), new Set(['noBlocks']));
	await settle();
	t.is(peer.take(BLOCK_FETCH, 'server').length, 50 * length);
});

test('a fetch that is given up, or whose taker fails, does not disturb the others', async t => {
	const {left} = await connectPair({}, {handlers: serving});
	const {blockFetch} = defined(left.client, 'client');
	const controller = new AbortController();
	const range = {from: first.point, to: last.point};
	const given = blockFetch.fetchRange(range, () => controller.abort(new NodeError({code: 'TEST_ABORTED'})), {
		signal: controller.signal,
	});
	const failing = blockFetch.fetchRange(range, () => Promise.reject(new NodeError({code: 'TEST_TAKER'})), {
		signal,
	});
	let count = 0;
	const good = blockFetch.fetchRange(range, () => void count++, {signal});
	await t.throwsAsync(given, {code: 'TEST_ABORTED'});
	await t.throwsAsync(failing, {code: 'TEST_TAKER'});
	t.is(await good, 'fetched');
	t.is(count, blocks.length);
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

const mempool = (count: number) => {
	const txs = Array.from({length: count}, (_, index) => {
		const bytes = new Uint8Array(20 + index).fill(index);
		return {id: {era: 6, bytes: new Uint8Array(32).fill(index)}, bytes};
	});
	let taken = 0;
	return {
		txs,
		outlet: () => ({
			take: (max: number) => {
				const offered = txs.slice(taken, taken + max);
				taken += offered.length;
				return offered.map(({id, bytes}) => ({id, sizeBytes: bytes.length}));
			},
			waitForMore: ({signal: ended}: {signal: AbortSignal}) =>
				new Promise<void>((_, reject) => {
					ended.addEventListener('abort', () => reject(ended.reason));
				}),
			transaction: (id: {bytes: Uint8Array}) => {
				const found = txs.find(tx => toHex(tx.id.bytes) === toHex(id.bytes));
				// One of them left the mempool since it was offered.
				return found === undefined || found === txs[7] ? undefined : {era: 6, bytes: found.bytes};
			},
			close: () => undefined,
		}),
	};
};

test('all wanted transactions of a peer arrive once, in order, whatever has left its mempool', async t => {
	const {txs, outlet} = mempool(57);
	const got: Uint8Array[] = [];
	const {left} = await connectPair(
		{handlers: () => ({txOutlet: outlet()})},
		{
			handlers: () => ({
				txInlet: {
					wants: ({id}) => id.bytes[0] !== 3,
					add: async ({era, bytes}) => {
						t.is(era, 6);
						got.push(bytes);
					},
				},
			}),
		},
	);
	for (let turn = 0; turn < 100 && got.length < 55; turn++) await settle();
	const wanted = txs.filter((_, index) => index !== 3 && index !== 7).map(({bytes}) => toHex(bytes));
	t.deepEqual(got.map(toHex), wanted);
	left.close();
});

const tx = (message: Parameters<typeof txSubmissionCodec.encode>[0]): Uint8Array =>
	txSubmissionCodec.encode(message);

test('a peer that breaks the rules of asking for transactions is let go', async t => {
	const id = (byte: number) => ({era: 6, bytes: new Uint8Array(32).fill(byte)});
	const blocking = tx({kind: 'requestTxIdsBlocking', acknowledged: 0, requested: 3});
	const cases = [
		[
			[tx({kind: 'requestTxIdsBlocking', acknowledged: 1, requested: 1})],
			'TX_SUBMISSION_ACKNOWLEDGED_TOO_MANY',
		],
		[
			[tx({kind: 'requestTxIdsBlocking', acknowledged: 0, requested: 11})],
			'TX_SUBMISSION_REQUESTED_TOO_MANY',
		],
		[[tx({kind: 'requestTxIdsBlocking', acknowledged: 0, requested: 0})], 'TX_SUBMISSION_NOTHING_REQUESTED'],
		[[tx({kind: 'requestTxIdsNonBlocking', acknowledged: 0, requested: 1})], 'TX_SUBMISSION_BLOCKING_WRONG'],
		[
			[blocking, tx({kind: 'requestTxIdsBlocking', acknowledged: 1, requested: 1})],
			'TX_SUBMISSION_BLOCKING_WRONG',
		],
		[[blocking, tx({kind: 'requestTxs', ids: indefiniteList([])})], 'TX_SUBMISSION_NOTHING_REQUESTED'],
		[[blocking, tx({kind: 'requestTxs', ids: indefiniteList([id(9)])})], 'TX_SUBMISSION_ID_NOT_OFFERED'],
		[[blocking, tx({kind: 'requestTxs', ids: indefiniteList([id(1), id(1)])})], 'TX_SUBMISSION_ID_REPEATED'],
	] as const;
	for (const [messages, problem] of cases) {
		const {outlet} = mempool(5);
		const {peer, connection} = await meet({direction: 'outbound', handlers: () => ({txOutlet: outlet()})});
		for (const message of messages) {
			peer.send(TX_SUBMISSION, 'server', message);
			await settle();
		}
		t.deepEqual(await reasonOf(connection), {
			code: 'RELAY_PROTOCOL_VIOLATED',
			protocol: 'tx-submission2',
			problem,
		});
	}
});

test('a peer that breaks the rules of offering transactions is let go', async t => {
	const offered = (byte: number, sizeBytes = 5) => ({
		id: {era: 6, bytes: new Uint8Array(32).fill(byte)},
		sizeBytes,
	});
	const many = Array.from({length: 11}, (_, index) => offered(index));
	const body = {era: 6, bytes: new Uint8Array(5)};
	const cases = [
		[[tx({kind: 'replyTxIds', offered: indefiniteList([])})], 'TX_SUBMISSION_IDS_NONE'],
		[[tx({kind: 'replyTxIds', offered: indefiniteList(many)})], 'TX_SUBMISSION_IDS_TOO_MANY'],
		[
			[tx({kind: 'replyTxIds', offered: indefiniteList([offered(1), offered(1)])})],
			'TX_SUBMISSION_ID_REPEATED',
		],
		[[tx({kind: 'replyTxIds', offered: indefiniteList([offered(1, 65_541)])})], 'TX_SUBMISSION_TX_TOO_LONG'],
		[
			[
				tx({kind: 'replyTxIds', offered: indefiniteList([offered(1)])}),
				tx({kind: 'replyTxs', txs: indefiniteList([body, body])}),
			],
			'TX_SUBMISSION_TXS_TOO_MANY',
		],
		[
			[
				tx({kind: 'replyTxIds', offered: definiteList([offered(1)])}),
				tx({kind: 'replyTxs', txs: indefiniteList([{era: 6, bytes: new Uint8Array(65_541)}])}),
			],
			'TX_SUBMISSION_TX_TOO_LONG',
		],
	] as const;
	for (const [messages, problem] of cases) {
		const txInlet = {wants: () => true, add: async () => undefined};
		const {peer, connection} = await meet({peerInitiatorOnly: true, handlers: () => ({txInlet})});
		peer.send(TX_SUBMISSION, 'client', tx({kind: 'init'}));
		await settle();
		t.is(toHex(peer.take(TX_SUBMISSION, 'client')), '8400f5000a');
		for (const message of messages) {
			for (let at = 0; at < message.length; at += 60_000)
				peer.send(TX_SUBMISSION, 'client', message.subarray(at, at + 60_000));
			await settle();
		}
		t.deepEqual(await reasonOf(connection), {
			code: 'RELAY_PROTOCOL_VIOLATED',
			protocol: 'tx-submission2',
			problem,
		});
	}
});

test('peers are shared up to the amount that was asked for', async t => {
	const known = Array.from({length: 9}, (_, index) => ({
		octets: Uint8Array.of(10, 0, 0, index),
		port: 3_000 + index,
	}));
	const {left} = await connectPair({}, {handlers: () => ({sharePeers: () => known})});
	const sharing = defined(left.client?.peerSharing, 'peer sharing');
	const [few, all] = await Promise.all([sharing.ask(4, {signal}), sharing.ask(200, {signal})]);
	t.deepEqual(few, known.slice(0, 4));
	t.deepEqual(all, known);
});

test('a peer that shares more than was asked for is let go', async t => {
	const {peer, connection} = await meet({direction: 'outbound'});
	const asking = t.throwsAsync(defined(connection.client?.peerSharing, 'peer sharing').ask(1, {signal}), {
		code: 'RELAY_PROTOCOL_VIOLATED',
	});
	await settle();
	t.is(toHex(peer.take(PEER_SHARING, 'server')), '820001');
	const one = {octets: Uint8Array.of(1, 2, 3, 4), port: 1};
	peer.send(
		PEER_SHARING,
		'server',
		peerSharingCodec.encode({kind: 'sharePeers', peers: indefiniteList([one, one])}),
	);
	await asking;
	t.like((await connection.closed).detail, {problem: 'PEER_SHARING_TOO_MANY'});
});

const feedOf = () => {
	const items: Uint8Array[] = [];
	let wake: () => void = () => undefined;
	return {
		add: (item: Uint8Array) => {
			items.push(item);
			wake();
		},
		feed: {
			since: (cursor: bigint) => {
				const news = items.slice(Number(cursor), Number(cursor) + 64);
				return news.length === 0 ? undefined : {cursor: cursor + BigInt(news.length), items: news};
			},
			changed: () =>
				new Promise<void>(resolve => {
					wake = resolve;
				}),
		},
	};
};

test('announcements flow both ways as they are made, and a peer learns where the other listens', async t => {
	const [here, there] = [feedOf(), feedOf()];
	const heard: [string, string][] = [];
	const ports: number[] = [];
	const handlersOf =
		(name: string, {feed}: ReturnType<typeof feedOf>) =>
		(): PeerHandlers => ({
			announcements: {
				feed,
				sink: {
					add: async items => void heard.push(...items.map((item): [string, string] => [name, toHex(item)])),
				},
			},
			listening: port => void ports.push(port),
		});
	for (let index = 0; index < 70; index++) here.add(Uint8Array.of(index));
	const {timer} = await connectPair(
		{handlers: handlersOf('left', here), listeningPort: 3_001},
		{handlers: handlersOf('right', there)},
	);
	await settle();
	t.is(heard.length, 64);
	timer.advance(200);
	await settle();
	t.is(heard.length, 70);
	there.add(Uint8Array.of(0xaa));
	await settle();
	t.deepEqual(heard.at(-1), ['left', 'aa']);
	t.true(ports.length > 0 && ports.every(port => port === 3_001));
});

test('a server with nothing to announce answers after 20 seconds, well before its client gives up', async t => {
	const {feed} = feedOf();
	const announcements = {feed, sink: {add: async () => undefined}};
	const {peer, timer, connection} = await meet({peerInitiatorOnly: true, handlers: () => ({announcements})});
	peer.send(
		ANNOUNCEMENTS,
		'client',
		announcementsCodec.encode({kind: 'request', cursor: 0n, listeningPort: 0}),
	);
	await settle();
	timer.advance(19_999);
	await settle();
	t.is(peer.take(ANNOUNCEMENTS, 'client').length, 0);
	timer.advance(1);
	await settle();
	t.is(toHex(peer.take(ANNOUNCEMENTS, 'client')), '83010080');
	connection.close();
});

test('a server that moves the cursor without news, or not with them, is let go', async t => {
	for (const reply of [
		{kind: 'reply', cursor: 1n, items: []},
		{kind: 'reply', cursor: 0n, items: [Uint8Array.of(1)]},
	] as const) {
		const announcements = {feed: feedOf().feed, sink: {add: async () => undefined}};
		const {peer, connection} = await meet({direction: 'outbound', handlers: () => ({announcements})});
		peer.send(ANNOUNCEMENTS, 'server', announcementsCodec.encode(reply));
		t.like((await connection.closed).detail, {problem: 'ANNOUNCEMENTS_CURSOR_WRONG'});
	}
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
