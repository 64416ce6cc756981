/** A provider inside a node: for `startNode(config, {extend: provideStorage(options)})`. */
import {slotAt} from '#consensus/time';
import {toHex} from '#kernel/bytes';
import type {AccountId, Hash32} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {keyOf} from '#ledger/state/keys';
import {single} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import type {AnnouncedAttribute} from '#transport/protocols/announcement';
import type {Endpoint} from '#transport/protocols/endpoint';
import {openFilePieceStore} from './adapters/file-piece-store.ts';
import {openVoucherJournal} from './adapters/file-voucher-journal.ts';
import {createNodeFileSystem} from './adapters/node-file-system.ts';
import {createPieceTreeKernel} from './adapters/piece-tree-kernel.ts';
import type {Extension, NodeInner} from './compose.ts';
import {joinLibp2p} from './libp2p-service.ts';
import {openLibp2p, providerTransport, wantsLibp2p} from './machine-transport.ts';
import {findOpening} from './services/chain/find-opening.ts';
import {startBondAnswerer} from './services/provider/bond-answerer.ts';
import {ownProviderView} from './services/provider/own-provider-view.ts';
import type {PricePolicy} from './services/provider/price/next-price.ts';
import {type ConfiguredTerms, startPriceKeeper} from './services/provider/price/price-keeper.ts';
import {type Provider, startProvider} from './services/provider/provider.ts';
import type {ProviderChain} from './services/provider/provider-chain.ts';
import {Till} from './services/provider/till.ts';
import {watchDisk} from './services/provider/upkeep/disk-watch.ts';
import {LossBook} from './services/provider/upkeep/loss-book.ts';
import {startUpkeep} from './services/provider/upkeep/upkeep.ts';
import {startWatchtower} from './services/watchtower/watchtower.ts';

export type ProvideStorageOptions = {
	/** The claim on Cardano. */
	readonly providerId: Hash32;
	/** Ed25519, 32 bytes; also the key that its certificate shows. */
	readonly operatorSeed: Uint8Array;
	/** Port 0 takes a free one. */
	readonly listen: Endpoint;
	/** Where clients reach it, when that is not where it listens; null when nobody can dial it. */
	readonly announced?: Endpoint | null;
	readonly attributes?: readonly AnnouncedAttribute[];
	/** Of the account that pays for settling vouchers and for disputes; the operator key's unless given. */
	readonly settleSeed?: Uint8Array;
	/** Where vouchers are kept; made if it is not there. */
	readonly vouchersFolder: string;
	/** Lovelace per GiB that is downloaded; nothing unless given. */
	readonly egressPrice?: bigint;
	/** Where pieces are kept; made if it is not there. */
	readonly piecesFolder: string;
	/** False: lost pieces are reported by the operator, or not. True unless given. */
	readonly reportLosses?: boolean;
	/** In how many days every piece is read once; 14 unless given. */
	readonly scrubDays?: number;
	/** Bytes a second that compaction and scrubbing may read and write; 32 MiB unless given. */
	readonly ioBytesPerSecond?: number;
	/** Bytes of the disk that pieces leave free; 256 MiB unless given. */
	readonly reserveBytes?: number;
	/** How its price follows its utilisation, asked every epoch; it is left alone unless given. */
	readonly pricePolicy?: () => Promise<PricePolicy | undefined>;
	/** Brought onto the chain whenever it says otherwise; the account of `settleSeed` pays. */
	readonly terms?: ConfiguredTerms;
	readonly onStarted?: (provider: Provider) => void;
};

/** The chain of a node as its provider sees it. */
export const providerChainOf = ({
	network: {env, slots},
	chain,
	clock,
	mempool,
	announcements,
	log,
}: Pick<NodeInner, 'network' | 'chain' | 'clock' | 'mempool' | 'announcements' | 'log'>): ProviderChain => ({
	env,
	state: () => readerOf(chain.ledger),
	currentSlot: () =>
		Slot(Math.max(slotAt(slots, clock.now()) ?? 0, single(readerOf(chain.ledger), 'chain').slot)),
	onChange: (listener, options) => chain.onChange(() => listener(), options),
	submit: async wire => mempool.submit(wire, 'local'),
	announce: bytes => {
		const refused = announcements.offer(bytes);
		if (refused !== undefined) log.warn('own announcement refused', refused);
	},
});

/** What takes payments: the watchtower over its journal, and the till in front of it. */
const startPayments = async (inner: NodeInner, chain: ProviderChain, options: ProvideStorageOptions) => {
	const {crypto, mempool} = inner;
	const journal = await openVoucherJournal(createNodeFileSystem(), options.vouchersFolder);
	const payee = (): AccountId | undefined =>
		chain.state().get('providers', keyOf(options.providerId))?.payoutAccount;
	const watchtower = startWatchtower(
		{
			chain: {...chain, nextSequence: account => mempool.nextSequence(account)},
			journal,
			crypto,
			log: inner.log.child('watchtower'),
		},
		{seed: options.settleSeed ?? options.operatorSeed, payee},
	);
	const serverVk = crypto.ed25519VerificationKey(options.operatorSeed);
	const till = new Till({chain, watchtower, crypto}, {price: options.egressPrice ?? 0n, serverVk, payee});
	return {
		till,
		stop: async () => {
			await watchtower.stop();
			await journal.close();
		},
	};
};

/** Long before the time to answer is over, and seldom enough for the index. */
const LOOK_MS_MAX = 600_000;
const LOOKS_WITHIN_ANSWER = 50;

/** What stops it: nothing where no wallet pays for answers, or there are no bonds. */
const answerDisputes = (
	{cardanoWallet, chain, reader, clock, log}: NodeInner,
	{providerId, provider}: {readonly providerId: Hash32; readonly provider: Pick<Provider, 'opening'>},
): readonly (() => Promise<void>)[] => {
	const bonds = cardanoWallet?.bonds;
	if (bonds === undefined) return [];
	const {contract, answerMs} = bonds;
	const {stop} = startBondAnswerer(
		{
			contract,
			findOpening: async wanted =>
				// The blocks show it even when the piece is long gone by agreement; to find it there takes longer.
				(await provider.opening(wanted)) ?? (await findOpening({chain, reader}, wanted)),
			clock,
			log: log.child('bond'),
		},
		{
			provider: providerId,
			lookEveryMs: Math.min(LOOK_MS_MAX, Math.max(1_000, answerMs / LOOKS_WITHIN_ANSWER)),
		},
	);
	return [stop];
};

const DAY_MS = 86_400_000;
/** As storage.md has it. */
export const SCRUB_DAYS = 14;
const IO_BYTES_PER_SECOND = 32 * 1024 * 1024;
const RESERVE_BYTES = 256 * 1024 * 1024;

/** Throws TRANSPORT_LISTEN_FAILED, PIECE_STORE_LOCKED, PIECE_STORE_FAILED, STORE_FAILED. */
export const provideStorage =
	(options: ProvideStorageOptions) =>
	async (inner: NodeInner): Promise<Extension> => {
		const trees = await createPieceTreeKernel();
		const disk = watchDisk(await openFilePieceStore(options.piecesFolder), inner.clock, {
			reserveBytes: options.reserveBytes ?? RESERVE_BYTES,
		});
		const {store} = disk;
		const stops: (() => Promise<void>)[] = [() => store.close()];
		const stop = async (): Promise<void> => {
			for (const each of stops.toReversed()) await each();
		};
		const log = inner.log.child('provider');
		try {
			const chain = providerChainOf({...inner, log});
			const losses = await LossBook.open(store);
			const payments = await startPayments(inner, chain, options);
			stops.push(payments.stop);
			const {config, network} = inner;
			const {genesisHash} = network.env;
			const libp2p = wantsLibp2p(config)
				? await openLibp2p(options.operatorSeed, config, {genesisHash, listensOnTcp: false})
				: undefined;
			if (libp2p !== undefined) stops.push((await joinLibp2p(inner, libp2p, options.operatorSeed)).stop);
			const provider = await startProvider(
				{
					chain,
					store,
					disk,
					losses,
					till: payments.till,
					feePayer: {
						seed: options.settleSeed ?? options.operatorSeed,
						nextSequence: account => inner.mempool.nextSequence(account),
					},
					transport: providerTransport(options.operatorSeed, config, {
						libp2p,
						onCut: (peer, failure) => log.debug('peer was cut off', {peer: toHex(peer), ...failure}),
					}),
					crypto: inner.crypto,
					trees,
					log,
				},
				options,
			);
			stops.push(() => provider.stop());
			const upkeep = await startUpkeep(
				{...inner, store, disk, losses, trees, log: log.child('upkeep')},
				{
					scrubPeriodMs: (options.scrubDays ?? SCRUB_DAYS) * DAY_MS,
					ioBytesPerSecond: options.ioBytesPerSecond ?? IO_BYTES_PER_SECOND,
				},
			);
			stops.push(() => upkeep.stop());
			const {pricePolicy = async () => undefined, terms} = options;
			if (options.pricePolicy !== undefined || terms !== undefined) {
				const keeper = startPriceKeeper(
					{
						chain: {...chain, nextSequence: account => inner.mempool.nextSequence(account)},
						policy: pricePolicy,
						crypto: inner.crypto,
						log: inner.log.child('price'),
					},
					{...options, payerSeed: options.settleSeed ?? options.operatorSeed},
				);
				stops.push(() => keeper.stop());
			}
			stops.push(...answerDisputes(inner, {providerId: options.providerId, provider}));
			options.onStarted?.(provider);
			const ownProvider = async () => ownProviderView(await provider.status(), await upkeep.view());
			return {stop, answers: {ownProvider}};
		} catch (error) {
			await stop();
			throw error;
		}
	};
