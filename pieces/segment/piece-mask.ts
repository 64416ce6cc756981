/**
 * Each piece is XORed with a key stream of its own, so that a provider cannot make its piece from others' on demand.
 * Whoever holds the mask key can repair; it says nothing of the content key.
 */

import {hkdfSha256} from '#crypto/hkdf';
import type {StreamCipher} from '#crypto/stream-cipher';
import {assert} from '#kernel/assert';
import {encodeUtf8} from '#kernel/utf8';
import {nonceOf} from './seal-segment.ts';

const DOMAIN = encodeUtf8('dcloud/mask/v1');
const NO_SALT = new Uint8Array(0);
const BLOCK_BYTES = 64;

/** HKDF-SHA-256 of the segment key: 32 bytes. */
export const maskKeyOf = (segmentKey: Uint8Array): Uint8Array => hkdfSha256(segmentKey, NO_SALT, DOMAIN, 32);

/** Instead of a mask key: the pieces are copies of one, neither coded nor masked. No key is derived that is so. */
export const COPIES: Uint8Array = new Uint8Array(32);

/**
 * Instead of a mask key: nobody wants the pieces any more, and they are named only because an agreement had them. No key is
 * derived that is so.
 */
export const GARBAGE: Uint8Array = new Uint8Array(32).fill(255);

export const areGarbage = (maskKey: Uint8Array): boolean => maskKey.every(byte => byte === 255);

export const areCopies = (maskKey: Uint8Array): boolean => maskKey.every(byte => byte === 0);

/** Masks, or unmasks, bytes of piece `pieceIndex` that begin at `from` (a multiple of 64): ChaCha20 of RFC 8439. */
export const maskPiece = (
	cipher: StreamCipher,
	maskKey: Uint8Array,
	pieceIndex: number,
	bytes: Uint8Array,
	from = 0,
): Uint8Array => {
	assert(from % BLOCK_BYTES === 0, 'a mask starts at a whole block');
	return cipher.xorChaCha20(maskKey, nonceOf(pieceIndex), from / BLOCK_BYTES, bytes);
};

/** The same for a whole piece, where it stands. Returns it. */
export const maskPieceInPlace = (
	cipher: StreamCipher,
	maskKey: Uint8Array,
	pieceIndex: number,
	piece: Uint8Array,
): Uint8Array => cipher.xorChaCha20(maskKey, nonceOf(pieceIndex), 0, piece, piece);
