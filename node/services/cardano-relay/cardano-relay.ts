/** A relay of Cardano: whom it is connected to, what they may ask, and following each one's chain. */
import {setMaxListeners} from 'node:events';
import type {CardanoRules} from '#consensus/cardano/judge-cardano-header';
import {slotStartMs} from '#consensus/time';
import {defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import type {ChainPlace} from '#node/ports/chain-store';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import {type Address, addressText} from '#relay/bearer/bearer';
import type {Connection, PeerInfo} from '#relay/connection';
import {
	churn,
	createGovernor,
	decide,
	type Governor,
	type GovernorEvent,
	observe,
	peersToShare,
	reloadTopology,
	type Targets,
} from '#relay/governor';
import type {PeerHandlers} from '#relay/handlers';
import {addressOf, peerAddressOf} from '#relay/ip-address';
import type {Listener} from '#relay/listener';
import {blameOf} from '#relay/offences';
import type {OfEra} from '#relay/protocols/wire';
import type {Topology} from '#relay/topology';
import {createBlockSource} from '../chain/block-source.ts';
import {followSelectedChain} from '../chain/chain-follower.ts';
import {measureChain, measureMemory} from '../chain-metrics.ts';
import {measurePeers} from '../sync/measure-peers.ts';
import type {Network} from '../sync/peers.ts';
import type {CardanoChain} from './cardano-chain.ts';
import {CardanoFollower, FetchClaims} from './follow-cardano-peer.ts';
import type {Quarantine} from './ports.ts';
import {headerIn} from './restore-chain.ts';

export type CardanoRelayPorts = {
	readonly chain: CardanoChain;
	readonly rules: CardanoRules;
	readonly quarantine: Quarantine;
	readonly network: Network;
	readonly clock: Clock;
	readonly log: Log;
	readonly metrics: Metrics;
};

export type CardanoRelayOptions = {
	readonly topology: Topology;
	readonly targets: Targets;
	readonly address: Address;
};

export type CardanoPeerView = {
	readonly address: string;
	readonly direction: 'inbound' | 'outbound';
	readonly rttMs: number | null;
	/** What the peer says its last block is. */
	readonly blockNo: number | null;
};

type Connected = {readonly connection: Connection; readonly address: Address | undefined};

const DECIDE_MS = 500;
/** A tip that is older is not the last one. */
const SYNCING_MS = 600_000;

export class CardanoRelay {
	readonly #ports: CardanoRelayPorts;
	readonly #options: CardanoRelayOptions;
	readonly #claims = new FetchClaims();
	readonly #connected = new Set<Connected>();
	readonly #stopping = new AbortController();
	readonly #tasks = new Set<Promise<unknown>>();
	#governor: Governor;
	#listener: Listener | undefined;
	#served = 0;
	#switchesTold = 0;
	/** Why the next header could not be judged, when it is our own fault; told to the operator. */
	#stuck: string | undefined;

	constructor(ports: CardanoRelayPorts, options: CardanoRelayOptions) {
		this.#ports = ports;
		this.#options = options;
		this.#governor = createGovernor(options.topology, options.targets, options.address);
		// Every connection listens to it.
		setMaxListeners(0, this.#stopping.signal);
	}

	/** Where we listen; the port is known after `start`. */
	get address(): Address {
		return this.#listener?.address ?? this.#options.address;
	}

	get served(): number {
		return this.#served;
	}

	get stuck(): string | undefined {
		return this.#stuck;
	}

	get peers(): readonly CardanoPeerView[] {
		return [...this.#connected].map(({connection, address}) => {
			const tip = connection.client?.chainSync.tip;
			return {
				address: addressText(address ?? connection.peer.remote),
				direction: connection.peer.direction,
				rttMs: connection.rttMs() ?? null,
				blockNo: tip === undefined || tip === 'origin' ? null : tip.blockNo,
			};
		});
	}

	/** Brings the gauges up to date: when somebody asks for them. */
	measure(): void {
		const {chain, rules, metrics} = this.#ports;
		const {tip, volatile, immutableTip} = chain;
		measureChain(metrics, {tip, volatile, finalTip: immutableTip, params: rules.network.params});
		measureMemory(metrics);
		const connected = [...this.#connected].map(({connection, address}) => ({connection, follower: address}));
		measurePeers(metrics, connected, this.#governor);
		metrics.increment('cardano_node_metrics_forks_int', chain.switches - this.#switchesTold);
		this.#switchesTold = chain.switches;
		metrics.set('dcloud_synced', this.#isSyncing() ? 0 : 1);
	}

	/** Listens and begins to dial. Throws RELAY_PORT_IN_USE and RELAY_LISTEN_FAILED. */
	async start(): Promise<void> {
		const {network, log, rules} = this.#ports;
		this.#listener = await network.listen({
			address: this.#options.address,
			networkMagic: rules.network.magic,
			handlers: peer => this.#handlers(peer),
			connected: connection => this.#meet(connection, undefined),
			refused: (remote, error) => log.debug('peer refused', {peer: addressText(remote), error}),
		});
		this.#governor = {...this.#governor, self: addressText(this.#listener.address)};
		this.#run(this.#govern());
	}

	reload(topology: Topology): void {
		this.#governor = reloadTopology(this.#governor, topology);
	}

	async stop(): Promise<void> {
		this.#stopping.abort(new NodeError({code: 'NODE_STOPPING'}));
		for (const {connection} of this.#connected) connection.close();
		await this.#listener?.close();
		await Promise.allSettled(this.#tasks);
	}

	#run(task: Promise<unknown>): void {
		const watched = task
			.catch((error: unknown) => {
				if (!this.#stopping.signal.aborted) this.#ports.log.error('relay failed', {error});
			})
			.finally(() => this.#tasks.delete(watched));
		this.#tasks.add(watched);
	}

	#observe(event: GovernorEvent): void {
		this.#governor = observe(this.#governor, event, this.#ports.clock.now());
	}

	async #govern(): Promise<void> {
		const {clock} = this.#ports;
		const {signal} = this.#stopping;
		while (!signal.aborted) {
			const decided = decide(this.#governor, clock.now());
			this.#governor = decided.governor;
			for (const action of decided.actions) {
				if (action.kind === 'dial') this.#run(this.#dial(action.address));
				else this.#run(this.#ask(action.address, action.amount));
			}
			this.#churn();
			await clock.waitUntil(clock.now() + DECIDE_MS, {signal}).catch(() => undefined);
		}
	}

	/** Those who take longest to answer make room. */
	#churn(): void {
		const isSyncing = this.#isSyncing();
		const nowMs = this.#ports.clock.now();
		const worthOf = (address: Address): number =>
			-(this.#connectionTo(address)?.rttMs() ?? Number.MAX_SAFE_INTEGER);
		const {governor, leave} = churn(this.#governor, nowMs, {isSyncing, worthOf});
		this.#governor = governor;
		for (const address of leave) this.#connectionTo(address)?.close();
	}

	#isSyncing(): boolean {
		const {chain, rules, clock} = this.#ports;
		const {tip} = chain;
		return tip === 'origin' || clock.now() - slotStartMs(rules.network.slots, tip.slot) > SYNCING_MS;
	}

	#connectionTo(address: Address): Connection | undefined {
		const key = addressText(address);
		for (const {connection, address: dialled} of this.#connected)
			if (dialled !== undefined && addressText(dialled) === key) return connection;
		return undefined;
	}

	async #dial(address: Address): Promise<void> {
		const {network, log, rules} = this.#ports;
		const {signal} = this.#stopping;
		try {
			const connection = await network.dial(
				address,
				{networkMagic: rules.network.magic, handlers: peer => this.#handlers(peer)},
				{signal},
			);
			this.#meet(connection, address);
		} catch (error) {
			if (signal.aborted) return;
			if (!(error instanceof NodeError)) throw error;
			log.debug('dial failed', {peer: addressText(address), error});
			this.#observe({kind: 'lost', address, blame: blameOf(error)});
		}
	}

	async #ask(address: Address, amount: number): Promise<void> {
		const client = this.#connectionTo(address)?.client?.peerSharing;
		if (client === undefined) return;
		try {
			const shared = await client.ask(amount, {signal: this.#stopping.signal});
			this.#observe({kind: 'learned', addresses: shared.map(addressOf)});
		} catch (error) {
			if (!(error instanceof NodeError)) throw error;
		}
	}

	async #headerAt(place: ChainPlace): Promise<OfEra> {
		const block = await this.#ports.chain.bytesAt(place);
		if (block === undefined)
			throw new NodeError({code: 'STORE_CORRUPT', message: 'A block of the chain is not in the store.'});
		return headerIn(block);
	}

	/** Transactions are not relayed: nothing here could tell whether they are valid. */
	#handlers({remote}: PeerInfo): PeerHandlers {
		const {chain, metrics} = this.#ports;
		return {
			chain: followSelectedChain(chain, chain, place => this.#headerAt(place)),
			blocks: createBlockSource(
				chain,
				() => {
					this.#served++;
					metrics.increment('cardano_node_metrics_served_block_count_int');
				},
				bytes => bytes,
			),
			sharePeers: amount =>
				peersToShare(this.#governor, amount, remote).flatMap(address => peerAddressOf(address) ?? []),
		};
	}

	#meet(connection: Connection, address: Address | undefined): void {
		const {log} = this.#ports;
		const connected: Connected = {connection, address};
		this.#connected.add(connected);
		const peer = addressText(address ?? connection.peer.remote);
		log.info('peer connected', {peer, direction: connection.peer.direction});
		if (address !== undefined) {
			this.#observe({kind: 'connected', address});
			// Only whom we chose is followed: anybody may dial us, and a relay has peers enough.
			this.#run(this.#follow(connection, peer));
		}
		this.#run(connection.closed.then(reason => this.#part(connected, peer, reason)));
	}

	#part(connected: Connected, peer: string, reason: NodeError): void {
		this.#connected.delete(connected);
		this.#ports.log.info('peer gone', {peer, code: reason.code, failure: reason.detail['failure']});
		const {address} = connected;
		const blame = blameOf(reason);
		if (blame !== undefined) this.#ports.metrics.increment('dcloud_peers_left_total');
		if (address !== undefined) this.#observe({kind: 'lost', address, blame});
	}

	async #follow(connection: Connection, name: string): Promise<void> {
		const {chainSync, blockFetch} = defined(connection.client, 'who is dialled is asked');
		const {signal} = connection;
		const ports = {...this.#ports, claims: this.#claims};
		const follower = new CardanoFollower(ports, {name, chainSync, blockFetch}, {signal});
		try {
			await follower.run();
		} catch (error) {
			if (signal.aborted) return;
			if (!(error instanceof NodeError)) {
				connection.close();
				throw error;
			}
			if (error.code === 'CARDANO_CANNOT_JUDGE') this.#tellStuck(error);
			connection.close(error);
		}
	}

	#tellStuck(error: NodeError): void {
		if (this.#stuck !== error.message) this.#ports.log.error('the relay cannot go on', {error});
		this.#stuck = error.message;
	}
}
