/** Customers and repairers, put together over a node's control API and real adapters: what the CLI opens. */
import type {ControlClient} from '#node/ports/control-api';
import {MANIFEST_BYTES_MAX} from '#pieces/manifest/manifest';
import {BOX_OVERHEAD_BYTES} from '#pieces/manifest/sealed-box';
import type {SegmentPorts} from '#pieces/ports';
import {createTlsTransport} from '#transport/tls';
import {createAead} from './adapters/aead.ts';
import {createErasureKernel} from './adapters/erasure-kernel.ts';
import {createFileManifestStore} from './adapters/file-manifest-store.ts';
import {createNativeCrypto} from './adapters/native-crypto.ts';
import {createOsEntropy} from './adapters/os-entropy.ts';
import {createPieceTreeKernel} from './adapters/piece-tree-kernel.ts';
import {createSha256} from './adapters/sha256.ts';
import {createStreamCipher} from './adapters/stream-cipher.ts';
import {createSystemClock} from './adapters/system-clock.ts';
import {openRepairer, type Repairer} from './services/repairer/repairer.ts';
import type {ClientPortsBase} from './services/storage-client/client-ports.ts';
import {openStorageClient, type StorageClient} from './services/storage-client/storage-client.ts';

export type StorageUserOptions = {
	readonly control: ControlClient;
	/** The account's Ed25519 key, 32 bytes. */
	readonly seed: Uint8Array;
};

const portsOf = async ({control, seed}: StorageUserOptions): Promise<ClientPortsBase> => {
	const [crypto, trees, erasure] = await Promise.all([
		createNativeCrypto(),
		createPieceTreeKernel(),
		createErasureKernel(),
	]);
	const segments: SegmentPorts = {
		hasher: crypto,
		trees,
		aead: createAead(),
		cipher: createStreamCipher(),
		erasure,
	};
	return {
		control,
		transport: createTlsTransport(seed),
		crypto,
		segments,
		entropy: createOsEntropy(),
		clock: createSystemClock(),
	};
};

/** `folder`: where the customer's encrypted manifests are. */
export const openCustomer = async (
	options: StorageUserOptions & {readonly folder: string},
): Promise<StorageClient> =>
	await openStorageClient(
		{
			...(await portsOf(options)),
			manifests: createFileManifestStore(options.folder, MANIFEST_BYTES_MAX + BOX_OVERHEAD_BYTES),
			sha256: createSha256,
		},
		{seed: options.seed},
	);

/** `seed`: the key that customers name as their repairer, and the account that is paid. */
export const openRepairService = async (options: StorageUserOptions): Promise<Repairer> =>
	await openRepairer(await portsOf(options), {seed: options.seed});
