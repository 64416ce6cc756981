/**
 * A share: a chain of grants to a key that follows from a secret, and where the share's record is. Whoever has the secret
 * may do what the grant says, and can open the record, which holds the names and the file keys. What is public
 * stands before the `#` of a link, the secret behind it: that part of an address is sent to no server.
 */
import type {Hasher} from '#crypto/crypto';
import {hkdfSha256} from '#crypto/hkdf';
import {assert} from '#kernel/assert';
import {parseBase64url, toBase64url} from '#kernel/base64url';
import {concat, equalBytes} from '#kernel/bytes';
import {bytes, bytesBetween, type Codec, decode, encode, nullable, record, uint} from '#kernel/cbor/codec';
import type {GenesisHash, Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {decodeGrantChain, encodeGrantChain, GRANT_CHAIN_BYTES_MAX, type GrantChain} from './grant.ts';
import {decodePlacement, encodePlacement, PLACEMENT_BYTES_MAX, type SignedPlacement} from './placement.ts';

/** The piece that the record is, and the owner's word that it belongs to the share. */
export type RecordPlace = {readonly pieceId: Hash32; readonly placement: SignedPlacement};

export type Share = {
	/** The network that it is in. */
	readonly genesisHash: GenesisHash;
	readonly chain: GrantChain;
	/** null: it comes with the share, in a file. */
	readonly record: RecordPlace | null;
	/** 32 bytes. */
	readonly secret: Uint8Array;
};

export type ShareMalformed = {readonly code: 'SHARE_LINK_MALFORMED'};
/** A sign was changed or left out. */
export type ShareAltered = {readonly code: 'SHARE_LINK_ALTERED'};

const VERSION = 1;
const SECRET_BYTES = 32;
const CHECK_BYTES = 8;
const PREFIX = 'dcloud://share/';
const PUBLIC_BYTES_MAX: number = GRANT_CHAIN_BYTES_MAX + PLACEMENT_BYTES_MAX + 256;
/** Longer texts are not looked at. */
export const LINK_LENGTH_MAX: number = 2 * PUBLIC_BYTES_MAX;

type PublicPart = {
	readonly version: number;
	readonly genesisHash: GenesisHash;
	readonly chain: Uint8Array;
	readonly record: {readonly pieceId: Hash32; readonly placement: Uint8Array} | null;
};

const publicCodec: Codec<PublicPart> = record({
	version: uint(),
	genesisHash: bytes<GenesisHash>(32),
	chain: bytesBetween(1, GRANT_CHAIN_BYTES_MAX),
	record: nullable(record({pieceId: bytes<Hash32>(32), placement: bytesBetween(1, PLACEMENT_BYTES_MAX)})),
});

const CHECK = encodeUtf8('dcloud/share/check/v1');
const NO_SALT = new Uint8Array(0);
const derived = (secret: Uint8Array, purpose: string): Uint8Array =>
	hkdfSha256(secret, NO_SALT, encodeUtf8(`dcloud/share/${purpose}/v1`), 32);

/** The Ed25519 seed of whoever has the secret: the audience of the grant. */
export const bearerSeed = (secret: Uint8Array): Uint8Array => derived(secret, 'bearer');
/** Under which the record is sealed; for one record only. */
export const recordKey = (secret: Uint8Array): Uint8Array => derived(secret, 'record');
/** Under which the record's file keys are wrapped. */
export const sharedFilesKey = (secret: Uint8Array): Uint8Array => derived(secret, 'files');

/** Bytes that only somebody with the secret could have made for `content`. */
export const shareCheck = (
	hasher: Pick<Hasher, 'blake2b256'>,
	secret: Uint8Array,
	content: Uint8Array,
): Uint8Array => hasher.blake2b256(CHECK, secret, content).slice(0, CHECK_BYTES);

export const encodePublicPart = ({genesisHash, chain, record: place}: Omit<Share, 'secret'>): Uint8Array =>
	encode(publicCodec, {
		version: VERSION,
		genesisHash,
		chain: encodeGrantChain(chain),
		record: place && {pieceId: place.pieceId, placement: encodePlacement(place.placement)},
	});

/** Undefined when it is none, or of a later version. */
export const decodePublicPart = (part: Uint8Array): Omit<Share, 'secret'> | undefined => {
	const decoded = decode(publicCodec, part);
	if (!decoded.ok || decoded.value.version !== VERSION) return undefined;
	const {genesisHash, record: place} = decoded.value;
	const chain = decodeGrantChain(decoded.value.chain);
	const placement = place && decodePlacement(place.placement);
	if (!chain.ok || placement?.ok === false) return undefined;
	return {
		genesisHash,
		chain: chain.value,
		record: place && placement && {pieceId: place.pieceId, placement: placement.value},
	};
};

/** `dcloud://share/PUBLIC#SECRET`, both in base64url; the secret is followed by a check over both. */
export const shareLink = (hasher: Pick<Hasher, 'blake2b256'>, share: Share): string => {
	assert(share.secret.length === SECRET_BYTES, 'a secret has 32 bytes');
	const part = encodePublicPart(share);
	const fragment = concat(share.secret, shareCheck(hasher, share.secret, part));
	return `${PREFIX}${toBase64url(part)}#${toBase64url(fragment)}`;
};

export const isShareLink = (text: string): boolean => text.startsWith(PREFIX);

/** A link from anywhere. */
export const parseShareLink = (
	hasher: Pick<Hasher, 'blake2b256'>,
	text: string,
): Result<Share, ShareMalformed | ShareAltered> => {
	const malformed = err({code: 'SHARE_LINK_MALFORMED'} as const);
	const hash = text.indexOf('#');
	if (!isShareLink(text) || hash === -1 || text.length > LINK_LENGTH_MAX) return malformed;
	const part = parseBase64url(text.slice(PREFIX.length, hash));
	const fragment = parseBase64url(text.slice(hash + 1));
	if (part === undefined || fragment?.length !== SECRET_BYTES + CHECK_BYTES) return malformed;
	const secret = fragment.slice(0, SECRET_BYTES);
	if (!equalBytes(fragment.subarray(SECRET_BYTES), shareCheck(hasher, secret, part)))
		return err({code: 'SHARE_LINK_ALTERED'});
	const share = decodePublicPart(part);
	return share === undefined ? malformed : ok({...share, secret});
};
