/** Keep-alive, peer sharing and announcements: scripted peers, good and bad, over a memory bearer and a virtual clock. */
import test from 'ava';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {PeerHandlers} from '#relay/handlers';
import {announcementsCodec} from '#relay/protocols/announcements/codec';
import {peerSharingCodec} from '#relay/protocols/peer-sharing/codec';
import {indefiniteList} from '#relay/protocols/wire';
import {connectPair, meet, reasonOf} from '../../support/relay/peer.ts';
import {settle} from '../../support/relay/virtual-timer.ts';

const {signal} = new AbortController();
const KEEP_ALIVE = 8;
const PEER_SHARING = 10;
const ANNOUNCEMENTS = 40;

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
