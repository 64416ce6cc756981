/**
 * A share in a file: for whoever has the file, or for the holder of one key, under whose key the secret is sealed. A file
 * can carry the share's record, so that somebody who stores nothing can pass a share on.
 */
import type {Hasher} from '#crypto/crypto';
import {type KeyBoxPorts, openKeyBox, sealToKey} from '#crypto/key-box';
import {parseBase64url, toBase64url} from '#kernel/base64url';
import {concat, equalBytes} from '#kernel/bytes';
import {bytes, bytesBetween, type Codec, decode, encode, record, uint, variant} from '#kernel/cbor/codec';
import {err, ok, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {decodePublicPart, encodePublicPart, LINK_LENGTH_MAX, type Share, shareCheck} from './share.ts';
import {SHARE_RECORD_BYTES_MAX} from './share-record.ts';

export type SharedFile = {
	readonly share: Share;
	/** The sealed record; nothing when it is stored with providers. */
	readonly sealedRecord: Uint8Array;
};

export type ShareFileFailure =
	| {readonly code: 'SHARE_FILE_MALFORMED'}
	/** A sign was changed or left out. */
	| {readonly code: 'SHARE_FILE_ALTERED'}
	/** It is for the holder of this key. */
	| {readonly code: 'SHARE_FILE_OF_ANOTHER_KEY'; readonly recipientVk: Uint8Array};

type Lock =
	| {readonly kind: 'open'; readonly secret: Uint8Array}
	| {readonly kind: 'sealed'; readonly recipientVk: Uint8Array; readonly box: Uint8Array};
type Content = {
	readonly version: number;
	readonly part: Uint8Array;
	readonly lock: Lock;
	readonly sealedRecord: Uint8Array;
	readonly check: Uint8Array;
};

const VERSION = 1;
const SECRET_BYTES = 32;
const BOX_BYTES = SECRET_BYTES + 48;
const PREFIX = 'dcloud-share-file-1:';
/** A longer file is no share. */
export const SHARE_FILE_LENGTH_MAX: number = 2 * (SHARE_RECORD_BYTES_MAX + LINK_LENGTH_MAX);
const DOMAIN = encodeUtf8('dcloud/share-secret/v1');

const contentCodec: Codec<Content> = record({
	version: uint(),
	part: bytesBetween(1, LINK_LENGTH_MAX),
	lock: variant({
		open: [0, {secret: bytes(SECRET_BYTES)}],
		sealed: [1, {recipientVk: bytes(32), box: bytes(BOX_BYTES)}],
	}),
	sealedRecord: bytesBetween(0, SHARE_RECORD_BYTES_MAX),
	check: bytes(8),
});

const checkOf = (
	hasher: Pick<Hasher, 'blake2b256'>,
	secret: Uint8Array,
	{part, sealedRecord}: Pick<Content, 'part' | 'sealedRecord'>,
): Uint8Array => shareCheck(hasher, secret, concat(hasher.blake2b256(part), hasher.blake2b256(sealedRecord)));

const textOf = (content: Content): string => `${PREFIX}${toBase64url(encode(contentCodec, content))}\n`;

/** For whoever has the file. */
export const openShareFile = (
	hasher: Pick<Hasher, 'blake2b256'>,
	{share, sealedRecord}: SharedFile,
): string => {
	const part = encodePublicPart(share);
	const {secret} = share;
	const check = checkOf(hasher, secret, {part, sealedRecord});
	return textOf({version: VERSION, part, lock: {kind: 'open', secret}, sealedRecord, check});
};

/** For the holder of a key only. Undefined when nothing can be sealed for that key. `ephemeralSeed`: 32 fresh random bytes. */
export const sealedShareFile = (
	ports: KeyBoxPorts & {readonly hasher: Pick<Hasher, 'blake2b256'>},
	{recipientVk, ephemeralSeed}: {readonly recipientVk: Uint8Array; readonly ephemeralSeed: Uint8Array},
	{share, sealedRecord}: SharedFile,
): string | undefined => {
	const part = encodePublicPart(share);
	const {secret} = share;
	const box = sealToKey(ports, {recipientVk, ephemeralSeed, domain: DOMAIN}, secret);
	if (box === undefined) return undefined;
	const check = checkOf(ports.hasher, secret, {part, sealedRecord});
	return textOf({version: VERSION, part, lock: {kind: 'sealed', recipientVk, box}, sealedRecord, check});
};

export const isShareFile = (text: string): boolean => text.startsWith(PREFIX);

const unlocked = (
	ports: KeyBoxPorts,
	lock: Lock,
	seed: Uint8Array | undefined,
): Result<Uint8Array, ShareFileFailure> => {
	if (lock.kind === 'open') return ok(lock.secret);
	const {recipientVk, box} = lock;
	const isOurs = seed !== undefined && equalBytes(ports.crypto.ed25519VerificationKey(seed), recipientVk);
	if (!isOurs) return err({code: 'SHARE_FILE_OF_ANOTHER_KEY', recipientVk});
	const secret = openKeyBox(ports, {seed, domain: DOMAIN}, box);
	return secret === undefined ? err({code: 'SHARE_FILE_ALTERED'}) : ok(secret);
};

/** A file from anywhere. `seed`: the reader's Ed25519 key, for files that are sealed to it. */
export const readShareFile = (
	ports: KeyBoxPorts & {readonly hasher: Pick<Hasher, 'blake2b256'>},
	seed: Uint8Array | undefined,
	text: string,
): Result<SharedFile, ShareFileFailure> => {
	const malformed = err({code: 'SHARE_FILE_MALFORMED'} as const);
	if (!isShareFile(text) || text.length > SHARE_FILE_LENGTH_MAX) return malformed;
	const bytesOfFile = parseBase64url(text.slice(PREFIX.length).trim());
	const decoded = bytesOfFile && decode(contentCodec, bytesOfFile);
	if (decoded === undefined || !decoded.ok || decoded.value.version !== VERSION) return malformed;
	const {part, lock, sealedRecord, check} = decoded.value;
	const secret = unlocked(ports, lock, seed);
	if (!secret.ok) return secret;
	if (!equalBytes(check, checkOf(ports.hasher, secret.value, {part, sealedRecord})))
		return err({code: 'SHARE_FILE_ALTERED'});
	const share = decodePublicPart(part);
	return share === undefined ? malformed : ok({share: {...share, secret: secret.value}, sealedRecord});
};
