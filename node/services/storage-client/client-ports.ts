import type {Crypto, SecretCrypto} from '#crypto/crypto';
import type {AccountId} from '#kernel/hash';
import type {Clock} from '#node/ports/clock';
import type {Entropy} from '#node/ports/entropy';
import type {ManifestStore} from '#node/ports/manifest-store';
import type {MetadataCache} from '#node/ports/metadata-cache';
import type {RevisionStore} from '#node/ports/revision-store';
import type {SegmentWorks} from '#node/ports/segment-works';
import type {Sha256} from '#node/ports/sha256';
import type {UploadJournal} from '#node/ports/upload-journal';
import type {SegmentPorts} from '#pieces/ports';
import type {Transport} from '#transport/transport';
import type {ControlPort} from './chain-client.ts';

/** What customers and repairers both need. */
export type ClientPortsBase = {
	readonly control: ControlPort;
	/** Made from the account's seed: providers know their client by its key. */
	readonly transport: Transport;
	readonly crypto: Crypto & SecretCrypto;
	readonly segments: SegmentPorts;
	readonly entropy: Entropy;
	readonly clock: Clock;
	/** Where revisions are kept as evidence; nowhere unless given. */
	readonly revisions?: RevisionStore;
};

export type StorageClientPorts = ClientPortsBase & {
	readonly manifests: ManifestStore;
	/** Closed by the client that it was handed to. */
	readonly works: SegmentWorks;
	readonly uploads: UploadJournal;
	readonly sha256: () => Sha256;
	/** Who may have parts of listings at hand; nobody unless given. */
	readonly metadataCache?: MetadataCache;
};

export type StorageClientOptions = {
	/** The account's Ed25519 key, 32 bytes. */
	readonly seed: Uint8Array;
	/** Ed25519; who may repair what is stored, unless it is said for a file; default the account itself. */
	readonly repairerVk?: Uint8Array;
	/** Whose payer account pays for new agreements; default who pays those that run, or the account itself. */
	readonly paidBy?: AccountId;
	/** Sockets that are open at a time; default 32. */
	readonly sessionsMax?: number;
	/** A transfer gets a rival when nothing has ended for so long; default 3 s, or sooner when it is the last of many. */
	readonly hedgeMs?: number;
};
