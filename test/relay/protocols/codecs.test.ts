import process from 'node:process';
import test from 'ava';
import fc from 'fast-check';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {harmoniclabsKeepAliveCodec} from '#relay/harmoniclabs';
import {peerAddressOf} from '#relay/ip-address';
import {unwrapBlock, wrapBlock} from '#relay/protocols/block';
import {blockFetchCodec} from '#relay/protocols/block-fetch/codec';
import {chainSyncCodec} from '#relay/protocols/chain-sync/codec';
import {handshakeCodec} from '#relay/protocols/handshake/codec';
import {decodeVersionData, encodeVersionData} from '#relay/protocols/handshake/version-data';
import {keepAliveCodec} from '#relay/protocols/keep-alive/codec';
import {peerSharingCodec} from '#relay/protocols/peer-sharing/codec';
import type {Message} from '#relay/protocols/protocol';
import {definiteList} from '#relay/protocols/wire';
import {messageCases} from '../../support/relay/any-messages.ts';

/** A long run: DCLOUD_FUZZ_CASES=1000000. */
const FUZZ_CASES = Number(process.env['DCLOUD_FUZZ_CASES'] ?? 300);

for (const [name, codec, message] of messageCases) {
	test(`${name}: every message comes back as it was written`, t => {
		fc.assert(
			fc.property(message, value => {
				const back = codec.decode(codec.encode(value as Message));
				t.deepEqual(back, {ok: true, value: value as Message});
			}),
			{numRuns: 150},
		);
	});

	test(`${name}: random and damaged bytes are coded failures, never exceptions`, t => {
		fc.assert(
			fc.property(fc.uint8Array({maxLength: 200}), garbage => {
				const decoded = codec.decode(garbage);
				t.true(decoded.ok || decoded.error.code.startsWith('CBOR_'));
			}),
			{numRuns: FUZZ_CASES},
		);
		fc.assert(
			fc.property(message, fc.nat(), fc.nat({max: 255}), fc.nat(), (value, at, byte, cut) => {
				const damaged = codec.encode(value as Message);
				damaged[at % damaged.length] = byte;
				const decoded = codec.decode(damaged.subarray(0, 1 + (cut % damaged.length)));
				t.true(decoded.ok || decoded.error.code.startsWith('CBOR_'));
			}),
			{numRuns: FUZZ_CASES},
		);
	});
}

test('bytes that are long arrays of nothing cost no more than reading them once', t => {
	const hostile = new Uint8Array(65_535).fill(0);
	hostile[0] = 0x9f;
	for (const [, codec] of messageCases) t.false(codec.decode(hostile).ok);
});

test('addresses are words as cardano-node has them: of IPv4 in the order of little-endian machines, of IPv6 in that of the network', t => {
	for (const [host, hex] of [
		['1.2.3.4', '83001a04030201190bb9'],
		['2001:db8::1', '86011a20010db8000001190bb9'],
	] as const) {
		const peer = defined(peerAddressOf({host, port: 3_001}), host);
		const message = {kind: 'sharePeers' as const, peers: definiteList([peer])};
		t.is(toHex(peerSharingCodec.encode(message)), `820181${hex}`);
		t.deepEqual(peerSharingCodec.decode(peerSharingCodec.encode(message)), {ok: true, value: message});
	}
});

test('our keep-alive codec and the package of Harmonic Labs write and read the same', t => {
	fc.assert(
		fc.property(fc.nat({max: 0xff_ff}), cookie => {
			for (const messageKind of ['keepAlive', 'response'] as const) {
				const ours = keepAliveCodec.encode({kind: messageKind, cookie});
				t.deepEqual(harmoniclabsKeepAliveCodec.encode({kind: messageKind, cookie}), ours);
				t.deepEqual(harmoniclabsKeepAliveCodec.decode(ours), {ok: true, value: {kind: messageKind, cookie}});
			}
		}),
		{numRuns: 100},
	);
	t.deepEqual(harmoniclabsKeepAliveCodec.encode({kind: 'done'}), keepAliveCodec.encode({kind: 'done'}));
});

test('version data is [magic, initiator only, peer sharing, query] and nothing else', t => {
	const data = {networkMagic: 764_824_073, initiatorOnly: false, peerSharing: true, query: false};
	t.is(Buffer.from(encodeVersionData(data)).toString('hex'), '841a2d964a09f401f4');
	t.deepEqual(decodeVersionData(encodeVersionData(data)), {ok: true, value: data});
	for (const [hex, code] of [
		['8201f4', 'CBOR_WRONG_LENGTH'],
		['841a2d964a09f402f4', 'CBOR_OUT_OF_RANGE'],
		['841a2d964a0900f4f4', 'CBOR_WRONG_TYPE'],
		['841b0000000100000000f401f4', 'CBOR_OUT_OF_RANGE'],
		['841a2d964a09f401f400', 'CBOR_TRAILING_BYTES'],
	] as const) {
		const decoded = decodeVersionData(new Uint8Array(Buffer.from(hex, 'hex')));
		t.is(decoded.ok ? 'ok' : decoded.error.code, code, hex);
	}
});

test('a version table that is not ascending or repeats a version is refused', t => {
	for (const [hex, code] of [
		['8200a2 0e01 0e01', 'CBOR_DUPLICATE_KEY'],
		['8200a2 0f01 0e01', 'CBOR_NOT_CANONICAL'],
		['8200bf 0e01 ff', 'CBOR_WRONG_LENGTH'],
	] as const) {
		const decoded = handshakeCodec.decode(new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex')));
		t.is(decoded.ok ? 'ok' : decoded.error.code, code, hex);
	}
});

test('the tip of an empty chain has no block number', t => {
	t.true(chainSyncCodec.decode(Uint8Array.of(0x82, 6, 0x82, 0x80, 0)).ok);
	t.deepEqual(chainSyncCodec.decode(Uint8Array.of(0x82, 6, 0x82, 0x80, 1)), {
		ok: false,
		error: {code: 'CBOR_OUT_OF_RANGE', at: 3},
	});
});

test('a node reads only whole block hashes', t => {
	const short = new Uint8Array(Buffer.from('830082187b480102030405060708821901c848090a0b0c0d0e0f10', 'hex'));
	t.deepEqual(blockFetchCodec.decode(short), {ok: false, error: {code: 'CBOR_WRONG_LENGTH', at: 5}});
});

test('a block goes as [7, block] and comes back as it was', t => {
	const block = Uint8Array.of(0x82, 1, 2);
	const wrapped = wrapBlock({era: 7, bytes: block});
	t.deepEqual(wrapped, Uint8Array.of(0x82, 7, 0x82, 1, 2));
	t.deepEqual(unwrapBlock(wrapped), {ok: true, value: {era: 7, bytes: block}});
	t.false(unwrapBlock(Uint8Array.of(0x83, 7, 1, 2)).ok);
});
