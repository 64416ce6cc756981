import type {Crypto, Hasher, SecretCrypto} from '#crypto/crypto';
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {type Epoch, Slot} from '#kernel/slot';
import {epochOf} from '#ledger/environment';
import type {Commitment} from '#ledger/proofs/commitment';
import type {Provider as ProviderRow} from '#ledger/providers/provider';
import {serviceOffers} from '#ledger/service/service-offers';
import {keyOf} from '#ledger/state/keys';
import type {Log} from '#node/ports/log';
import type {PieceStore} from '#node/ports/piece-store';
import type {LeafOpening} from '#storage-proofs/forest-proof';
import {
	type AnnouncedAttribute,
	encodeAnnouncement,
	signAnnouncement,
} from '#transport/protocols/announcement';
import {type Endpoint, formatEndpoint} from '#transport/protocols/endpoint';
import {readAttributes} from '#transport/protocols/provider-attributes';
import {isRoute, ROUTES_MAX} from '#transport/protocols/route';
import type {Listener, Transport} from '#transport/transport';
import type {WantedOpening} from '../chain/find-opening.ts';
import {AgreementShelf} from './agreement-shelf.ts';
import {Caretaker} from './caretaker.ts';
import {DemandAnswerer} from './demand-answerer.ts';
import {DisputeKeeper, type FeePayer} from './disputes.ts';
import {ForestKeeper} from './forest-keeper.ts';
import {LossReporter} from './loss-reporter.ts';
import {openCommittedLeaf} from './open-committed-leaf.ts';
import {Prover} from './prover.ts';
import type {ProviderChain} from './provider-chain.ts';
import {RequestDesk} from './request-desk.ts';
import {Settler} from './settler.ts';
import type {Till} from './till.ts';
import type {DiskWatch} from './upkeep/disk-watch.ts';
import type {LossBook} from './upkeep/loss-book.ts';

export type ProviderPorts = {
	readonly chain: ProviderChain;
	readonly store: PieceStore;
	/** Undefined: downloads are free and no vouchers are taken. */
	readonly till?: Till;
	/** Undefined: clients that close with an old revision are left to the proofs to catch, and pay comes when the ledger settles. */
	readonly feePayer?: FeePayer;
	/** Made from the operator's seed: clients pin its key. */
	readonly transport: Transport;
	readonly crypto: Pick<Crypto, 'blake2b224'> & Hasher & SecretCrypto;
	readonly trees: PieceTreeKernel;
	readonly losses: LossBook;
	/** Undefined: agreements are made without a look at the disk. */
	readonly disk?: Pick<DiskWatch, 'refusal'>;
	readonly log: Log;
};

export type ProviderOptions = {
	/** The claim on Cardano. */
	readonly providerId: Hash32;
	/** Ed25519, 32 bytes. */
	readonly operatorSeed: Uint8Array;
	/** Port 0 takes a free one. */
	readonly listen: Endpoint;
	/** Where clients reach it, when that is not where it listens; null when nobody can dial it. */
	readonly announced?: Endpoint | null;
	readonly attributes?: readonly AnnouncedAttribute[];
	/** False: lost pieces are reported by the operator, or not. True unless given. */
	readonly reportLosses?: boolean;
};

export type ProviderStatus = {
	readonly providerId: Hash32;
	readonly endpoint: string;
	readonly connections: number;
	/** Pieces on disk and their bytes, staged ones included. */
	readonly pieces: number;
	readonly bytes: number;
	/** As the chain has it; undefined before it is registered. Penalties stand in it with their reasons. */
	readonly onChain: ProviderRow | undefined;
	readonly commitment: Commitment | undefined;
	/** Why the last commitment or proof failed, as a code. */
	readonly lastFailure: string | null;
};

export type Provider = {
	readonly endpoint: Endpoint;
	status(): Promise<ProviderStatus>;
	/** A leaf that it has committed to, from its disk. */
	opening(wanted: Omit<WantedOpening, 'provider'>): Promise<LeafOpening | undefined>;
	/** Resolves when all that was under way is done. The store is the caller's to close. */
	stop(): Promise<void>;
};

/** Announcements hold for so many epochs, and are made anew every epoch. */
const ANNOUNCED_EPOCHS = 3;

class RunningProvider implements Provider {
	readonly #ports: ProviderPorts;
	readonly #options: ProviderOptions;
	readonly #listener: Listener;
	readonly #forests: ForestKeeper;
	readonly #prover: Prover;
	readonly #caretaker: Caretaker;
	readonly #disputes: DisputeKeeper;
	readonly #answerer: DemandAnswerer;
	readonly #settler: Settler;
	readonly #stopped = new AbortController();
	#announcedEpoch: Epoch | undefined;
	#announcedRoutes = '';
	#sequence = 0n;
	#working: Promise<void> | undefined;
	/** The tip changed while it was working. */
	#again: boolean = false;

	constructor(ports: ProviderPorts, options: ProviderOptions, listener: Listener, shelf: AgreementShelf) {
		this.#ports = ports;
		this.#options = options;
		this.#listener = listener;
		const {chain, store} = ports;
		const forests = new ForestKeeper(chain.env.crypto, store, shelf);
		this.#forests = forests;
		const reporter = new LossReporter({...ports, shelf}, options);
		this.#prover = new Prover({...ports, forests, shelf, reporter}, options);
		this.#caretaker = new Caretaker({chain, store, shelf});
		this.#disputes = new DisputeKeeper({...ports, shelf}, options);
		this.#answerer = new DemandAnswerer({...ports, shelf}, options);
		this.#settler = new Settler(ports, options);
		chain.onChange(() => this.#wake(), {signal: this.#stopped.signal});
		listener.onRoutes?.(() => this.#wake());
		this.#wake();
	}

	get endpoint(): Endpoint {
		return this.#options.announced ?? this.#listener.endpoint;
	}

	async status(): Promise<ProviderStatus> {
		const {providerId} = this.#options;
		const state = this.#ports.chain.state();
		return {
			providerId,
			endpoint: formatEndpoint(this.endpoint),
			connections: this.#listener.connections,
			...this.#held(),
			onChain: state.get('providers', keyOf(providerId)),
			commitment: state.get('commitments', keyOf(providerId)),
			lastFailure: this.#prover.lastFailure,
		};
	}

	opening(wanted: Omit<WantedOpening, 'provider'>): Promise<LeafOpening | undefined> {
		const {crypto: hasher, store, trees} = this.#ports;
		return openCommittedLeaf({hasher, store, trees, forests: this.#forests}, wanted);
	}

	#held(): Pick<ProviderStatus, 'pieces' | 'bytes'> {
		const {pieces, bytes} = this.#ports.store.totals();
		return {pieces, bytes};
	}

	async stop(): Promise<void> {
		this.#stopped.abort(new NodeError({code: 'PROVIDER_STOPPED'}));
		await this.#listener.close();
		await this.#working;
	}

	#wake(): void {
		this.#again = true;
		this.#working ??= this.#work().finally(() => {
			this.#working = undefined;
		});
	}

	async #work(): Promise<void> {
		while (this.#again && !this.#stopped.signal.aborted) {
			this.#again = false;
			try {
				this.#announce();
				await this.#prover.step();
				await this.#disputes.step();
				await this.#answerer.step();
				await this.#settler.step();
				await this.#caretaker.step();
			} catch (error) {
				// The disk failed: the next change of the tip tries again. A bug goes on up and stops the node.
				if (!(error instanceof NodeError)) throw error;
				this.#ports.log.error('provider could not do its work', error.detail);
			}
		}
	}

	#announce(): void {
		const {chain, crypto} = this.#ports;
		const {env} = chain;
		const slot = chain.currentSlot();
		const epoch = epochOf(env.genesis, slot);
		const routes = (this.#listener.routes ?? []).filter(isRoute).slice(0, ROUTES_MAX);
		const announcedRoutes = routes.join(' ');
		if (this.#announcedEpoch === epoch && this.#announcedRoutes === announcedRoutes) return;
		const {operatorSeed, announced, attributes = []} = this.#options;
		const endpoint = announced === null ? null : formatEndpoint(this.endpoint);
		// Behind a router, before the first relay answers, there is nowhere to send anybody.
		if (endpoint === null && routes.length === 0) return;
		this.#announcedEpoch = epoch;
		this.#announcedRoutes = announcedRoutes;
		// Slots grow, across restarts as well; relays may come and go within one.
		this.#sequence = BigInt(slot) > this.#sequence ? BigInt(slot) : this.#sequence + 1n;
		const signed = signAnnouncement(crypto, env.genesisHash, operatorSeed, {
			sequence: this.#sequence,
			validUntilSlot: Slot(slot + ANNOUNCED_EPOCHS * env.genesis.epochLength),
			endpoint,
			routes,
			attributes,
		});
		chain.announce(encodeAnnouncement(signed));
	}
}

/** Serves, commits, proves and announces until it is stopped. Throws TRANSPORT_LISTEN_FAILED. */
export const startProvider = async (ports: ProviderPorts, options: ProviderOptions): Promise<Provider> => {
	const {chain, store, transport, log} = ports;
	const shelf = new AgreementShelf(chain.env.crypto, store, log);
	const attributes = (options.attributes ?? []).map(({name, value}) => [name, value] as const);
	// What it says that it promises is what it signs.
	const service = serviceOffers(readAttributes(attributes).service);
	const desk = new RequestDesk({...ports, shelf}, {...options, service});
	const listener = await transport.listen(options.listen, request => desk.answer(request));
	return new RunningProvider(ports, options, listener, shelf);
};
