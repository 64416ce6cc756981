/**
 * Who takes part in the topic overlay: a key, where it is reached, and what it wants to hear. Signed with that key, with an
 * end; of two the one with the higher sequence holds. Peers hand each other's profiles on as they are.
 */
import type {Crypto, Hasher, SecretCrypto} from '#crypto/crypto';
import {
	bytes,
	bytesBetween,
	type Codec,
	decode,
	encode,
	list,
	text,
	u64,
	uint,
	variant,
} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {GenesisHash, Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import {isRoute, ROUTE_BYTES_MAX} from '../route.ts';

export type Profile = {
	/** Ed25519, 32 bytes: also the key with which its streams are encrypted. */
	readonly key: Uint8Array;
	/** Grows with every profile of one key, in [0, 2^64). */
	readonly sequence: bigint;
	readonly validUntilSlot: Slot;
	/** Multiaddrs, best first; none when it can only dial others. */
	readonly routes: readonly string[];
	/** Numbers of topics (`topics.ts`), growing. Those that we do not know are later versions'. */
	readonly topics: readonly number[];
};

export const PROFILE_ROUTES_MAX = 4;
export const PROFILE_TOPICS_MAX = 16;
/** The longest that is looked at: four routes, sixteen topics, key and signature. */
export const PROFILE_BYTES_MAX = 1280;

export type ProfileFailure =
	| CborFailure
	| {readonly code: 'OVERLAY_PROFILE_TOO_LONG'; readonly length: number; readonly lengthMax: number}
	| {readonly code: 'OVERLAY_PROFILE_ROUTE_MALFORMED'; readonly index: number}
	| {readonly code: 'OVERLAY_PROFILE_TOPICS_UNSORTED'; readonly index: number};

export type ProfileRejection =
	| {readonly code: 'OVERLAY_PROFILE_EXPIRED'; readonly validUntilSlot: Slot; readonly slot: Slot}
	| {readonly code: 'OVERLAY_PROFILE_LASTS_TOO_LONG'; readonly validUntilSlot: Slot; readonly slotMax: Slot}
	| {readonly code: 'OVERLAY_PROFILE_SIGNATURE_INVALID'};

const DOMAIN = encodeUtf8('dcloud/overlay/profile/v1');

/** A later form has another number, and is refused by whoever does not know it. */
const profileCodec = variant({
	profile: [
		1,
		{
			key: bytes(32),
			sequence: u64,
			validUntilSlot: uint<Slot>(),
			routes: list(text(ROUTE_BYTES_MAX), PROFILE_ROUTES_MAX),
			topics: list(uint(255), PROFILE_TOPICS_MAX),
		},
	],
});

type Signed = {readonly body: Uint8Array; readonly signature: Uint8Array};
const signedCodec: Codec<Signed> = {
	write: (writer, {body, signature}) => {
		writer.array(2).bytes(body).bytes(signature);
	},
	read: reader => {
		reader.arrayOf(2);
		return {
			body: bytesBetween(1, PROFILE_BYTES_MAX).read(reader),
			signature: bytes(64).read(reader),
		};
	},
};

export type SignedProfile = {
	readonly profile: Profile;
	/** What was signed, as it came. */
	readonly body: Uint8Array;
	/** 64 bytes. */
	readonly signature: Uint8Array;
};

const messageOf = (hasher: Hasher, genesisHash: GenesisHash, body: Uint8Array): Hash32 =>
	hasher.blake2b256(DOMAIN, genesisHash, body);

/** As on the wire: `[body bytes, signature]`. */
export const signProfile = (
	crypto: Hasher & SecretCrypto,
	genesisHash: GenesisHash,
	seed: Uint8Array,
	content: Omit<Profile, 'key'>,
): Uint8Array => {
	const key = crypto.ed25519VerificationKey(seed);
	const body = encode(profileCodec, {kind: 'profile', key, ...content});
	const signature = crypto.signEd25519(seed, messageOf(crypto, genesisHash, body));
	return encode(signedCodec, {body, signature});
};

/** Judges the form only; `verifyProfile` judges who signed and until when it holds. */
export const decodeProfile = (encoded: Uint8Array): Result<SignedProfile, ProfileFailure> => {
	const {length} = encoded;
	if (length > PROFILE_BYTES_MAX)
		return err({code: 'OVERLAY_PROFILE_TOO_LONG', length, lengthMax: PROFILE_BYTES_MAX});
	const signed = decode(signedCodec, encoded);
	if (!signed.ok) return signed;
	const decoded = decode(profileCodec, signed.value.body);
	if (!decoded.ok) return decoded;
	const {kind: _, ...profile} = decoded.value;
	const badRoute = profile.routes.findIndex(route => !isRoute(route));
	if (badRoute !== -1) return err({code: 'OVERLAY_PROFILE_ROUTE_MALFORMED', index: badRoute});
	const unsorted = profile.topics.findIndex((topic, at) => at > 0 && topic <= (profile.topics[at - 1] ?? -1));
	if (unsorted !== -1) return err({code: 'OVERLAY_PROFILE_TOPICS_UNSORTED', index: unsorted});
	return ok({...signed.value, profile});
};

/** `lifeSlotsMax`: nobody may speak for longer ahead, so that what is gone is forgotten. */
export const verifyProfile = (
	crypto: Crypto,
	genesisHash: GenesisHash,
	{profile, body, signature}: SignedProfile,
	{slot, lifeSlotsMax}: {readonly slot: Slot; readonly lifeSlotsMax: number},
): Result<Profile, ProfileRejection> => {
	const {validUntilSlot, key} = profile;
	const slotMax = (slot + lifeSlotsMax) as Slot;
	if (validUntilSlot < slot) return err({code: 'OVERLAY_PROFILE_EXPIRED', validUntilSlot, slot});
	if (validUntilSlot > slotMax) return err({code: 'OVERLAY_PROFILE_LASTS_TOO_LONG', validUntilSlot, slotMax});
	return crypto.verifyEd25519(signature, messageOf(crypto, genesisHash, body), key)
		? ok(profile)
		: err({code: 'OVERLAY_PROFILE_SIGNATURE_INVALID'});
};
