/** The peers that a governor knows, where it knows them from, and how near they are. Pure. */
import {type Address, addressText} from './bearer/bearer.ts';
import type {Offences} from './offences.ts';
import type {LocalRoot, Topology} from './topology.ts';

export type TierTargets = {
	/** Addresses to know of. */
	readonly known: number;
	/** Connections to have, those that are followed included. */
	readonly established: number;
	/** Peers to follow. */
	readonly active: number;
};

export type Targets = TierTargets & {
	/** Big ledger peers have places of their own, so that most of the stake is heard whoever else there is. */
	readonly bigLedger: TierTargets;
	/** Peers to follow of those that dialled us, besides: a block producer may be known to nobody else. */
	readonly inbound: number;
};

const ESTABLISHED = 30;

/** cardano-node's for a relay; with another number of connections two thirds of them are followed, at most 20, as there. */
export const relayTargets = (established: number): Targets => ({
	known: Math.max(150, 2 * established),
	established,
	active: Math.min(20, Math.ceil((established * 2) / 3)),
	bigLedger: {known: 15, established: 10, active: 5},
	inbound: 100,
});

export const RELAY_TARGETS: Targets = relayTargets(ESTABLISHED);

/**
 * Those for so many connections, but for what an operator wants otherwise. Where that was said for another number of
 * connections, nobody is followed without one, and none goes to somebody unknown.
 */
export const wantedTargets = (
	established: number,
	{known, active}: Partial<TierTargets> = {},
	bigLedger: Partial<TierTargets> = {},
): Targets => {
	const targets = relayTargets(established);
	return {
		...targets,
		known: Math.max(known ?? targets.known, established),
		active: Math.min(active ?? targets.active, established),
		bigLedger: {...targets.bigLedger, ...bigLedger},
	};
};

/**
 * `local`, `public` and `bootstrap` are of the topology, `ledger` and `bigLedger` relays of pools; `learned` ones were told of by
 * others, and an `inbound` one dialled us without saying where it listens: its address is good for nothing but to know it by.
 */
export type PeerSource = 'local' | 'public' | 'bootstrap' | 'ledger' | 'bigLedger' | 'learned' | 'inbound';

/** `warm`: connected. `hot`: connected and followed. `leaving`: we are about to hang up. */
export type PeerState = 'cold' | 'dialling' | 'warm' | 'hot' | 'leaving';

export type KnownPeer = {
	readonly address: Address;
	readonly source: PeerSource;
	/** Whether others may be told of it. */
	readonly advertise: boolean;
	/** A bootstrap peer or a trustable local root: taken at its word before we have caught up. */
	readonly isTrusted: boolean;
	readonly state: PeerState;
	/** When that state began. */
	readonly sinceMs: number;
	/** Its connection is one that it opened. */
	readonly dialledUs: boolean;
	/** Dials and connections that failed since the last that held. */
	readonly failures: number;
	/** Not to be dialled before. */
	readonly notBeforeMs: number;
	/** Not to be followed before: it was, and made room. */
	readonly restsUntilMs: number;
	/** When it was last asked for peers. */
	readonly askedMs: number | undefined;
};

export type PeerGroup = {
	readonly keys: readonly string[];
	readonly hotValency: number;
	readonly warmValency: number;
};

/** How far our own chain is, as its owner says. */
export type ChainProgress = {readonly isCaughtUp: boolean};

export type Governor = {
	readonly peers: ReadonlyMap<string, KnownPeer>;
	readonly localGroups: readonly PeerGroup[];
	readonly targets: Targets;
	readonly offences: Offences;
	/** The topology has bootstrap peers: before we have caught up, only trusted ones are dialled and followed. */
	readonly hasBootstrap: boolean;
	readonly progress: ChainProgress;
	/** When connections last made room for others. */
	readonly churnedMs: number | undefined;
	/** Our own address, never dialled. */
	readonly self: string | undefined;
};

type Kind = Pick<KnownPeer, 'source' | 'advertise'> & {readonly isTrusted?: boolean};

export const peerOf = (address: Address, {source, advertise, isTrusted = false}: Kind): KnownPeer => ({
	address,
	source,
	advertise,
	isTrusted,
	state: 'cold',
	sinceMs: 0,
	dialledUs: false,
	failures: 0,
	notBeforeMs: 0,
	restsUntilMs: 0,
	askedMs: undefined,
});

/** `hotValency` may be more than there are: a name that is not resolved yet stands for nobody. */
const groupOf = ({accessPoints, hotValency, warmValency}: LocalRoot): PeerGroup => ({
	keys: [...new Set(accessPoints.map(addressText))],
	hotValency,
	warmValency: Math.max(hotValency, warmValency),
});

const rootsOf = (topology: Topology): Map<string, KnownPeer> => {
	const roots = new Map<string, KnownPeer>();
	const add = (accessPoints: readonly Address[], kind: Kind): void => {
		for (const address of accessPoints) roots.set(addressText(address), peerOf(address, kind));
	};
	for (const {accessPoints, advertise} of topology.publicRoots)
		add(accessPoints, {source: 'public', advertise});
	add(topology.bootstrapPeers, {source: 'bootstrap', advertise: false, isTrusted: true});
	// Last: who is a local root and something else besides is a local root.
	for (const {accessPoints, advertise, trustable: isTrusted} of topology.localRoots)
		add(accessPoints, {source: 'local', advertise, isTrusted});
	return roots;
};

export const createGovernor = (topology: Topology, targets: Targets, self?: Address): Governor => ({
	peers: rootsOf(topology),
	localGroups: topology.localRoots.map(groupOf),
	targets,
	offences: new Map(),
	hasBootstrap: topology.bootstrapPeers.length > 0,
	progress: {isCaughtUp: false},
	churnedMs: undefined,
	self: self && addressText(self),
});

/** A reloaded topology, or names that stand for other addresses now: what is known of peers, and connections to others, stay. */
export const reloadTopology = (governor: Governor, topology: Topology): Governor => {
	const peers = rootsOf(topology);
	for (const [key, old] of governor.peers) {
		const root = peers.get(key);
		const isRoot = old.source === 'local' || old.source === 'public' || old.source === 'bootstrap';
		if (root !== undefined) {
			const {source, advertise, isTrusted} = root;
			peers.set(key, {...old, source, advertise, isTrusted});
		} else if (!isRoot) peers.set(key, old);
		// What was left out is not what others may be told of.
		else if (old.state !== 'cold')
			peers.set(key, {...old, source: 'learned', advertise: false, isTrusted: false});
	}
	return {
		...governor,
		peers,
		localGroups: topology.localRoots.map(groupOf),
		hasBootstrap: topology.bootstrapPeers.length > 0,
	};
};

export const isConnected = ({state}: KnownPeer): boolean => state === 'warm' || state === 'hot';

/** Connected, about to be, or not yet quite gone. */
export const isBusy = ({state}: KnownPeer): boolean => state !== 'cold';

export const isBig = ({source}: KnownPeer): boolean => source === 'bigLedger';

/** Nobody but trusted peers is listened to: the first chain that a new node hears may be anybody's. */
export const isSensitive = ({hasBootstrap, progress}: Governor): boolean =>
	hasBootstrap && !progress.isCaughtUp;

export const mayBeUsed = (governor: Governor, peer: KnownPeer): boolean =>
	!isSensitive(governor) || peer.isTrusted;
