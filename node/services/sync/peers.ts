/** Connections to other nodes: whom to dial, what they may ask, and following each one's chain. */
import {setMaxListeners} from 'node:events';
import {slotStartMs} from '#consensus/time';
import {NodeError} from '#kernel/node-error';
import type {Clock} from '#node/ports/clock';
import type {PeerView, ShunnedPeerView} from '#node/ports/control-api';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import {endsWith} from '#relay/abort';
import {type Address, addressText} from '#relay/bearer/bearer';
import type {Connection, PeerInfo} from '#relay/connection';
import type {GovernorEvent} from '#relay/governor';
import type {PeerHandlers} from '#relay/handlers';
import {addressOf, peerAddressOf} from '#relay/ip-address';
import type {Targets} from '#relay/known-peers';
import type {Listener} from '#relay/listener';
import {blameOf, isShunned} from '#relay/offences';
import {systemEnvironment} from '#relay/system-timer';
import type {Topology} from '#relay/topology';
import type {AnnouncementStore} from '../announcement-store.ts';
import {createBlockSource} from '../chain/block-source.ts';
import {followChain} from '../chain/chain-follower.ts';
import {createTxInlet, createTxOutlet} from '../mempool/exchange-transactions.ts';
import type {Mempool} from '../mempool/mempool.ts';
import {BlockFetcher} from './block-fetcher.ts';
import {type ConnectedPeer, isInbound, keyOf, shunnedIn, viewOf} from './connected-peer.ts';
import {type FollowPorts, PeerFollower} from './follow-peer.ts';
import {HeaderBook} from './header-book.ts';
import {measurePeers} from './measure-peers.ts';
import type {Network} from './network.ts';
import {PeerGovernor} from './peer-governor.ts';
import {turnAway} from './turn-away.ts';

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

/** A tip that is older is not the last one: cardano-node's `TooOld`. */
const OLD_MS = 1_200_000;
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
	readonly #connected = new Set<ConnectedPeer>();
	/** Peers whose chain left ours too long ago, as told to the operator. */
	readonly #forked = new Set<string>();
	readonly #stopping = new AbortController();
	readonly #tasks = new Set<Promise<unknown>>();
	readonly #startedMs: number;
	readonly #governor: PeerGovernor;
	#listener: Listener | undefined;
	/** Connections so far. */
	#met = 0;

	constructor(ports: PeersPorts, options: PeersOptions) {
		this.#ports = ports;
		this.#options = options;
		const {clock, log, network} = ports;
		this.#governor = new PeerGovernor(
			{clock, log, resolve: network.resolve, random: systemEnvironment.random},
			options,
			{
				dial: address => this.#run(this.#dial(address)),
				ask: (address, amount) => this.#run(this.#ask(address, amount)),
				follow: address => this.#followPeer(address),
				unfollow: address => {
					for (const connected of this.#connectionsTo(address)) connected.unfollow();
				},
				leave: address => this.#leave(address),
				worthOf: address => this.#worthOf(address),
				progress: () => this.#progress(),
			},
		);
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
		return [...this.#connected].map(peer => viewOf(peer, this.#fetcher.speedOf(peer.name)));
	}

	/** Peers that were left and are not used again for a while. */
	get shunned(): readonly ShunnedPeerView[] {
		return shunnedIn(this.#governor.state.offences, this.#ports.clock.now());
	}

	/**
	 * Whether we have, as far as our peers say, the best chain. What peers claim counts only if we chose them; of
	 * others, and there may be any number of them, only headers do.
	 */
	get isSynced(): boolean {
		const {chain, clock} = this.#ports;
		const own = chain.tip === 'origin' ? -1 : chain.tip.blockNo;
		let hasHeard = false;
		for (const {connection, follower} of this.#connected) {
			if (follower === undefined) continue;
			const claimed = connection.peer.direction === 'outbound' ? follower.claimedBlockNo : -1;
			if (Math.max(follower.shownBlockNo, claimed) > own + BLOCKS_BEHIND_MAX) return false;
			hasHeard ||= follower.hasTip;
		}
		const graceMs = GRACE_SLOTS * chain.network.slots.slotLengthMs;
		return hasHeard || !this.#governor.hasRoots || clock.now() - this.#startedMs >= graceMs;
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
			refused: (remote, error) => turnAway(this.#ports, remote, error),
		});
		this.#governor.listensAt(this.#listener.address);
		this.#run(this.#governor.run({signal: this.#stopping.signal}));
		this.#run(this.#fetcher.run({signal: this.#stopping.signal}));
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
				if (!this.#stopping.signal.aborted) this.#ports.log.error('peers failed', {error});
			})
			.finally(() => this.#tasks.delete(watched));
		this.#tasks.add(watched);
	}

	#observe(event: GovernorEvent): void {
		this.#governor.observe(event);
	}

	/** Brings the gauges up to date. */
	measure(): void {
		measurePeers(this.#ports.metrics, [...this.#connected], this.#governor.state);
	}

	#progress(): {readonly isCaughtUp: boolean; readonly slot: number} {
		const {chain, clock} = this.#ports;
		const {tip, network} = chain;
		const isRecent = tip !== 'origin' && clock.now() - slotStartMs(network.slots, tip.slot) <= OLD_MS;
		return {isCaughtUp: isRecent && this.isSynced, slot: tip === 'origin' ? 0 : tip.slot};
	}

	/** Those that bring most; of those that were not asked, those that answer soonest. */
	#worthOf(address: Address): number {
		const [connected] = this.#connectionsTo(address);
		if (connected === undefined) return Number.NEGATIVE_INFINITY;
		const speed = this.#fetcher.speedOf(connected.name)?.bytesPerMs ?? 0;
		return speed > 0 ? speed : -(connected.connection.rttMs() ?? Number.MAX_SAFE_INTEGER);
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
			if (!(error instanceof NodeError)) throw error;
			const peer = addressText(address);
			log.debug('dial failed', {peer, error});
			// It may have dialled us meanwhile.
			const isAwaited = this.#governor.state.peers.get(peer)?.state === 'dialling';
			if (isAwaited) this.#observe({kind: 'lost', address});
		}
	}

	/** Asks a connected peer for others. */
	async #ask(address: Address, amount: number): Promise<void> {
		const [found] = this.#connectionsTo(address);
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
				this.#governor
					.share(amount, this.#addressBehind(remote))
					.flatMap(address => peerAddressOf(address) ?? []),
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
			// It is followed once, over the connection that was there first.
			if (this.#connectionsTo(address).some(other => other !== connected)) connected.unfollow();
			connected.address = address;
			if (connection.client === undefined) this.#observe({kind: 'learned', addresses: [address]});
			else this.#observe({kind: 'named', stranger: remote, address});
			if (this.#isLeftAlone(connected)) connection.close(SHUNNED);
			else this.#governor.followNow();
		}
	}

	#meet(connection: Connection, address: Address | undefined): void {
		const {log} = this.#ports;
		const {remote, direction} = connection.peer;
		const name = `${addressText(remote)} #${++this.#met}`;
		const connected: ConnectedPeer = {
			connection,
			name,
			address,
			follower: undefined,
			unfollow: () => undefined,
		};
		this.#connected.add(connected);
		const peer = addressText(address ?? remote);
		log.info('peer connected', {peer, direction});
		if (address !== undefined) this.#observe({kind: 'connected', address});
		// A stranger from where others misbehaved may still say who it is.
		else if (connection.client !== undefined && !this.#isLeftAlone(connected))
			this.#observe({kind: 'connected', address: remote, from: 'stranger'});
		this.#governor.followNow();
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

	#part(connected: ConnectedPeer, reason: NodeError): void {
		const {log, metrics} = this.#ports;
		const {connection, address} = connected;
		this.#connected.delete(connected);
		const peer = keyOf(connected);
		const blame = blameOf(reason);
		log.info('peer gone', {peer, code: reason.code, failure: reason.detail['failure']});
		if (reason.code === 'SYNC_FORK_TOO_DEEP') this.#tellOfFork(peer, reason);
		if (blame !== undefined) metrics.count('dcloud_peers_left_total', blame.code);
		const known = address ?? connection.peer.remote;
		// One that dialled us and did not say where it listens is known by its host alone.
		if (address === undefined && blame !== undefined)
			this.#observe({kind: 'offended', key: strangersAt(known), blame});
		const itsBlame = address === undefined ? undefined : blame;
		if (this.#connectionsTo(known).length === 0)
			this.#observe({kind: 'lost', address: known, blame: itsBlame});
		else if (this.#governor.state.peers.get(peer)?.state === 'hot') this.#followPeer(known);
	}

	/** It is not followed for a while. Whom we dial ourselves was asked about before. */
	#isLeftAlone({connection: {peer}, address}: ConnectedPeer): boolean {
		if (peer.direction === 'outbound') return false;
		const key = address === undefined ? strangersAt(peer.remote) : addressText(address);
		return isShunned(this.#governor.state.offences, key, this.#ports.clock.now());
	}

	/** Connections to a peer, by its address or by where a stranger came from; those that we opened first. */
	#connectionsTo(address: Address): readonly ConnectedPeer[] {
		const key = addressText(address);
		return [...this.#connected]
			.filter(peer => keyOf(peer) === key)
			.sort((a, b) => Number(isInbound(a)) - Number(isInbound(b)));
	}

	/** Ends connections for nothing that the peer did. */
	#leave(address: Address): void {
		const connections = this.#connectionsTo(address);
		for (const {connection} of connections) connection.close();
		if (connections.length === 0) this.#observe({kind: 'lost', address});
	}

	#followPeer(address: Address): void {
		const connections = this.#connectionsTo(address);
		if (connections.some(({follower}) => follower !== undefined)) return;
		const connected = connections.find(({connection}) => connection.client !== undefined);
		if (connected !== undefined) this.#run(this.#follow(connected));
	}

	async #follow(connected: ConnectedPeer): Promise<void> {
		const {connection, name} = connected;
		const {client} = connection;
		if (client === undefined) return;
		const {signal, end} = endsWith(connection.signal);
		connected.unfollow = end;
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
		} finally {
			// It may be followed anew meanwhile.
			if (connected.follower === follower) connected.follower = undefined;
		}
	}
}
