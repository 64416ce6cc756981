/** A manifest as it is stored: under the customer's key. */
import type {Aead} from '#crypto/aead';
import {err, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {
	decodeManifest,
	encodeManifest,
	MANIFEST_BYTES_MAX,
	type Manifest,
	type ManifestError,
} from './manifest.ts';
import {BOX_OVERHEAD_BYTES, openBox, sealBox} from './sealed-box.ts';

const DOMAIN = encodeUtf8('dcloud/manifest/v1');

export type SealedManifestError = ManifestError | {readonly code: 'MANIFEST_SEAL_BROKEN'};

/** `customerKey` 32 bytes, `nonce` 12 fresh random bytes. */
export const sealManifest = (
	aead: Aead,
	{customerKey, nonce}: {readonly customerKey: Uint8Array; readonly nonce: Uint8Array},
	manifest: Manifest,
): Uint8Array => sealBox(aead, {key: customerKey, domain: DOMAIN, nonce}, encodeManifest(manifest));

export const openManifest = (
	aead: Aead,
	customerKey: Uint8Array,
	sealed: Uint8Array,
): Result<Manifest, SealedManifestError> => {
	if (sealed.length > MANIFEST_BYTES_MAX + BOX_OVERHEAD_BYTES)
		return err({code: 'MANIFEST_TOO_LONG', length: sealed.length});
	const opened = openBox(aead, {key: customerKey, domain: DOMAIN}, sealed);
	return opened === undefined ? err({code: 'MANIFEST_SEAL_BROKEN'}) : decodeManifest(opened);
};
