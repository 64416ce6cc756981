/** One of several shares of a recovery phrase, as it is written down. The sharing itself is an adapter's. */

import {assert, defined} from '#kernel/assert';
import {concat, equalBytes, parseHex, toHex} from '#kernel/bytes';
import {bytes, bytesBetween, type Codec, decode, encode, record, uint} from '#kernel/cbor/codec';
import {err, ok, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import type {Hasher} from '../crypto.ts';

export type PhraseShare = {
	/** The same for all shares that were made together. */
	readonly setId: Uint8Array;
	/** How many of them give the phrase back. */
	readonly threshold: number;
	readonly total: number;
	/** 1 to `total`. */
	readonly number: number;
	/** Secret as soon as `threshold` of them meet. */
	readonly share: Uint8Array;
};

export type ShareFailure =
	| {readonly code: 'SHARE_MALFORMED'}
	/** A sign was changed or left out. */
	| {readonly code: 'SHARE_CHECKSUM_WRONG'};

export type CombineFailure =
	| {readonly code: 'SHARES_OF_DIFFERENT_SETS'}
	| {readonly code: 'SHARES_TOO_FEW'; readonly needed: number; readonly given: number}
	/** Each is well formed, and together they give no phrase. */
	| {readonly code: 'SHARES_DO_NOT_FIT'};

/** The longest phrase, its check, and the share's own number. */
const SHARE_BYTES_MAX = 64;
export const SHARES_MAX = 255;
const CHECK_BYTES = 4;
const SET_ID_BYTES = 4;
const PREFIX = 'dcloud-share-1-';
const TEXT_LENGTH_MAX = 512;
const DOMAIN = encodeUtf8('dcloud/phrase-share/v1');

const shareCodec: Codec<PhraseShare> = record({
	setId: bytes(SET_ID_BYTES),
	threshold: uint(SHARES_MAX),
	total: uint(SHARES_MAX),
	number: uint(SHARES_MAX),
	share: bytesBetween(1, SHARE_BYTES_MAX),
});

const checkOf = (hasher: Hasher, content: Uint8Array): Uint8Array =>
	hasher.blake2b256(DOMAIN, content).subarray(0, CHECK_BYTES);

/** What is shared: the phrase's entropy behind a check, since any shares give some bytes back. */
export const shareableSecret = (hasher: Hasher, entropy: Uint8Array): Uint8Array =>
	concat(checkOf(hasher, entropy), entropy);

/** The entropy, or undefined when the shares that gave `secret` did not belong together. */
export const entropyOfSecret = (hasher: Hasher, secret: Uint8Array): Uint8Array | undefined => {
	const entropy = secret.slice(CHECK_BYTES);
	return equalBytes(secret.subarray(0, CHECK_BYTES), checkOf(hasher, entropy)) ? entropy : undefined;
};

/** One line of text: the prefix, and content and checksum in groups of eight hexadecimal digits. */
export const shareText = (hasher: Hasher, share: PhraseShare): string => {
	const {threshold, total, number} = share;
	assert(threshold >= 2 && threshold <= total && number >= 1 && number <= total, 'a share of a set');
	const content = encode(shareCodec, share);
	const digits = toHex(concat(content, checkOf(hasher, content)));
	return PREFIX + defined(digits.match(/.{1,8}/gu), 'there are digits').join('-');
};

/** A share as somebody typed or copied it: white space, case and dashes between digits do not matter. */
export const parseShare = (hasher: Hasher, text: string): Result<PhraseShare, ShareFailure> => {
	const trimmed = text
		.slice(0, TEXT_LENGTH_MAX + 1)
		.trim()
		.toLowerCase();
	if (text.length > TEXT_LENGTH_MAX || !trimmed.startsWith(PREFIX)) return err({code: 'SHARE_MALFORMED'});
	const whole = parseHex(trimmed.slice(PREFIX.length).replaceAll(/[\s-]/gu, ''));
	if (whole === undefined || whole.length <= CHECK_BYTES) return err({code: 'SHARE_MALFORMED'});
	const content = whole.subarray(0, -CHECK_BYTES);
	if (!equalBytes(whole.subarray(-CHECK_BYTES), checkOf(hasher, content)))
		return err({code: 'SHARE_CHECKSUM_WRONG'});
	const share = decode(shareCodec, content);
	if (!share.ok) return err({code: 'SHARE_MALFORMED'});
	const {threshold, total, number} = share.value;
	const isOfSet = threshold >= 2 && threshold <= total && number >= 1 && number <= total;
	return isOfSet ? ok(share.value) : err({code: 'SHARE_MALFORMED'});
};

/** Shares that can be put together: each once, of one set, no more than are needed. */
export const sharesToCombine = (
	shares: readonly PhraseShare[],
): Result<readonly PhraseShare[], CombineFailure> => {
	const [first] = shares;
	if (first === undefined) return err({code: 'SHARES_TOO_FEW', needed: 2, given: 0});
	const {setId, threshold, total} = first;
	const isSameSet = shares.every(
		other => equalBytes(other.setId, setId) && other.threshold === threshold && other.total === total,
	);
	if (!isSameSet) return err({code: 'SHARES_OF_DIFFERENT_SETS'});
	const different = [...new Map(shares.map(share => [share.number, share])).values()];
	if (different.length < threshold)
		return err({code: 'SHARES_TOO_FEW', needed: threshold, given: different.length});
	return ok(different.slice(0, threshold));
};
