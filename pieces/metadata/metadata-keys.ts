/** The keys of an owner's metadata. All follow from the account's key, so that it alone opens every listing. */
import type {Hasher} from '#crypto/crypto';
import {hkdfSha256} from '#crypto/hkdf';
import {assert} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';

const ACCOUNT = encodeUtf8('dcloud/metadata/account/v1');
const BUCKET_ID = encodeUtf8('dcloud/metadata/bucket-id/v1');
const LOCATOR = encodeUtf8('dcloud/metadata/locator/v1');
const NODE_SEAL = encodeUtf8('dcloud/metadata/node-seal/v1');
const NODE_HASH = encodeUtf8('dcloud/metadata/node-hash/v1');
const BOUNDARY = encodeUtf8('dcloud/metadata/boundary/v1');
const NO_SALT = new Uint8Array(0);

/** From the account's Ed25519 seed (32 bytes). */
export const metadataKeyOf = (accountSeed: Uint8Array): Uint8Array => {
	assert(accountSeed.length === 32, "an account's seed has 32 bytes");
	return hkdfSha256(accountSeed, NO_SALT, ACCOUNT, 32);
};

/** What the ledger calls a bucket: nobody without the key can tell, or try, its name. */
export const bucketIdOf = (hasher: Hasher, metadataKey: Uint8Array, bucketName: string): Hash32 =>
	hasher.blake2b256(BUCKET_ID, hkdfSha256(metadataKey, NO_SALT, BUCKET_ID, 32), encodeUtf8(bucketName));

/** Of one bucket's tree; 32 bytes each. */
export type TreeKeys = {
	/** The keys of nodes follow from it. */
	readonly seal: Uint8Array;
	/** For the keyed hash of a node's content. */
	readonly hash: Uint8Array;
	/** For where nodes end: names that others choose cannot be chosen so that nodes grow or shrink. */
	readonly boundary: Uint8Array;
};

export const treeKeysOf = (metadataKey: Uint8Array, bucketId: Uint8Array): TreeKeys => ({
	seal: hkdfSha256(metadataKey, bucketId, NODE_SEAL, 32),
	hash: hkdfSha256(metadataKey, bucketId, NODE_HASH, 32),
	boundary: hkdfSha256(metadataKey, bucketId, BOUNDARY, 32),
});

/** For what says where a bucket's nodes are. It does not need the bucket's name, which that says. */
export const locatorKeyOf = (metadataKey: Uint8Array, bucketId: Uint8Array): Uint8Array =>
	hkdfSha256(metadataKey, bucketId, LOCATOR, 32);
