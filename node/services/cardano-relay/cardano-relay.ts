/** A relay of Cardano: whom it is connected to, what they may ask, and following each one's chain. */
import {setMaxListeners} from 'node:events';
import {placeInEpoch, slotStartMsOf} from '#consensus/cardano/era-history';
import type {CardanoRules} from '#consensus/cardano/judge-cardano-header';
import {defined} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import type {ChainPlace} from '#node/ports/chain-store';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import {endsWith} from '#relay/abort';
import {type Address, addressText} from '#relay/bearer/bearer';
import type {Connection, PeerInfo} from '#relay/connection';
import type {GovernorEvent} from '#relay/governor';
import type {PeerHandlers, TxInlet} from '#relay/handlers';
import {addressOf, peerAddressOf} from '#relay/ip-address';
import type {Targets} from '#relay/known-peers';
import type {Listener} from '#relay/listener';
import {blameOf} from '#relay/offences';
import type {OfEra} from '#relay/protocols/wire';
import {systemEnvironment} from '#relay/system-timer';
import type {Topology} from '#relay/topology';
import {createBlockSource} from '../chain/block-source.ts';
import {followSelectedChain} from '../chain/chain-follower.ts';
import {measureChain, measureMemory} from '../chain-metrics.ts';
import {measurePeers} from '../sync/measure-peers.ts';
import type {Network} from '../sync/network.ts';
import {PeerGovernor} from '../sync/peer-governor.ts';
import {turnAway} from '../sync/turn-away.ts';
import type {CardanoChain} from './cardano-chain.ts';
import {CardanoFollower, FetchClaims} from './follow-cardano-peer.ts';
import type {Quarantine} from './ports.ts';
import {createHeaderReader} from './read-headers.ts';

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
	/** Default true. */
	readonly peerSharing?: boolean;
	readonly address: Address;
};

export type CardanoPeerView = {
	readonly address: string;
	readonly direction: 'inbound' | 'outbound';
	readonly rttMs: number | null;
	/** What the peer says its last block is. */
	readonly blockNo: number | null;
};

type Connected = {
	readonly connection: Connection;
	readonly address: Address | undefined;
	/** While it is followed. */
	follower: CardanoFollower | undefined;
	/** Ends that, and nothing else. */
	unfollow: () => void;
};

/**
 * Transactions are not relayed: nothing here could tell whether they are valid. Every node offers its own to whoever it follows, and
 * would be lost as a peer if it could not: their ids are asked for, as by a node that has them all.
 */
const NO_TRANSACTIONS: TxInlet = {wants: () => false, add: async () => undefined};

/** A tip that is older is not the last one. */
const SYNCING_MS = 600_000;

export class CardanoRelay {
	readonly #ports: CardanoRelayPorts;
	readonly #options: CardanoRelayOptions;
	readonly #claims = new FetchClaims();
	readonly #connected = new Set<Connected>();
	readonly #stopping = new AbortController();
	readonly #tasks = new Set<Promise<unknown>>();
	readonly #governor: PeerGovernor;
	readonly #headerAt: (place: ChainPlace) => Promise<OfEra>;
	#listener: Listener | undefined;
	#served = 0;
	#switchesTold = 0;
	/** Why the next header could not be judged, when it is our own fault; told to the operator. */
	#stuck: string | undefined;

	constructor(ports: CardanoRelayPorts, options: CardanoRelayOptions) {
		this.#ports = ports;
		this.#options = options;
		this.#headerAt = createHeaderReader(ports.chain);
		const {clock, log, network, rules} = ports;
		this.#governor = new PeerGovernor(
			{clock, log, resolve: network.resolve, random: systemEnvironment.random},
			{...options, networkMagic: rules.network.magic},
			{
				dial: address => this.#run(this.#dial(address)),
				ask: (address, amount) => this.#run(this.#ask(address, amount)),
				follow: address => this.#followPeer(address),
				unfollow: address => this.#connectionTo(address)?.unfollow(),
				leave: address => this.#leave(address),
				// Those who take longest to answer make room.
				worthOf: address => -(this.#connectionTo(address)?.connection.rttMs() ?? Number.MAX_SAFE_INTEGER),
				progress: () => ({isCaughtUp: !this.#isSyncing(), slot: this.#slot}),
			},
		);
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
		const {toldTip: tip, volatile, toldImmutableTip: finalTip} = chain;
		const place = tip === 'origin' ? undefined : placeInEpoch(rules.network, tip.slot);
		measureChain(metrics, {tip, volatile, finalTip, place, params: rules.network.params});
		measureMemory(metrics);
		measurePeers(metrics, [...this.#connected], this.#governor.state);
		metrics.increment('cardano_node_metrics_forks_int', chain.switches - this.#switchesTold);
		this.#switchesTold = chain.switches;
		metrics.set('dcloud_synced', this.#isSyncing() ? 0 : 1);
	}

	/** Listens and begins to dial. Throws RELAY_PORT_IN_USE and RELAY_LISTEN_FAILED. */
	async start(): Promise<void> {
		const {network, rules} = this.#ports;
		this.#listener = await network.listen({
			address: this.#options.address,
			networkMagic: rules.network.magic,
			peerSharing: this.#options.peerSharing ?? true,
			handlers: peer => this.#handlers(peer),
			connected: connection => this.#meet(connection, undefined),
			refused: (remote, error) => turnAway(this.#ports, remote, error),
		});
		this.#governor.listensAt(this.#listener.address);
		this.#run(this.#governor.run({signal: this.#stopping.signal}));
	}

	reload(topology: Topology): void {
		this.#governor.reload(topology);
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
		this.#governor.observe(event);
	}

	get #slot(): number {
		const {tip} = this.#ports.chain;
		return tip === 'origin' ? 0 : tip.slot;
	}

	#isSyncing(): boolean {
		const {chain, rules, clock} = this.#ports;
		const {tip} = chain;
		return tip === 'origin' || clock.now() - slotStartMsOf(rules.network, tip.slot) > SYNCING_MS;
	}

	#connectionTo(address: Address): Connected | undefined {
		const key = addressText(address);
		for (const connected of this.#connected)
			if (connected.address !== undefined && addressText(connected.address) === key) return connected;
		return undefined;
	}

	/** Ends a connection for nothing that the peer did. */
	#leave(address: Address): void {
		const connected = this.#connectionTo(address);
		if (connected === undefined) this.#observe({kind: 'lost', address});
		else connected.connection.close();
	}

	async #dial(address: Address): Promise<void> {
		const {network, log, rules} = this.#ports;
		const {signal} = this.#stopping;
		try {
			const connection = await network.dial(
				address,
				{
					networkMagic: rules.network.magic,
					peerSharing: this.#options.peerSharing ?? true,
					handlers: peer => this.#handlers(peer),
				},
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
		const client = this.#connectionTo(address)?.connection.client?.peerSharing;
		if (client === undefined) return;
		try {
			const shared = await client.ask(amount, {signal: this.#stopping.signal});
			this.#observe({kind: 'learned', addresses: shared.map(addressOf)});
		} catch (error) {
			if (!(error instanceof NodeError)) throw error;
		}
	}

	#handlers({remote}: PeerInfo): PeerHandlers {
		const {chain, metrics} = this.#ports;
		return {
			chain: followSelectedChain(chain, chain, this.#headerAt),
			blocks: createBlockSource(
				chain,
				() => {
					this.#served++;
					metrics.increment('cardano_node_metrics_served_block_count_int');
				},
				bytes => bytes,
			),
			txInlet: NO_TRANSACTIONS,
			sharePeers: amount =>
				this.#governor.share(amount, remote).flatMap(address => peerAddressOf(address) ?? []),
		};
	}

	#meet(connection: Connection, address: Address | undefined): void {
		const {log} = this.#ports;
		const connected: Connected = {connection, address, follower: undefined, unfollow: () => undefined};
		this.#connected.add(connected);
		const peer = addressText(address ?? connection.peer.remote);
		log.info('peer connected', {peer, direction: connection.peer.direction});
		if (address !== undefined) {
			// Only whom we chose is followed: anybody may dial us, and a relay has peers enough.
			this.#observe({kind: 'connected', address});
			this.#governor.followNow();
		}
		this.#run(connection.closed.then(reason => this.#part(connected, peer, reason)));
	}

	#part(connected: Connected, peer: string, reason: NodeError): void {
		this.#connected.delete(connected);
		this.#ports.log.info('peer gone', {peer, code: reason.code, failure: reason.detail['failure']});
		const {address} = connected;
		const blame = blameOf(reason);
		if (blame !== undefined) this.#ports.metrics.count('dcloud_peers_left_total', blame.code);
		if (address !== undefined) this.#observe({kind: 'lost', address, blame});
	}

	#followPeer(address: Address): void {
		const connected = this.#connectionTo(address);
		if (connected !== undefined && connected.follower === undefined)
			this.#run(this.#follow(connected, addressText(address)));
	}

	async #follow(connected: Connected, name: string): Promise<void> {
		const {connection} = connected;
		const {chainSync, blockFetch} = defined(connection.client, 'who is dialled is asked');
		const {signal, end} = endsWith(connection.signal);
		const ports = {...this.#ports, claims: this.#claims};
		const follower = new CardanoFollower(ports, {name, chainSync, blockFetch}, {signal});
		connected.follower = follower;
		connected.unfollow = end;
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
		} finally {
			// It may be followed anew meanwhile.
			if (connected.follower === follower) connected.follower = undefined;
		}
	}

	#tellStuck(error: NodeError): void {
		if (this.#stuck !== error.message) this.#ports.log.error('the relay cannot go on', {error});
		this.#stuck = error.message;
	}
}
