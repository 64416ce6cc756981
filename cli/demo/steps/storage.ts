/** Step 4: the customer's file is sealed, coded, masked and placed; agreements are in blocks, their revisions signed by both sides. */
import {mkdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {fromHex, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {decodeSignedRevision, type SignedRevision} from '#ledger/agreements/revision';
import {openFileSource} from '#node/adapters/byte-files';
import {createFileRevisionStore} from '#node/adapters/file-revision-store';
import {createSystemClock} from '#node/adapters/system-clock';
import type {AgreementView} from '#node/ports/control-api';
import {createProviderPeer} from '#node/services/storage-client/provider-peer';
import type {StoredFile} from '#node/services/storage-client/put-file';
import type {StorageClient} from '#node/services/storage-client/storage-client';
import {openCustomer} from '#node/storage-users';
import type {RepairTicket} from '#pieces/manifest/repair-ticket';
import {parseEndpoint} from '#transport/protocols/endpoint';
import {createSessionPool} from '#transport/session-pool';
import {createTlsTransport} from '#transport/tls';
import {ada, byteSize, short} from '../../format.ts';
import {submitAction, waitForTransaction} from '../../wallet.ts';
import {writeSeededFile} from '../seeded-file.ts';
import {check, type NetworkStage} from '../stage.ts';
import {until} from '../until.ts';
import type {WatchedProvider} from './altered-proof.ts';

const BUDGET = Lovelace(5_000_000_000n);
const OPENED_MS_MAX = 150_000;
/** Below the devnet's root: the customer's manifests. */
export const CUSTOMER_FOLDER = 'customer';

export type StoredStage = {
	readonly storage: StorageClient;
	readonly file: StoredFile;
	readonly path: string;
	/** Providers that hold pieces, in hexadecimal. */
	readonly holders: readonly string[];
	/** The first epoch that all agreements count for. */
	readonly firstEpoch: number;
	readonly ticket: RepairTicket;
	readonly watched: WatchedProvider;
};

const fileOf = async ({options, layout, account}: NetworkStage): Promise<string> => {
	if (options.file !== undefined) {
		const file = path.resolve(options.file);
		const {size} = await stat(file).catch(cause => {
			throw new NodeError({code: 'FILE_NOT_FOUND', message: `There is no file ${file}.`, file}, {cause});
		});
		account.tell('file', `your file ${file}, ${byteSize(size)}`, {file, size});
		return file;
	}
	const file = path.join(layout.root, 'customer-file.bin');
	await writeSeededFile(file, options.seed, options.size);
	account.tell('file', `a file of ${byteSize(options.size)} made from seed ${options.seed}: ${file}`, {
		file,
		seed: options.seed,
		size: options.size,
	});
	return file;
};

const fund = async (stage: NetworkStage): Promise<void> => {
	const txId = await submitAction(stage.relay.client, stage.network, {
		sender: stage.people.customer.seed,
		action: {kind: 'payer-deposit', amount: BUDGET},
	});
	const {blockNo} = await waitForTransaction(stage.relay.client, txId, {signal: stage.signal});
	stage.account.tell('funded', `the customer sets ${ada(BUDGET)} aside for storage, in block ${blockNo}`, {
		txId,
		blockNo,
		amount: BUDGET,
	});
};

/** Fetches what one provider holds, as its client may: the customer keeps it to check that provider's proof. */
const watch = async (stage: NetworkStage, ticket: RepairTicket, index: number): Promise<WatchedProvider> => {
	const id = stage.claims[index] ?? '';
	const at = ticket.holders.findIndex(({providerId}) => toHex(providerId) === id);
	const holder = ticket.holders[at];
	const view = await stage.relay.client.provider(id);
	const endpoint = parseEndpoint(view?.endpoint ?? '');
	check(
		holder !== undefined && view !== undefined && endpoint !== undefined,
		'the last provider holds pieces',
	);
	const revision = await signedBy(stage, toHex(holder.agreementId));
	const pool = createSessionPool(createTlsTransport(stage.people.customer.seed));
	try {
		const peer = createProviderPeer(pool, {endpoint, key: fromHex(view.operatorVk)}, createSystemClock());
		const wanted = ticket.segments.flatMap(({pieceLength, pieces}) =>
			pieces.filter(piece => piece.holder === at).map(({pieceId}) => ({pieceId, length: pieceLength})),
		);
		const pieces = new Map<string, Uint8Array>();
		for (const {pieceId, length} of wanted)
			pieces.set(
				toHex(pieceId),
				await peer.get({agreementId: holder.agreementId, pieceId: pieceId as Hash32, length}),
			);
		return {index, revision, pieces};
	} finally {
		pool.close();
	}
};

/** The agreement on the chain: a block that had it may have lost to another one meanwhile. */
const opened = async ({relay, signal}: NetworkStage, id: string): Promise<AgreementView> => {
	let agreement: AgreementView | undefined;
	await until('the agreement is on chain', OPENED_MS_MAX, signal, async () => {
		agreement = await relay.client.agreement(id, {signal});
		return agreement !== undefined;
	});
	check(agreement !== undefined, 'the agreement is on the chain');
	return agreement;
};

const folderOf = ({layout}: NetworkStage): string => path.join(layout.root, CUSTOMER_FOLDER);

/** What customer and provider have signed of an agreement: the customer keeps it, the chain need not see it. */
const signedBy = async (stage: NetworkStage, id: string): Promise<SignedRevision> => {
	const bytes = await createFileRevisionStore(path.join(folderOf(stage), 'revisions')).load(id);
	const signed = bytes && decodeSignedRevision(bytes);
	check(signed?.ok === true, 'the customer keeps the revision that both have signed');
	return signed.value;
};

const put = async (stage: NetworkStage, storage: StorageClient, file: string): Promise<StoredFile> => {
	const {account, people, figures} = stage;
	const source = await openFileSource(file);
	const startMs = account.elapsedMs();
	let bar: ReturnType<typeof account.progress> | undefined;
	try {
		const stored = await storage.putFile({
			name: path.basename(file),
			source,
			repairerVk: people.repairer.verificationKey,
			signal: stage.signal,
			onProgress: progress => {
				if (progress.phase !== 'upload') return;
				const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
				bar ??= account.progress('pieces sent', mib(progress.totalBytes), 'MiB');
				bar.advance(mib(progress.sentBytes));
			},
		});
		bar?.finish();
		const seconds = (account.elapsedMs() - startMs) / 1000;
		const rate = stored.size / 2 ** 20 / seconds;
		figures.push([
			'file put',
			`${byteSize(stored.size)} in ${seconds.toFixed(1)} s, agreements and blocks included (${rate.toFixed(1)} MiB/s)`,
		]);
		return stored;
	} finally {
		await source.close();
	}
};

export const putFile = async (stage: NetworkStage): Promise<StoredStage> => {
	const {account, people, relay} = stage;
	const file = await fileOf(stage);
	await fund(stage);
	const folder = folderOf(stage);
	await mkdir(folder, {recursive: true, mode: 0o700});
	const storage = await openCustomer({control: relay.client, seed: people.customer.seed, folder});
	const stored = await put(stage, storage, file);
	const {code} = stored;
	account.tell(
		'stored',
		`sealed with AES-256-GCM, ${stored.segments} segments, erasure-coded ${code.k}/${code.repairAt}/${code.optimal} of ${code.total}, masked: ${stored.pieces} pieces, ${byteSize(stored.storedBytes)} stored; SHA-256 ${toHex(stored.sha256)}`,
		{...stored, sha256: stored.sha256},
	);
	let firstEpoch = 1;
	for (const {providerId, agreementId, pieces} of stored.holders) {
		const agreement = await opened(stage, toHex(agreementId));
		const {revisionNo, root, leaves, validFrom} = (await signedBy(stage, toHex(agreementId))).revision;
		firstEpoch = Math.max(firstEpoch, validFrom);
		account.tell(
			'agreement',
			`agreement ${short(toHex(agreementId))} with ${short(toHex(providerId))}: epochs ${agreement.startEpoch} to ${agreement.endEpoch - 1}, on chain; revision ${revisionNo} signed by both off it: ${pieces} pieces, ${leaves} leaves, root ${short(toHex(root))}`,
			{agreementId, providerId, pieces, revisionNo, root, leaves},
		);
	}
	const {ticket} = await storage.repairTicket(stored.name);
	const watched = await watch(stage, ticket, stage.providers.length - 1);
	return {
		storage,
		file: stored,
		path: file,
		holders: stored.holders.map(({providerId}) => toHex(providerId)),
		firstEpoch,
		ticket,
		watched,
	};
};
