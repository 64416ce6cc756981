/** Customers and repairers, put together over a node's control API and real adapters: what the CLI opens. */
import path from 'node:path';
import {bearerSeed} from '#access/share';
import type {SharedFile} from '#access/share-file';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {fromHex, toHex} from '#kernel/bytes';
import {type GenesisHash, Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {genesisHashOf, parseGenesisJson} from '#ledger/genesis/genesis';
import {CREDITS_MAX} from '#ledger/limits';
import type {ControlClient} from '#node/ports/control-api';
import {MANIFEST_BYTES_MAX} from '#pieces/manifest/manifest';
import {BOX_OVERHEAD_BYTES} from '#pieces/manifest/sealed-box';
import type {Transport} from '#transport/transport';
import {createFileManifestStore} from './adapters/file-manifest-store.ts';
import {createFileMetadataCache} from './adapters/file-metadata-cache.ts';
import {createFileRevisionStore} from './adapters/file-revision-store.ts';
import {createFileUploadJournal} from './adapters/file-upload-journal.ts';
import {createLocalSegmentWorks} from './adapters/local-segment-works.ts';
import {createNativeCrypto} from './adapters/native-crypto.ts';
import {createOsEntropy} from './adapters/os-entropy.ts';
import {createSegmentPorts} from './adapters/segment-ports.ts';
import {createThreadedSegmentWorks} from './adapters/segment-threads/threaded-segment-works.ts';
import {createSha256} from './adapters/sha256.ts';
import {createSystemClock} from './adapters/system-clock.ts';
import {customerTransport, socketsMaxOf} from './machine-transport.ts';
import {openRepairer, type Repairer} from './services/repairer/repairer.ts';
import {type OpenedShare, openShare} from './services/sharing/open-share.ts';
import type {ClientPortsBase, StorageClientOptions} from './services/storage-client/client-ports.ts';
import {type PayingPorts, payingTransport} from './services/storage-client/paying-transport.ts';
import {openStorageClient, type StorageClient} from './services/storage-client/storage-client.ts';
import type {CustomerTransportConfig} from './transport-config.ts';

export type SharedObjectsOptions = {
	readonly control: ControlClient;
	/** Lovelace per GiB that downloads may cost. */
	readonly payMax?: bigint;
	/** Signs vouchers on channels of its own; default the share's key, on the owner's channels. */
	readonly payerSeed?: Uint8Array;
	/** How its connections are made; as many as by default unless given. */
	readonly transport?: CustomerTransportConfig;
};

export type StorageUserOptions = {
	readonly control: ControlClient;
	/** The account's Ed25519 key, 32 bytes. */
	readonly seed: Uint8Array;
	/** Lovelace per GiB that downloads may cost, paid on open channels; undefined: nothing is paid. */
	readonly payMax?: bigint;
	/** How its connections are made; as many as by default unless given. */
	readonly transport?: CustomerTransportConfig;
};

const PLAIN: CustomerTransportConfig = {gentle: false, p2pHost: '127.0.0.1'};

/** A channel to whoever serves under a key whose vouchers `payerVk` signs, as the node has it. */
const channelTo =
	({control}: Pick<StorageUserOptions, 'control'>, payerVk: Uint8Array): PayingPorts['channelTo'] =>
	async serverVk => {
		const [providers, channels] = await Promise.all([control.providers(), control.channels({})]);
		const server = providers.find(({operatorVk}) => operatorVk === toHex(serverVk));
		const channel = channels.find(
			each =>
				each.payee === server?.payoutAccount && each.payerVk === toHex(payerVk) && each.status === 'open',
		);
		return (
			channel && {
				channelId: Hash32(fromHex(channel.id)),
				payerVk,
				deposit: BigInt(channel.deposit),
				settled: BigInt(channel.paid),
			}
		);
	};

/** A transport of a key; one that pays, when downloads may cost something. `payerSeed`: signs vouchers. */
const transportOf = async (
	crypto: Crypto & SecretCrypto,
	options: StorageUserOptions & {readonly payerSeed?: Uint8Array},
): Promise<Transport> => {
	const {control, seed, payMax, payerSeed = seed, transport: config = PLAIN} = options;
	const ownGenesisHash = async (): Promise<GenesisHash> => {
		const genesis = parseGenesisJson(await control.genesis());
		if (genesis.ok) return genesisHashOf(crypto, genesis.value);
		throw new NodeError({
			code: 'CONTROL_BAD_ANSWER',
			message: 'The node answered with a genesis that is none.',
			failure: genesis.error,
		});
	};
	const transport = customerTransport(seed, config, ownGenesisHash);
	if (payMax === undefined) return transport;
	const genesisHash = await ownGenesisHash();
	const payerVk = crypto.ed25519VerificationKey(payerSeed);
	const ports = {crypto, genesisHash, channelTo: channelTo(options, payerVk)};
	return payingTransport(transport, ports, {payerSeed, priceMax: payMax});
};

const portsOf = async (
	options: StorageUserOptions & {readonly payerSeed?: Uint8Array},
): Promise<ClientPortsBase> => {
	const {control} = options;
	const [crypto, segments] = await Promise.all([createNativeCrypto(), createSegmentPorts()]);
	return {
		control,
		transport: await transportOf(crypto, options),
		crypto,
		segments,
		entropy: createOsEntropy(),
		clock: createSystemClock(),
	};
};

/** `folder`: where the customer's encrypted manifests are. */
export const openCustomer = async (
	options: StorageUserOptions &
		Pick<StorageClientOptions, 'repairerVk' | 'paidBy'> & {readonly folder: string},
): Promise<StorageClient> => {
	const ports = await portsOf(options);
	const {folder, seed, repairerVk, paidBy, transport = PLAIN} = options;
	return await openStorageClient(
		{
			...ports,
			manifests: createFileManifestStore(folder, MANIFEST_BYTES_MAX + BOX_OVERHEAD_BYTES),
			works: createThreadedSegmentWorks(createLocalSegmentWorks(ports.segments)),
			uploads: createFileUploadJournal(folder, name => ports.crypto.blake2b256(name)),
			revisions: createFileRevisionStore(path.join(folder, 'revisions')),
			sha256: createSha256,
			metadataCache: createFileMetadataCache(path.join(folder, 'cache')),
		},
		{seed, sessionsMax: socketsMaxOf(transport), ...(repairerVk && {repairerVk}), ...(paidBy && {paidBy})},
	);
};

/** What somebody reads who was given a share. `payMax` undefined: whatever a provider asks, as far as channels go. */
export const openSharedObjects = async (
	{control, payMax, payerSeed, transport}: SharedObjectsOptions,
	{share, sealedRecord}: SharedFile,
): Promise<OpenedShare> => {
	const seed = bearerSeed(share.secret);
	const paying = {payMax: payMax ?? CREDITS_MAX, payerSeed: payerSeed ?? seed};
	const ports = await portsOf({control, seed, ...paying, ...(transport && {transport})});
	const works = createThreadedSegmentWorks(createLocalSegmentWorks(ports.segments));
	return await openShare(
		{...ports, works, sha256: createSha256},
		{share, sealedRecord},
		{sessionsMax: socketsMaxOf(transport ?? PLAIN)},
	);
};

/** `seed`: the key that customers name as their repairer, and the account that is paid. */
export const openRepairService = async (options: StorageUserOptions): Promise<Repairer> =>
	await openRepairer(await portsOf(options), {
		seed: options.seed,
		sessionsMax: socketsMaxOf(options.transport ?? PLAIN),
	});
