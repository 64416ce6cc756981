import test from 'ava';
import {toHex} from '#kernel/bytes';
import {createCryptoBackends} from '#node/adapters/crypto-backends';
import {createErasureKernel} from '#node/adapters/erasure-kernel';
import {SMALL_CODE} from '#pieces/erasure/code-profile';
import type {SegmentPorts} from '#pieces/ports';
import {decodeSegment} from '#pieces/segment/decode-segment';
import {encodeSegment} from '#pieces/segment/encode-segment';
import {openPieceLeaf} from '#storage-proofs/piece/piece-opening';
import {bytesOf, must, named, trees} from '../storage-proofs/worlds.ts';
import {ports as plainPorts} from './ports.ts';

const {crypto, pieceTree, aead, streamCipher} = await createCryptoBackends();
const nodePorts: SegmentPorts = {
	hasher: crypto,
	trees: pieceTree,
	aead,
	cipher: streamCipher,
	erasure: await createErasureKernel(),
};

test('the node’s backends make the same pieces as plain loops and other libraries do', t => {
	const input = {code: SMALL_CODE, segmentKey: named('key'), plaintext: bytesOf('text', 100_000)};
	const fast = encodeSegment(nodePorts, input);
	const slow = encodeSegment(plainPorts, input);
	t.deepEqual(
		fast.map(({index, pieceId}) => ({index, pieceId: toHex(pieceId)})),
		slow.map(({index, pieceId}) => ({index, pieceId: toHex(pieceId)})),
	);
	const decoded = decodeSegment(nodePorts, {
		code: SMALL_CODE,
		segmentKey: named('key'),
		plaintextLength: 100_000,
		pieces: slow.slice(10),
	});
	t.is(toHex(must(decoded)), toHex(input.plaintext));
});

test('the fast piece tree opens leaves as the plain one does', t => {
	for (const length of [0, 1, 1024, 1025, 3000, 5 * 1024, 33_333]) {
		const piece = bytesOf('piece', length);
		const last = Math.max(0, Math.ceil(length / 1024) - 1);
		for (const index of [0, last >> 1, last])
			t.deepEqual(openPieceLeaf(pieceTree, piece, index), openPieceLeaf(trees, piece, index));
	}
});
