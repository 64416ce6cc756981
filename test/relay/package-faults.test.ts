/**
 * What keeps a node from running on @harmoniclabs/ouroboros-miniprotocols-ts 0.0.4 as it is: each fault is shown in the
 * package, and beside it that our own multiplexer, codecs and state machines have not got it.
 */
import {EventEmitter} from 'node:events';
import {readFileSync} from 'node:fs';
import harmoniclabs from '@harmoniclabs/ouroboros-miniprotocols-ts';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {memoryBearers} from '#relay/bearer/memory';
import {channelKey, FRAME_HEAD_BYTES, FrameReader, frame, PAYLOAD_BYTES_MAX} from '#relay/frame';
import {Mux} from '#relay/mux';
import {blockFetchCodec} from '#relay/protocols/block-fetch/codec';
import {chainSyncCodec} from '#relay/protocols/chain-sync/codec';
import {keepAliveCodec} from '#relay/protocols/keep-alive/codec';
import {peerSharingCodec} from '#relay/protocols/peer-sharing/codec';
import {txSubmissionCodec} from '#relay/protocols/tx-submission/codec';
import {preprodBlocks, ServedChain} from '../support/relay/chain.ts';
import {meet, reasonOf} from '../support/relay/peer.ts';
import {settle, VirtualTimer} from '../support/relay/virtual-timer.ts';

const {MiniProtocol, Multiplexer} = harmoniclabs;
type PackageMux = InstanceType<typeof Multiplexer>;

const {signal} = new AbortController();
const CHAIN_SYNC = 2;
const BLOCK_FETCH = 3;
const KEEP_ALIVE = 8;

/** The package's multiplexer on a socket that the test plays. */
const packageMux = (): {
	readonly mux: PackageMux;
	readonly socket: EventEmitter;
	readonly written: Uint8Array[];
} => {
	const written: Uint8Array[] = [];
	const socket = Object.assign(new EventEmitter(), {
		write: (bytes: Uint8Array) => written.push(bytes),
		end: () => undefined,
		address: () => ({port: 1}),
		destroyed: false,
	});
	const mux = new Multiplexer({connect: () => socket as never, protocolType: 'node-to-node'});
	return {mux, socket, written};
};

const golden = (protocol: string): readonly (readonly [string, Uint8Array])[] =>
	(
		JSON.parse(readFileSync('test/vectors/relay/n2n-messages.json', 'utf8')) as {
			messages: {protocol: string; message: string; cborHex: string}[];
		}
	).messages
		.filter(entry => entry.protocol === protocol)
		.map(({message, cborHex}) => [message, new Uint8Array(Buffer.from(cborHex, 'hex'))]);

test('a chunk that ends within the head of a frame loses bytes in the package, and none with us', t => {
	const wire = frame(
		0,
		channelKey(KEEP_ALIVE, 'server'),
		keepAliveCodec.encode({kind: 'response', cookie: 7}),
	);
	for (let cut = 1; cut < FRAME_HEAD_BYTES; cut++) {
		const {mux, socket} = packageMux();
		let arrived = 0;
		mux.on('error', () => undefined);
		mux.on(MiniProtocol.KeepAlive, () => void arrived++);
		socket.emit('data', wire.slice(0, cut));
		socket.emit('data', wire.slice(cut));
		t.is(arrived, 0, `the package has mended a cut at ${cut}`);

		const reader = new FrameReader();
		const payloads: string[] = [];
		for (const piece of [wire.subarray(0, cut), wire.subarray(cut)])
			for (let at = 0; at < piece.length; )
				at = reader.take(
					piece,
					at,
					() => undefined,
					(_key, part) => void payloads.push(toHex(part)),
				);
		t.is(payloads.join(''), '820107');
	}
});

test('a message of more than 65,535 bytes breaks the stream of the package; ours goes in segments of 12,288', async t => {
	const block = blockFetchCodec.encode({kind: 'block', block: new Uint8Array(90_112).fill(5)});
	const theirs = packageMux();
	theirs.mux.send(block, {hasAgency: false, protocol: MiniProtocol.BlockFetch});
	const [whole = new Uint8Array(8)] = theirs.written;
	t.not(new DataView(whole.buffer).getUint16(6), whole.length - FRAME_HEAD_BYTES);

	const [ours, other] = memoryBearers();
	const payloads: Uint8Array[] = [];
	const reader = new FrameReader();
	const lengths: number[] = [];
	other.start({
		received: bytes => {
			for (let at = 0; at < bytes.length; )
				at = reader.take(
					bytes,
					at,
					(_key, length) => void lengths.push(length),
					(_key, part) => void payloads.push(part.slice()),
				);
		},
		drained: () => undefined,
		closed: () => undefined,
	});
	const mux = new Mux({bearer: ours, timer: new VirtualTimer(), closed: () => undefined});
	mux.start();
	const channel = mux.open({
		key: channelKey(BLOCK_FETCH, 'server'),
		protocol: 'block-fetch',
		messageBytesMax: 1_000,
		ingressBytesMax: 1_000,
		whenFull: 'close',
	});
	void channel.send(block);
	await settle(40);
	t.is(toHex(Buffer.concat(payloads)), toHex(block));
	t.true(lengths.every(length => length <= PAYLOAD_BYTES_MAX));
	t.is(lengths.length, Math.ceil(block.length / PAYLOAD_BYTES_MAX));
});

test('the package gives frames of both directions to one listener; ours keeps both directions apart on one connection', async t => {
	const request = keepAliveCodec.encode({kind: 'keepAlive', cookie: 1});
	const theirs = packageMux();
	let arrived = 0;
	theirs.mux.on(MiniProtocol.KeepAlive, () => void arrived++);
	for (const role of ['client', 'server'] as const)
		theirs.socket.emit('data', frame(0, channelKey(KEEP_ALIVE, role), request));
	t.is(arrived, 2);

	const {peer} = await meet();
	await settle();
	// Our client has asked already; the peer's client asks too.
	peer.send(KEEP_ALIVE, 'client', request);
	peer.send(KEEP_ALIVE, 'server', keepAliveCodec.encode({kind: 'response', cookie: 0}));
	await settle();
	t.is(toHex(peer.take(KEEP_ALIVE, 'client')), '820101');
	t.false(peer.closed);
});

test('bytes that are no CBOR are waited on by the package for ever; we say so at their first byte', async t => {
	const theirs = packageMux();
	const client = new harmoniclabs.ChainSyncClient(theirs.mux);
	let complaints = 0;
	client.on('error', () => void complaints++);
	client.on('awaitReply', () => undefined);
	theirs.socket.emit('data', frame(0, channelKey(CHAIN_SYNC, 'server'), Uint8Array.of(0xff, 0xff)));
	t.is(complaints, 0);

	const {peer, connection} = await meet({direction: 'outbound'});
	const asking = connection.client?.chainSync.findIntersect(['origin'], {signal: connection.signal});
	peer.send(CHAIN_SYNC, 'server', Uint8Array.of(0xff));
	await t.throwsAsync(asking ?? Promise.resolve(), {code: 'RELAY_MESSAGE_MALFORMED'});
	t.like(await reasonOf(connection), {code: 'RELAY_MESSAGE_MALFORMED', protocol: 'chain-sync'});
});

test('one frame of an unknown protocol throws out of the socket in the package; with us it ends that connection alone', async t => {
	const theirs = packageMux();
	t.throws(() => theirs.socket.emit('data', frame(0, 99, Uint8Array.of(0x80))));

	const {peer, connection} = await meet();
	peer.send(99, 'client', Uint8Array.of(0x80));
	t.like(await reasonOf(connection), {code: 'RELAY_PROTOCOL_UNKNOWN'});
});

test('the package cannot read an IPv6 peer; we read and write it', t => {
	const [, bytes = new Uint8Array()] = golden('peer-sharing').find(([name]) => name.endsWith('v6')) ?? [];
	t.throws(() => harmoniclabs.PeerSharingResponse.fromCbor(bytes));
	const decoded = peerSharingCodec.decode(bytes);
	t.true(decoded.ok);
	if (decoded.ok) t.is(toHex(peerSharingCodec.encode(decoded.value)), toHex(bytes));
});

test('five of the seven messages of tx-submission are not as Cardano writes them in the package; ours are, byte for byte', t => {
	const rewritten = (bytes: Uint8Array): string => {
		try {
			return toHex(harmoniclabs.txSubmitSubmitMessageFromCbor(bytes).toCbor().toBuffer());
		} catch {
			return 'refused';
		}
	};
	const messages = golden('tx-submission2');
	const wrong = messages.filter(([, bytes]) => rewritten(bytes) !== toHex(bytes)).map(([name]) => name);
	t.deepEqual(wrong, [
		'RequestTxIds blocking',
		'RequestTxIds nonblocking',
		'ReplyTxIds',
		'RequestTxs',
		'ReplyTxs',
	]);
	for (const [name, bytes] of messages) {
		const decoded = txSubmissionCodec.decode(bytes);
		t.true(decoded.ok, name);
		if (decoded.ok) t.is(toHex(txSubmissionCodec.encode(decoded.value)), toHex(bytes), name);
	}
});

test('a reply to another question is handed on by the package and its caller waits for ever; ours ends with the state', async t => {
	const found = chainSyncCodec.encode({kind: 'intersectFound', point: 'origin', tip: 'origin'});
	const theirs = packageMux();
	const client = new harmoniclabs.ChainSyncClient(theirs.mux);
	let settled = false;
	client.on('error', () => undefined);
	void client.requestNext().then(() => {
		settled = true;
	});
	theirs.socket.emit('data', frame(0, channelKey(CHAIN_SYNC, 'server'), found));
	await settle();
	t.false(settled);

	const {peer, connection} = await meet({direction: 'outbound'});
	const next = t.throwsAsync(connection.client?.chainSync.next({signal}) ?? Promise.resolve(), {
		code: 'RELAY_MESSAGE_UNEXPECTED',
	});
	await settle();
	peer.send(CHAIN_SYNC, 'server', found);
	await next;
});

test('a silent peer keeps a caller of the package waiting; ours ends after the time of its state', async t => {
	const theirs = packageMux();
	let settled = false;
	void new harmoniclabs.ChainSyncClient(theirs.mux).findIntersect([{}]).then(() => {
		settled = true;
	});
	await settle();
	t.false(settled);

	const {connection, timer} = await meet({direction: 'outbound'});
	const asked = t.throwsAsync(
		connection.client?.chainSync.findIntersect(['origin'], {signal}) ?? Promise.resolve(),
		{
			code: 'RELAY_PEER_LATE',
		},
	);
	await settle();
	timer.advance(10_000);
	await asked;
});

test('a proposal with a field left out asks for versions only in the package; ours cannot leave one out', t => {
	const data = new harmoniclabs.VersionData({networkMagic: 1} as never);
	t.true(data.query);
	t.true(data.initiatorOnlyDiffusionMode);
});

test('after the end of a mini-protocol, and after a range that is not there, our servers go on', async t => {
	const chain = new ServedChain(preprodBlocks().slice(0, 2));
	const {peer, connection} = await meet({handlers: () => ({chain: chain.follow(), blocks: chain.blocks})});
	const last = chain.tip;
	if (last === 'origin') return t.fail();
	const missing = {slot: last.slot, hash: new Uint8Array(32) as typeof last.hash};
	for (const message of [
		blockFetchCodec.encode({kind: 'requestRange', from: missing, to: missing}),
		blockFetchCodec.encode({kind: 'clientDone'}),
		blockFetchCodec.encode({kind: 'requestRange', from: missing, to: missing}),
	])
		peer.send(BLOCK_FETCH, 'client', message);
	await settle();
	t.is(toHex(peer.take(BLOCK_FETCH, 'client')), '81038103');
	for (const message of [chainSyncCodec.encode({kind: 'done'}), chainSyncCodec.encode({kind: 'requestNext'})])
		peer.send(CHAIN_SYNC, 'client', message);
	await settle();
	t.is(toHex(peer.take(CHAIN_SYNC, 'client')).slice(0, 6), '830380');
	t.is(connection.signal.aborted, false);
	connection.close();
});
