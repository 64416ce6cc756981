/** The package of Harmonic Labs as an independent witness for the messages that it gets right. */
import {CborArray, CborBytes, CborTag, CborUInt} from '@harmoniclabs/cbor';
import harmoniclabs from '@harmoniclabs/ouroboros-miniprotocols-ts';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import {blockFetchCodec} from '#relay/protocols/block-fetch/codec';
import {chainSyncCodec} from '#relay/protocols/chain-sync/codec';
import {handshakeCodec} from '#relay/protocols/handshake/codec';
import {encodeVersionData} from '#relay/protocols/handshake/version-data';
import {peerSharingCodec} from '#relay/protocols/peer-sharing/codec';
import {definiteList, indefiniteList} from '#relay/protocols/wire';

const hash = new Uint8Array(32).fill(7) as HeaderHash;
const point = {slot: Slot(1_234_567), hash};
const tip = {...point, blockNo: BlockNo(99)};
const theirPoint = {blockHeader: {slotNumber: 1_234_567, hash}};
const theirTip = {point: theirPoint, blockNo: 99n};

type Writes = {toCbor(): {toBuffer(): Uint8Array}};
const hexOf = (message: Writes): string => toHex(message.toCbor().toBuffer());

test('chain-sync messages are the same bytes', t => {
	const write = (message: Parameters<typeof chainSyncCodec.encode>[0]): string =>
		toHex(chainSyncCodec.encode(message));
	const {
		ChainSyncFindIntersect,
		ChainSyncIntersectFound,
		ChainSyncIntersectNotFound,
		ChainSyncRequestNext,
		ChainSyncAwaitReply,
		ChainSyncRollBackwards,
		ChainSyncRollForward,
	} = harmoniclabs;
	t.is(write({kind: 'requestNext'}), hexOf(new ChainSyncRequestNext()));
	t.is(write({kind: 'awaitReply'}), hexOf(new ChainSyncAwaitReply()));
	t.is(
		write({kind: 'findIntersect', points: definiteList([point, 'origin'])}),
		hexOf(new ChainSyncFindIntersect({points: [theirPoint, {}]})),
	);
	t.is(
		write({kind: 'intersectFound', point, tip}),
		hexOf(new ChainSyncIntersectFound({point: theirPoint, tip: theirTip})),
	);
	t.is(write({kind: 'intersectNotFound', tip}), hexOf(new ChainSyncIntersectNotFound({tip: theirTip})));
	t.is(
		write({kind: 'rollBackward', point: 'origin', tip}),
		hexOf(new ChainSyncRollBackwards({point: {}, tip: theirTip})),
	);
	const header = Uint8Array.of(0x80);
	const data = new CborArray([new CborUInt(6), new CborTag(24, new CborBytes(header))]);
	t.is(
		write({kind: 'rollForward', header: {era: 6, bytes: header}, tip}),
		hexOf(new ChainSyncRollForward({data, tip: theirTip})),
	);
});

test('block-fetch control messages are the same bytes', t => {
	const {BlockFetchBatchDone, BlockFetchNoBlocks, BlockFetchRequestRange, BlockFetchStartBatch} =
		harmoniclabs;
	const write = (message: Parameters<typeof blockFetchCodec.encode>[0]): string =>
		toHex(blockFetchCodec.encode(message));
	t.is(
		write({kind: 'requestRange', from: point, to: point}),
		hexOf(new BlockFetchRequestRange({from: theirPoint, to: theirPoint})),
	);
	t.is(write({kind: 'startBatch'}), hexOf(new BlockFetchStartBatch()));
	t.is(write({kind: 'noBlocks'}), hexOf(new BlockFetchNoBlocks()));
	t.is(write({kind: 'batchDone'}), hexOf(new BlockFetchBatchDone()));
});

test('the acceptance of version 14 is the same bytes', t => {
	const {HandshakeAcceptVersion, VersionData} = harmoniclabs;
	for (const networkMagic of [1, 764_824_073])
		for (const initiatorOnly of [true, false])
			for (const peerSharing of [true, false]) {
				const ours = {networkMagic, initiatorOnly, peerSharing, query: false};
				const theirs = new VersionData({
					networkMagic,
					initiatorOnlyDiffusionMode: initiatorOnly,
					peerSharing,
					query: false,
				});
				t.is(
					toHex(handshakeCodec.encode({kind: 'acceptVersion', version: 14, data: encodeVersionData(ours)})),
					hexOf(new HandshakeAcceptVersion({versionNumber: 14, versionData: theirs})),
				);
			}
});

test('shared IPv4 peers are read by the package as we wrote them', t => {
	const octets = Uint8Array.of(127, 0, 0, 1);
	const bytes = peerSharingCodec.encode({kind: 'sharePeers', peers: indefiniteList([{octets, port: 3_001}])});
	const message = harmoniclabs.PeerSharingResponse.fromCbor(bytes);
	t.is(message.peerAddresses.length, 1);
	t.is(Number(message.peerAddresses[0]?.portNumber), 3_001);
});
