import type {Aead} from '#crypto/aead';
import {hkdfSha256} from '#crypto/hkdf';
import {NodeError} from '#kernel/node-error';
import {encodeUtf8} from '#kernel/utf8';
import type {Entropy} from '#node/ports/entropy';
import type {ManifestStore} from '#node/ports/manifest-store';
import type {Manifest} from '#pieces/manifest/manifest';
import {openManifest, sealManifest} from '#pieces/manifest/sealed-manifest';
import {unwrapKey, wrapKey} from '#pieces/manifest/wrapped-key';

const DOMAIN = encodeUtf8('dcloud/customer-key/v1');

/** The key under which a customer's manifests and file keys are kept; it follows from the account key. */
export const customerKeyOf = (seed: Uint8Array): Uint8Array =>
	hkdfSha256(seed, new Uint8Array(0), DOMAIN, 32);

/** A customer's own encrypted records of its files. */
export type Manifests = {
	names(): Promise<readonly string[]>;
	/** Throws MANIFEST_UNKNOWN, MANIFEST_SEAL_BROKEN and other codes of a spoilt manifest. */
	load(name: string): Promise<Manifest>;
	has(name: string): Promise<boolean>;
	save(manifest: Manifest): Promise<void>;
	remove(name: string): Promise<void>;
	/** A fresh file key and its wrapped form. */
	newFileKey(): {readonly key: Uint8Array; readonly wrapped: Uint8Array};
	fileKey(manifest: Manifest): Uint8Array;
	openFileKey(wrapped: Uint8Array): Uint8Array;
	/** A fresh segment key and its form wrapped under the file's key. */
	newSegmentKey(fileKey: Uint8Array): {readonly key: Uint8Array; readonly wrapped: Uint8Array};
	segmentKey(wrapped: Uint8Array, fileKey: Uint8Array): Uint8Array;
};

const unopened = (): NodeError =>
	new NodeError({
		code: 'MANIFEST_KEY_WRONG',
		message: 'A key in the manifest does not open with this account: is it the account that stored the file?',
	});

export const openManifests = (
	{store, aead, entropy}: {readonly store: ManifestStore; readonly aead: Aead; readonly entropy: Entropy},
	customerKey: Uint8Array,
): Manifests => {
	const fresh = (purpose: 'file' | 'segment', under: Uint8Array) => {
		const key = entropy.bytes(32);
		return {key, wrapped: wrapKey(aead, {purpose, key, under, nonce: entropy.bytes(12)})};
	};
	const opened = (purpose: 'file' | 'segment', wrapped: Uint8Array, under: Uint8Array): Uint8Array => {
		const key = unwrapKey(aead, {purpose, wrapped, under});
		if (key === undefined) throw unopened();
		return key;
	};
	return {
		names: () => store.names(),
		has: async name => (await store.load(name)) !== undefined,
		load: async name => {
			const sealed = await store.load(name);
			if (sealed === undefined)
				throw new NodeError({
					code: 'MANIFEST_UNKNOWN',
					message: `There is no stored file called ${name}: list the files to see their names.`,
					name,
				});
			const manifest = openManifest(aead, customerKey, sealed);
			if (manifest.ok) return manifest.value;
			const {code, ...detail} = manifest.error;
			throw new NodeError({
				code,
				message: `The record of ${name} cannot be read: it is spoilt, or belongs to another account.`,
				name,
				...detail,
			});
		},
		save: manifest =>
			store.save(manifest.name, sealManifest(aead, {customerKey, nonce: entropy.bytes(12)}, manifest)),
		remove: name => store.remove(name),
		newFileKey: () => fresh('file', customerKey),
		fileKey: ({wrappedFileKey}) => opened('file', wrappedFileKey, customerKey),
		openFileKey: wrapped => opened('file', wrapped, customerKey),
		newSegmentKey: fileKey => fresh('segment', fileKey),
		segmentKey: (wrapped, fileKey) => opened('segment', wrapped, fileKey),
	};
};
