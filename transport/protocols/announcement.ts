/**
 * A provider says where it listens and what it is: signed by its operator key, expiring, the newest sequence wins.
 * Endpoints stand here and never on a chain.
 */
import type {Crypto, Hasher, SecretCrypto} from '#crypto/crypto';
import {compareBytes, equalBytes} from '#kernel/bytes';
import {bytes, type Codec, decode, encode, list, nullable, record, text, u64, uint} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {GenesisHash, Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import {ENDPOINT_BYTES_MAX, parseEndpoint} from './endpoint.ts';
import {isRoute, ROUTE_BYTES_MAX, ROUTES_MAX} from './route.ts';

/** A fact that the announcer states about itself: operator, region, autonomous system. Nobody vouches for it. */
export type AnnouncedAttribute = {readonly name: string; readonly value: string};

export type Announcement = {
	/** Ed25519, 32 bytes: the operator key of the provider. */
	readonly key: Uint8Array;
	/** Grows with every announcement of one key, in [0, 2^64). */
	readonly sequence: bigint;
	readonly validUntilSlot: Slot;
	/** `host:port` where it answers over TLS; null when nobody can dial it there, as behind a router. */
	readonly endpoint: string | null;
	/** Multiaddrs where libp2p reaches it, best first; in them or in `endpoint` it can be reached. */
	readonly routes: readonly string[];
	/** Sorted by name, each name once. */
	readonly attributes: readonly AnnouncedAttribute[];
};

export type SignedAnnouncement = {
	readonly announcement: Announcement;
	/** 64 bytes. */
	readonly signature: Uint8Array;
};

/** The longest announcement that is looked at: what relays carry (`relay/protocols/announcements/limits`). */
export const ANNOUNCEMENT_BYTES_MAX = 2048;
const ATTRIBUTES_MAX = 16;
const ATTRIBUTE_NAME_BYTES_MAX = 32;
const ATTRIBUTE_VALUE_BYTES_MAX = 128;

export type AnnouncementFailure =
	| CborFailure
	| {readonly code: 'ANNOUNCEMENT_TOO_LONG'; readonly length: number; readonly lengthMax: number}
	| {readonly code: 'ANNOUNCEMENT_ENDPOINT_MALFORMED'; readonly endpoint: string}
	| {readonly code: 'ANNOUNCEMENT_ROUTE_MALFORMED'; readonly index: number}
	| {readonly code: 'ANNOUNCEMENT_PLACELESS'}
	| {readonly code: 'ANNOUNCEMENT_ATTRIBUTES_UNSORTED'; readonly index: number};

export type AnnouncementRejection =
	| {readonly code: 'ANNOUNCEMENT_EXPIRED'; readonly validUntilSlot: Slot; readonly slot: Slot}
	| {readonly code: 'ANNOUNCEMENT_SIGNATURE_INVALID'};

const DOMAIN = encodeUtf8('dcloud/announcement/v1');

export const announcementCodec: Codec<Announcement> = record({
	key: bytes(32),
	sequence: u64,
	validUntilSlot: uint<Slot>(),
	endpoint: nullable(text(ENDPOINT_BYTES_MAX)),
	routes: list(text(ROUTE_BYTES_MAX), ROUTES_MAX),
	attributes: list(
		record({name: text(ATTRIBUTE_NAME_BYTES_MAX), value: text(ATTRIBUTE_VALUE_BYTES_MAX)}),
		ATTRIBUTES_MAX,
	),
});

const signedCodec: Codec<SignedAnnouncement> = record({
	announcement: announcementCodec,
	signature: bytes(64),
});

/** The 32 bytes that the announcer signs. */
export const announcementMessage = (
	hasher: Hasher,
	genesisHash: GenesisHash,
	announcement: Announcement,
): Hash32 => hasher.blake2b256(DOMAIN, genesisHash, encode(announcementCodec, announcement));

/** Signed with the key of `seed`; attributes are sorted here, and `key` is the seed's own. */
export const signAnnouncement = (
	crypto: Hasher & SecretCrypto,
	genesisHash: GenesisHash,
	seed: Uint8Array,
	content: Omit<Announcement, 'key'>,
): SignedAnnouncement => {
	const announcement: Announcement = {
		...content,
		key: crypto.ed25519VerificationKey(seed),
		attributes: [...content.attributes].sort((a, b) => compareBytes(encodeUtf8(a.name), encodeUtf8(b.name))),
	};
	return {
		announcement,
		signature: crypto.signEd25519(seed, announcementMessage(crypto, genesisHash, announcement)),
	};
};

/** Canonical CBOR `[body, signature]`. */
export const encodeAnnouncement = (signed: SignedAnnouncement): Uint8Array => encode(signedCodec, signed);

const unsortedAttribute = (attributes: readonly AnnouncedAttribute[]): number =>
	attributes.findIndex(({name}, index) => {
		const before = attributes[index - 1];
		return before !== undefined && compareBytes(encodeUtf8(before.name), encodeUtf8(name)) >= 0;
	});

/** Judges the form only; `verifyAnnouncement` judges who signed and until when it holds. */
export const decodeAnnouncement = (encoded: Uint8Array): Result<SignedAnnouncement, AnnouncementFailure> => {
	if (encoded.length > ANNOUNCEMENT_BYTES_MAX)
		return err({
			code: 'ANNOUNCEMENT_TOO_LONG',
			length: encoded.length,
			lengthMax: ANNOUNCEMENT_BYTES_MAX,
		});
	const decoded = decode(signedCodec, encoded);
	if (!decoded.ok) return decoded;
	const {endpoint, routes, attributes} = decoded.value.announcement;
	if (endpoint !== null && parseEndpoint(endpoint) === undefined)
		return err({code: 'ANNOUNCEMENT_ENDPOINT_MALFORMED', endpoint});
	const badRoute = routes.findIndex(route => !isRoute(route));
	if (badRoute !== -1) return err({code: 'ANNOUNCEMENT_ROUTE_MALFORMED', index: badRoute});
	if (endpoint === null && routes.length === 0) return err({code: 'ANNOUNCEMENT_PLACELESS'});
	const index = unsortedAttribute(attributes);
	return index === -1 ? decoded : err({code: 'ANNOUNCEMENT_ATTRIBUTES_UNSORTED', index});
};

export const verifyAnnouncement = (
	crypto: Crypto,
	genesisHash: GenesisHash,
	slot: Slot,
	{announcement, signature}: SignedAnnouncement,
): Result<Announcement, AnnouncementRejection> => {
	const {validUntilSlot, key} = announcement;
	if (validUntilSlot < slot) return err({code: 'ANNOUNCEMENT_EXPIRED', validUntilSlot, slot});
	return crypto.verifyEd25519(signature, announcementMessage(crypto, genesisHash, announcement), key)
		? ok(announcement)
		: err({code: 'ANNOUNCEMENT_SIGNATURE_INVALID'});
};

/** Whether `next` takes the place of `known` of the same key. */
export const supersedes = (next: Announcement, known: Announcement): boolean =>
	equalBytes(next.key, known.key) && next.sequence > known.sequence;
