/** Handshakes: scripted peers, good and bad, over a memory bearer and a virtual clock. */
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {memoryBearers} from '#relay/bearer/memory';
import {openConnection} from '#relay/connection';
import {queryVersions} from '#relay/establish';
import type {PeerHandlers} from '#relay/handlers';
import {handshakeCodec} from '#relay/protocols/handshake/codec';
import {encodeVersionData} from '#relay/protocols/handshake/version-data';
import {preprodBlocks, ServedChain} from '../support/relay/chain.ts';
import {connectPair, NETWORK, RawPeer} from '../support/relay/peer.ts';
import {settle, VirtualTimer} from '../support/relay/virtual-timer.ts';

const {signal} = new AbortController();
const blocks = preprodBlocks().slice(0, 30);
const chain = new ServedChain(blocks);
const serving = (): PeerHandlers => ({chain: chain.follow(), blocks: chain.blocks});
const CHAIN_SYNC = 2;

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

test('two ends that dialled each other at once agree, and each may ask the other', async t => {
	const [a, b] = memoryBearers();
	const environment = new VirtualTimer().environment();
	const common = {direction: 'outbound', networkMagic: NETWORK, environment} as const;
	const chain = new ServedChain(preprodBlocks().slice(0, 3));
	const [left, right] = await Promise.all([
		openConnection({...common, bearer: a, handlers: () => ({chain: chain.follow()})}, {signal}),
		openConnection({...common, bearer: b, handlers: () => ({}), peerSharing: false}, {signal}),
	]);
	for (const {peer} of [left, right])
		t.like(peer, {version: 15, duplex: true, peerSharing: false, direction: 'outbound'});
	t.like(await right.client?.chainSync.findIntersect(['origin'], {signal}), {kind: 'found', tip: chain.tip});
});

test('two ends of different networks that dialled each other at once part', async t => {
	const [a, b] = memoryBearers();
	const environment = new VirtualTimer().environment();
	const common = {direction: 'outbound', environment, handlers: serving} as const;
	const outcomes = await Promise.allSettled([
		openConnection({...common, networkMagic: 1, bearer: a}, {signal}),
		openConnection({...common, networkMagic: 2, bearer: b}, {signal}),
	]);
	const [one, other] = outcomes.map(outcome => outcome.status === 'rejected' && outcome.reason.detail);
	t.like(one, {code: 'RELAY_HANDSHAKE_FAILED', problem: 'HANDSHAKE_MAGIC_MISMATCH', ours: 1, theirs: 2});
	t.like(other, {code: 'RELAY_HANDSHAKE_FAILED', problem: 'HANDSHAKE_MAGIC_MISMATCH', ours: 2, theirs: 1});
});
