import type {Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {Epoch} from '#kernel/slot';
import type {CodeProfile} from '#pieces/erasure/code-profile';
import {metadataKeyOf} from '#pieces/metadata/metadata-keys';
import {createSessionPool} from '#transport/session-pool';
import {createShares, type Shares} from '../sharing/shares.ts';
import {type AccountBudget, accountBudget} from './account-budget.ts';
import {type AuditedAgreement, auditAgreements} from './audit-agreements.ts';
import {type Buckets, createBuckets} from './buckets.ts';
import {ChainClient} from './chain-client.ts';
import type {StorageClientOptions, StorageClientPorts} from './client-ports.ts';
import {closeAgreement} from './close-agreement.ts';
import {customerKeyOf, openManifests} from './customer.ts';
import {type DemandedAgreement, type DemandOptions, demandFile} from './demand-file.ts';
import {type FetchedFile, type GetOptions, getFile} from './get-file.ts';
import {HIDDEN} from './hidden-files.ts';
import {
	fundAgreements,
	type KeptAgreement,
	keepAgreements,
	type RenewOptions,
	renewAgreement,
} from './keep-agreements.ts';
import {createOperations, type Operations} from './operations.ts';
import {type FileContext, type PutOptions, putFile, type StoredFile} from './put-file.ts';
import {type QuoteOptions, quoteFile, type StorageQuote} from './quote-file.ts';
import {hedgingOf} from './race.ts';
import {type RemovedFile, type RemoveOptions, removeFile} from './remove-file.ts';
import {fileTicket, type SealedTicket} from './repair-tickets.ts';
import {openUploads} from './uploads.ts';

export type ListedFile = {
	readonly name: string;
	readonly size: number;
	readonly sha256: Uint8Array;
	readonly segments: number;
	readonly pieces: number;
	readonly code: CodeProfile;
	readonly holders: readonly {readonly providerId: Hash32; readonly agreementId: Hash32}[];
};

/** What a customer can do about its agreements besides putting files in. */
export type OwnAgreements = {
	/** Whether providers have committed to what they signed; with `claim`, what was left out is claimed on the chain. */
	audit(options: {
		readonly claim: boolean;
		readonly signal?: AbortSignal;
	}): Promise<readonly AuditedAgreement[]>;
	/** Has all of them renew by themselves within that order, or (null) end when they end. */
	keep(
		order: KeptAgreement['order'],
		call?: {readonly signal?: AbortSignal},
	): Promise<readonly KeptAgreement[]>;
	/** Sets aside what all of them cost until an epoch, at the rates of today; returns what was added. */
	fund(until: Epoch, call?: {readonly signal?: AbortSignal}): Promise<Lovelace>;
	/** Makes one longer now, at its provider's price. */
	renew(options: RenewOptions, call?: {readonly signal?: AbortSignal}): Promise<void>;
	/** Ends one early; returns the first epoch that is not paid. */
	close(agreementId: Hash32, call?: {readonly signal?: AbortSignal}): Promise<Epoch>;
};

/** Stores and brings back the files of one customer. */
export type StorageClient = {
	putFile(options: PutOptions): Promise<StoredFile>;
	/** What it would cost; nothing is sent. */
	quote(options: QuoteOptions): Promise<StorageQuote>;
	/** What storage costs the account, and how long its funds last. */
	budget(call?: {readonly signal?: AbortSignal}): Promise<AccountBudget>;
	getFile(options: GetOptions): Promise<FetchedFile>;
	listFiles(): Promise<readonly ListedFile[]>;
	/** Takes a file's pieces out of all agreements and destroys its keys; the receipt shows it to anybody. */
	removeFile(options: RemoveOptions): Promise<RemovedFile>;
	/** Asks every provider of a file for its pieces; of those that do not give them and promised to, on the chain. */
	demandFile(options: DemandOptions): Promise<readonly DemandedAgreement[]>;
	/** What a repairer needs for a file: mask keys, piece ids and places, no content keys. */
	repairTicket(name: string): Promise<SealedTicket>;
	readonly agreements: OwnAgreements;
	readonly buckets: Buckets;
	readonly shares: Shares;
	/**
	 * Calls off what is under way, which throws STORAGE_CLIENT_CLOSED; closes its connections and ends its threads. When it is
	 * done nothing of it runs any more. Never rejects.
	 */
	close(): Promise<void>;
};

const ownAgreements = (context: FileContext, run: Operations['run']): OwnAgreements => {
	const {chain} = context;
	return {
		audit: options => run(options, own => auditAgreements(context, {...options, ...own})),
		keep: (order, call = {}) => run(call, own => keepAgreements(chain, order, own)),
		fund: (until, call = {}) => run(call, own => fundAgreements(chain, until, own)),
		renew: (options, call = {}) => run(call, own => renewAgreement(context, options, own)),
		close: (agreementId, call = {}) => run(call, own => closeAgreement(chain, agreementId, own)),
	};
};

/** A client by way of a node's control API. Throws CONTROL_UNREACHABLE and other codes of the control client. */
export const openStorageClient = async (
	ports: StorageClientPorts,
	{seed, sessionsMax, hedgeMs, repairerVk, paidBy}: StorageClientOptions,
): Promise<StorageClient> => {
	const {aead} = ports.segments;
	const {entropy} = ports;
	const chain = await ChainClient.open(ports, seed, {...(paidBy && {paidBy})});
	const pool = createSessionPool(ports.transport, {...(sessionsMax !== undefined && {sessionsMax})});
	const manifests = openManifests({store: ports.manifests, aead, entropy}, customerKeyOf(seed));
	const uploads = openUploads({journal: ports.uploads, aead, entropy}, customerKeyOf(seed));
	const context: FileContext = {
		ports,
		chain,
		pool,
		manifests,
		uploads,
		hedging: hedgingOf(hedgeMs),
		...(repairerVk && {repairerVk}),
	};
	const inBuckets = {...context, metadataKey: metadataKeyOf(seed), seen: new Map()};
	const operations = createOperations();
	const {run} = operations;
	const buckets = createBuckets(inBuckets, run);
	const shares = createShares({...inBuckets, seed}, buckets, run);
	return {
		agreements: ownAgreements(context, run),
		buckets,
		shares,
		putFile: options => run(options, own => putFile(context, {...options, ...own})),
		quote: options => run(options, own => quoteFile(context, {...options, ...own})),
		budget: (call = {}) =>
			run(call, own => accountBudget(chain.control, chain.env.genesis, chain.account, own)),
		getFile: options => run(options, own => getFile(context, {...options, ...own})),
		removeFile: options => run(options, own => removeFile(context, {...options, ...own})),
		demandFile: options => run(options, own => demandFile(context, {...options, ...own})),
		listFiles: async () => {
			const files: ListedFile[] = [];
			for (const name of await manifests.names()) {
				if (name.startsWith(HIDDEN)) continue;
				const {size, sha256, segments, code, holders} = await manifests.load(name);
				const pieces = segments.reduce((sum, segment) => sum + segment.pieces.length, 0);
				files.push({name, size, sha256, segments: segments.length, pieces, code, holders});
			}
			return files;
		},
		repairTicket: name => fileTicket(context, name),
		close: async () => {
			const ended = operations.close();
			pool.close();
			await Promise.allSettled([ended, ports.works.close()]);
		},
	};
};
