/** A customer's storage client with this machine's disk, clock and network behind it. */
import {createHash} from 'node:crypto';
import path from 'node:path';
import {createCryptoBackends} from '#node/adapters/crypto-backends';
import {createErasureKernel} from '#node/adapters/erasure-kernel';
import {createFileManifestStore} from '#node/adapters/file-manifest-store';
import {createOsEntropy} from '#node/adapters/os-entropy';
import {createSystemClock} from '#node/adapters/system-clock';
import type {ControlClient} from '#node/ports/control-api';
import {openStorageClient, type StorageClient} from '#node/services/storage-client/storage-client';
import {MANIFEST_BYTES_MAX} from '#pieces/manifest/manifest';
import type {SegmentPorts} from '#pieces/ports';
import {createTlsTransport} from '#transport/tls';

/** Everything that turns segments into pieces and back. */
export const segmentPorts = async (): Promise<SegmentPorts> => {
	const [backends, erasure] = await Promise.all([createCryptoBackends(), createErasureKernel()]);
	return {
		hasher: backends.crypto,
		trees: backends.pieceTree,
		aead: backends.aead,
		cipher: backends.streamCipher,
		erasure,
	};
};

/** `folder` keeps the customer's manifests, sealed under a key that follows from the account's. */
export const openStorage = async (
	control: ControlClient,
	{seed, folder}: {readonly seed: Uint8Array; readonly folder: string},
): Promise<StorageClient> => {
	const {crypto} = await createCryptoBackends();
	return openStorageClient(
		{
			control,
			transport: createTlsTransport(seed),
			crypto,
			segments: await segmentPorts(),
			manifests: createFileManifestStore(path.join(folder, 'manifests'), MANIFEST_BYTES_MAX + 1024),
			entropy: createOsEntropy(),
			clock: createSystemClock(),
			sha256: () => {
				const hash = createHash('sha256');
				return {update: bytes => void hash.update(bytes), digest: () => new Uint8Array(hash.digest())};
			},
		},
		{seed},
	);
};
