/** A provider inside a node: for `startNode(config, {extend: provideStorage(options)})`. */
import {slotAt} from '#consensus/time';
import type {Hash32} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {single} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import type {AnnouncedAttribute} from '#transport/protocols/announcement';
import type {Endpoint} from '#transport/protocols/endpoint';
import {createTlsTransport} from '#transport/tls';
import {openFilePieceStore} from './adapters/file-piece-store.ts';
import {createPieceTreeKernel} from './adapters/piece-tree-kernel.ts';
import type {NodeInner} from './compose.ts';
import type {Stoppable} from './lifecycle.ts';
import {type Provider, startProvider} from './services/provider/provider.ts';
import type {ProviderChain} from './services/provider/provider-chain.ts';

export type ProvideStorageOptions = {
	/** The claim on Cardano. */
	readonly providerId: Hash32;
	/** Ed25519, 32 bytes; also the key that its certificate shows. */
	readonly operatorSeed: Uint8Array;
	/** Port 0 takes a free one. */
	readonly listen: Endpoint;
	/** Where clients reach it, when that is not where it listens. */
	readonly announced?: Endpoint;
	readonly attributes?: readonly AnnouncedAttribute[];
	/** Where pieces are kept; made if it is not there. */
	readonly piecesFolder: string;
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

/** Throws TRANSPORT_LISTEN_FAILED, PIECE_STORE_LOCKED, PIECE_STORE_FAILED. */
export const provideStorage =
	({piecesFolder, onStarted, ...options}: ProvideStorageOptions) =>
	async (inner: NodeInner): Promise<Stoppable> => {
		const trees = await createPieceTreeKernel();
		const store = await openFilePieceStore(piecesFolder);
		const log = inner.log.child('provider');
		try {
			const provider = await startProvider(
				{
					chain: providerChainOf({...inner, log}),
					store,
					transport: createTlsTransport(options.operatorSeed),
					crypto: inner.crypto,
					trees,
					log,
				},
				options,
			);
			onStarted?.(provider);
			return {
				stop: async () => {
					await provider.stop();
					await store.close();
				},
			};
		} catch (error) {
			await store.close();
			throw error;
		}
	};
