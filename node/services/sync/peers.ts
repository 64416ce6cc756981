/** Connections to other nodes: whom to dial, what they may ask, and following each one's chain. */
import {setMaxListeners} from 'node:events';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Clock} from '#node/ports/clock';
import type {PeerView, ShunnedPeerView} from '#node/ports/control-api';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import {type Address, addressText} from '#relay/bearer/bearer';
import type {Connection, PeerInfo} from '#relay/connection';
import type {DialOptions} from '#relay/dial';
import {
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
import type {Listener, ListenerOptions} from '#relay/listener';
import {type Blame, blameOf, isShunned, type Offences} from '#relay/offences';
import type {Topology} from '#relay/topology';
import type {AnnouncementStore} from '../announcement-store.ts';
import {createBlockSource} from '../chain/block-source.ts';
import {followChain} from '../chain/chain-follower.ts';
import {createTxInlet, createTxOutlet} from '../mempool/exchange-transactions.ts';
import type {Mempool} from '../mempool/mempool.ts';
import {BlockFetcher} from './block-fetcher.ts';
import {type FollowPorts, PeerFollower} from './follow-peer.ts';
import {HeaderBook} from './header-book.ts';
import {measurePeers} from './measure-peers.ts';

/** How connections are made: TCP, or memory in tests. */
export type Network = {
	dial(address: Address, options: DialOptions, at: {readonly signal: AbortSignal}): Promise<Connection>;
	listen(options: ListenerOptions): Promise<Listener>;
};

export type PeersPorts = Omit<FollowPorts, 'fetcher' | 'headers'> & {
	readonly network: Network;
	readonly mempool: Mempool;
	readonly announcements: AnnouncementStore;
	readonly clock: Clock;
	readonly log: Log;
	readonly metrics: Metrics;
};

export type PeersOptions = {
	readonly topology: Topology;
	readonly targets: Targets;
	readonly address: Address;
	readonly networkMagic: number;
	/** False: others are not told of our peers, nor we of theirs. */
	readonly peerSharing: boolean;
};

type Connected = {
	readonly connection: Connection;
	/** Unlike any other's. */
	readonly name: string;
	/** Where it is dialled, once that is known. */
	address: Address | undefined;
	follower: PeerFollower | undefined;
};

const DECIDE_MS = 500;
/** So many are named to the operator, and no more. */
const FORKED_PEERS_MAX = 100;
/** A node with peers to ask waits this many slots for their word before it takes its own chain for the best. */
const GRACE_SLOTS = 25;
/** A peer this many blocks ahead of us has a chain that we have to fetch first. */
const BLOCKS_BEHIND_MAX = 2;

const SHUNNED = new NodeError({
	code: 'SYNC_PEER_SHUNNED',
	message: 'The peer broke the rules a while ago.',
});

const strangersAt = ({host}: Address): string => `strangers at ${host}`;

export class Peers {
	readonly #ports: PeersPorts;
	readonly #options: PeersOptions;
	readonly #fetcher: BlockFetcher;
	readonly #headers: HeaderBook;
	readonly #connected = new Set<Connected>();
	/** Peers whose chain left ours too long ago, as told to the operator. */
	readonly #forked = new Set<string>();
	readonly #stopping = new AbortController();
	readonly #tasks = new Set<Promise<unknown>>();
	readonly #startedMs: number;
	#governor: Governor;
	#listener: Listener | undefined;
	/** Connections so far. */
	#met = 0;

	constructor(ports: PeersPorts, options: PeersOptions) {
		this.#ports = ports;
		this.#options = options;
		this.#governor = createGovernor(options.topology, options.targets, options.address);
		// Every connection listens to it.
		setMaxListeners(0, this.#stopping.signal);
		this.#fetcher = new BlockFetcher(ports);
		this.#headers = new HeaderBook(entries => ports.chain.forgetHeaders(entries));
		this.#startedMs = ports.clock.now();
	}

	/** Where we listen; the port is known after `start`. */
	get address(): Address {
		return this.#listener?.address ?? this.#options.address;
	}

	get views(): readonly PeerView[] {
		return [...this.#connected].map(({connection, address, name, follower}) => {
			const tip = connection.client?.chainSync.tip;
			const {remote, direction} = connection.peer;
			const view = tip === undefined || tip === 'origin' ? null : tip;
			return {
				address: addressText(address ?? remote),
				direction,
				rttMs: connection.rttMs() ?? null,
				tip: view && {slot: view.slot, hash: toHex(view.hash), blockNo: view.blockNo},
				headersAhead: follower?.chain.length ?? 0,
				bytesPerSecond: Math.round(1000 * (this.#fetcher.speedOf(name)?.bytesPerMs ?? 0)),
			};
		});
	}

	/** Peers that were left and are not used again for a while. */
	get shunned(): readonly ShunnedPeerView[] {
		const nowMs = this.#ports.clock.now();
		return [...this.#offences]
			.filter(([, {untilMs}]) => nowMs < untilMs)
			.map(([peer, {code, times, untilMs}]) => ({peer, code, times, untilMs}));
	}

	/**
	 * Whether we have, as far as our peers say, the best chain. What peers claim counts only if we chose them; of
	 * others, and there may be any number of them, only headers do.
	 */
	get isSynced(): boolean {
		const {chain, clock} = this.#ports;
		const followers = [...this.#connected].flatMap(({connection: {peer}, follower}) =>
			follower === undefined ? [] : [{isOurs: peer.direction === 'outbound', follower}],
		);
		const own = chain.tip === 'origin' ? -1 : chain.tip.blockNo;
		const best = Math.max(
			-1,
			...followers.map(({isOurs, follower}) =>
				Math.max(follower.shownBlockNo, isOurs ? follower.claimedBlockNo : -1),
			),
		);
		if (best > own + BLOCKS_BEHIND_MAX) return false;
		const hasHeard = followers.some(({follower}) => follower.hasTip);
		const graceMs = GRACE_SLOTS * chain.network.slots.slotLengthMs;
		return hasHeard || !this.#hasRoots || clock.now() - this.#startedMs >= graceMs;
	}

	/** Listens and begins to dial. Throws RELAY_PORT_IN_USE. */
	async start(): Promise<void> {
		const {network} = this.#ports;
		const {networkMagic, peerSharing, address} = this.#options;
		this.#listener = await network.listen({
			address,
			networkMagic,
			peerSharing,
			handlers: peer => this.#handlers(peer),
			connected: connection => this.#meet(connection, undefined),
			refused: (remote, error) => this.#ports.log.debug('peer refused', {peer: addressText(remote), error}),
		});
		this.#governor = {...this.#governor, self: addressText(this.#listener.address)};
		this.#run(this.#govern());
		this.#run(this.#fetcher.run({signal: this.#stopping.signal}));
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

	get #hasRoots(): boolean {
		const {localRoots, publicRoots, bootstrapPeers} = this.#options.topology;
		return localRoots.length + publicRoots.length + bootstrapPeers.length > 0;
	}

	get #offences(): Offences {
		return this.#governor.offences;
	}

	#run(task: Promise<unknown>): void {
		const watched = task
			.catch((error: unknown) => {
				if (!this.#stopping.signal.aborted) this.#ports.log.error('peers failed', {error});
			})
			.finally(() => this.#tasks.delete(watched));
		this.#tasks.add(watched);
	}

	#observe(event: GovernorEvent): void {
		this.#governor = observe(this.#governor, event, this.#ports.clock.now());
	}

	/** Brings the gauges up to date. */
	measure(): void {
		measurePeers(this.#ports.metrics, [...this.#connected], this.#governor);
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
			await clock.waitUntil(clock.now() + DECIDE_MS, {signal}).catch(() => undefined);
		}
	}

	async #dial(address: Address): Promise<void> {
		const {network, log} = this.#ports;
		const {signal} = this.#stopping;
		const {networkMagic, peerSharing} = this.#options;
		try {
			const connection = await network.dial(
				address,
				{
					networkMagic,
					peerSharing,
					listeningPort: this.address.port,
					handlers: peer => this.#handlers(peer),
				},
				{signal},
			);
			this.#meet(connection, address);
		} catch (error) {
			if (signal.aborted) return;
			const isCoded = error instanceof NodeError;
			if (!isCoded) throw error;
			log.debug('dial failed', {peer: addressText(address), error});
			this.#observe({kind: 'lost', address});
		}
	}

	/** Asks a connected peer for others. */
	async #ask(address: Address, amount: number): Promise<void> {
		const found = [...this.#connected].find(
			other => other.address !== undefined && addressText(other.address) === addressText(address),
		);
		const client = found?.connection.client?.peerSharing;
		if (client === undefined) return;
		try {
			const shared = await client.ask(amount, {signal: this.#stopping.signal});
			this.#observe({kind: 'learned', addresses: shared.map(addressOf)});
		} catch (error) {
			if (!(error instanceof NodeError)) throw error;
		}
	}

	/** What a peer may ask of us, and bring to us. */
	#handlers({remote}: PeerInfo): PeerHandlers {
		const {chain, reader, mempool, announcements, metrics, log} = this.#ports;
		const name = addressText(remote);
		return {
			chain: followChain(chain, reader),
			blocks: createBlockSource(reader, () =>
				metrics.increment('cardano_node_metrics_served_block_count_int'),
			),
			txOutlet: createTxOutlet(mempool, name),
			txInlet: createTxInlet(mempool, name, log),
			sharePeers: amount =>
				peersToShare(this.#governor, amount, this.#addressBehind(remote)).flatMap(
					address => peerAddressOf(address) ?? [],
				),
			announcements: {feed: announcements.feed, sink: announcements.sink},
			listening: port => this.#listens(remote, {host: remote.host, port}),
		};
	}

	#addressBehind(remote: Address): Address | undefined {
		for (const {connection, address} of this.#connected)
			if (addressText(connection.peer.remote) === addressText(remote)) return address ?? remote;
		return undefined;
	}

	/** An inbound peer says where it is dialled: it counts as connected there. */
	#listens(remote: Address, address: Address): void {
		for (const connected of this.#connected) {
			const {connection} = connected;
			const isIt = addressText(connection.peer.remote) === addressText(remote);
			if (!isIt || connected.address !== undefined) continue;
			connected.address = address;
			this.#observe({kind: 'connected', address});
			if (this.#isLeftAlone(connected)) connection.close(SHUNNED);
			else if (connected.follower === undefined) this.#run(this.#follow(connected));
		}
	}

	#meet(connection: Connection, address: Address | undefined): void {
		const {log} = this.#ports;
		const name = `${addressText(connection.peer.remote)} #${++this.#met}`;
		const connected: Connected = {connection, name, address, follower: undefined};
		this.#connected.add(connected);
		if (address !== undefined) this.#observe({kind: 'connected', address});
		const peer = addressText(address ?? connection.peer.remote);
		log.info('peer connected', {peer, direction: connection.peer.direction});
		// A stranger from where others misbehaved may still say who it is.
		if (!this.#isLeftAlone(connected)) this.#run(this.#follow(connected));
		this.#run(connection.closed.then(reason => this.#part(connected, reason)));
	}

	/** Loudly, but once: such a peer comes again and again until somebody has chosen. */
	#tellOfFork(peer: string, error: NodeError): void {
		if (this.#forked.has(peer) || this.#forked.size >= FORKED_PEERS_MAX) return;
		this.#forked.add(peer);
		this.#ports.log.error('a peer is on a fork that is too deep to go over to: neither side can', {
			peer,
			error,
		});
	}

	#part(connected: Connected, reason: NodeError): void {
		const {log, metrics} = this.#ports;
		const {connection, address} = connected;
		this.#connected.delete(connected);
		const peer = addressText(address ?? connection.peer.remote);
		const blame = blameOf(reason);
		log.info('peer gone', {peer, code: reason.code, failure: reason.detail['failure']});
		if (reason.code === 'SYNC_FORK_TOO_DEEP') this.#tellOfFork(peer, reason);
		if (blame !== undefined) metrics.increment('dcloud_peers_left_total');
		if (address === undefined) this.#blameStranger(connection, blame);
		else if (!this.#isConnectedTo(address)) this.#observe({kind: 'lost', address, blame});
	}

	/** One that dialled us and did not say where it listens is known by its host alone. */
	#blameStranger({peer}: Connection, blame: Blame | undefined): void {
		if (blame === undefined) return;
		this.#observe({kind: 'offended', key: strangersAt(peer.remote), blame});
	}

	/** It is not followed for a while. Whom we dial ourselves was asked about before. */
	#isLeftAlone({connection: {peer}, address}: Connected): boolean {
		if (peer.direction === 'outbound') return false;
		const key = address === undefined ? strangersAt(peer.remote) : addressText(address);
		return isShunned(this.#offences, key, this.#ports.clock.now());
	}

	#isConnectedTo(address: Address): boolean {
		return [...this.#connected].some(
			other => other.address !== undefined && addressText(other.address) === addressText(address),
		);
	}

	async #follow(connected: Connected): Promise<void> {
		const {connection, name} = connected;
		const {client, signal} = connection;
		if (client === undefined) return;
		const ports = {...this.#ports, fetcher: this.#fetcher, headers: this.#headers};
		const follower = new PeerFollower(ports, client.chainSync, {signal});
		connected.follower = follower;
		const leave = (reason: NodeError): void => connection.close(reason);
		this.#fetcher.join(
			{name, client: client.blockFetch, chain: follower.chain, rttMs: connection.rttMs, leave},
			{signal},
		);
		try {
			await follower.run();
		} catch (error) {
			if (signal.aborted) return;
			if (error instanceof NodeError) leave(error);
			else {
				connection.close();
				throw error;
			}
		}
	}
}
