/** Which peers to be connected to. Pure decisions: the node dials, asks and closes, and says what came of it. */
import {type Address, addressText} from './bearer/bearer.ts';
import {type Blame, isShunned, noteOffence, type Offences} from './offences.ts';
import type {Topology} from './topology.ts';

export type Targets = {
	/** Addresses to know of. */
	readonly known: number;
	/** Connections to have, local roots included. */
	readonly established: number;
};

export const RELAY_TARGETS: Targets = {known: 150, established: 20};

export type PeerSource = 'local' | 'public' | 'learned';

export type KnownPeer = {
	readonly address: Address;
	readonly source: PeerSource;
	/** Whether others may be told of it. */
	readonly advertise: boolean;
	readonly state: 'cold' | 'dialling' | 'connected';
	/** Dials and connections that failed since the last that held. */
	readonly failures: number;
	/** Not to be dialled before. */
	readonly notBeforeMs: number;
	/** When it was last asked for peers. */
	readonly askedMs: number | undefined;
};

export type PeerGroup = {readonly keys: readonly string[]; readonly valency: number};

export type Governor = {
	readonly peers: ReadonlyMap<string, KnownPeer>;
	readonly localGroups: readonly PeerGroup[];
	readonly targets: Targets;
	readonly offences: Offences;
	/** When connections last made room for others. */
	readonly churnedMs: number | undefined;
	/** Our own address, never dialled. */
	readonly self: string | undefined;
};

export type GovernorAction =
	| {readonly kind: 'dial'; readonly address: Address}
	| {readonly kind: 'askForPeers'; readonly address: Address; readonly amount: number};

export type GovernorEvent =
	| {readonly kind: 'connected'; readonly address: Address}
	/** A dial that came to nothing, or a connection that broke; `blame`: what the peer did. */
	| {readonly kind: 'lost'; readonly address: Address; readonly blame?: Blame | undefined}
	/** A peer that nobody can dial did something; `key` is what it is known by. */
	| {readonly kind: 'offended'; readonly key: string; readonly blame: Blame}
	/** Addresses that a peer shared, or that connected to us and said where they listen. */
	| {readonly kind: 'learned'; readonly addresses: readonly Address[]};

const BACK_OFF_MS = 1_000;
const BACK_OFF_MS_MAX = 300_000;
const LOCAL_BACK_OFF_MS_MAX = 10_000;
const ASK_MS = 10_000;
const ASK_AMOUNT = 20;
const FAILURES_MAX = 5;
const DIALS_MAX = 10;
/** cardano-node's times. */
const CHURN_MS = 3_300_000;
const CHURN_SYNCING_MS = 900_000;
/** A fifth of the connections makes room. */
const CHURN_SHARE = 5;

const peerOf = (address: Address, source: PeerSource, advertise: boolean): KnownPeer => ({
	address,
	source,
	advertise,
	state: 'cold',
	failures: 0,
	notBeforeMs: 0,
	askedMs: undefined,
});

export const createGovernor = (topology: Topology, targets: Targets, self?: Address): Governor => {
	const peers = new Map<string, KnownPeer>();
	const publicRoots = [...topology.publicRoots, {accessPoints: topology.bootstrapPeers, advertise: false}];
	for (const {accessPoints, advertise} of publicRoots)
		for (const address of accessPoints) peers.set(addressText(address), peerOf(address, 'public', advertise));
	for (const {accessPoints, advertise} of topology.localRoots)
		for (const address of accessPoints) peers.set(addressText(address), peerOf(address, 'local', advertise));
	return {
		peers,
		localGroups: topology.localRoots.map(({accessPoints, valency}) => ({
			keys: accessPoints.map(addressText),
			valency,
		})),
		targets,
		offences: new Map(),
		churnedMs: undefined,
		self: self && addressText(self),
	};
};

/** A reloaded topology: what is known of its peers, and connections to others, stay. */
export const reloadTopology = (governor: Governor, topology: Topology): Governor => {
	const fresh = createGovernor(topology, governor.targets);
	const peers = new Map(fresh.peers);
	for (const [key, old] of governor.peers) {
		const root = peers.get(key);
		if (root !== undefined) peers.set(key, {...old, source: root.source, advertise: root.advertise});
		else if (old.source === 'learned' || old.state !== 'cold') peers.set(key, {...old, source: 'learned'});
	}
	const {offences, churnedMs, self} = governor;
	return {...fresh, peers, offences, churnedMs, self};
};

const replacePeer = (governor: Governor, key: string, peer: KnownPeer): Governor => ({
	...governor,
	peers: new Map(governor.peers).set(key, peer),
});

const learn = (governor: Governor, addresses: readonly Address[], nowMs: number): Governor => {
	const peers = new Map(governor.peers);
	for (const address of addresses) {
		if (peers.size >= governor.targets.known) break;
		const key = addressText(address);
		if (isShunned(governor.offences, key, nowMs)) continue;
		if (key !== governor.self && !peers.has(key)) peers.set(key, peerOf(address, 'learned', true));
	}
	return {...governor, peers};
};

const offend = (governor: Governor, key: string, blame: Blame | undefined, nowMs: number): Governor =>
	blame === undefined ? governor : {...governor, offences: noteOffence(governor.offences, key, blame, nowMs)};

const lose = (known: Governor, address: Address, blame: Blame | undefined, nowMs: number): Governor => {
	const key = addressText(address);
	const governor = offend(known, key, blame, nowMs);
	const peer = governor.peers.get(key);
	if (peer === undefined) return governor;
	const failures = peer.failures + 1;
	// Trusted peers come back soon; learned ones that never answer make room for others.
	if (peer.source === 'learned' && (blame !== undefined || failures > FAILURES_MAX)) {
		const peers = new Map(governor.peers);
		peers.delete(key);
		return {...governor, peers};
	}
	const isLocal = peer.source === 'local';
	const max = isLocal ? LOCAL_BACK_OFF_MS_MAX : BACK_OFF_MS_MAX;
	const backOffMs = Math.min(BACK_OFF_MS * 2 ** Math.min(failures - 1, 20), max);
	const backOffUntilMs = nowMs + (blame !== undefined && isLocal ? max : backOffMs);
	return replacePeer(governor, key, {...peer, state: 'cold', failures, notBeforeMs: backOffUntilMs});
};

/** What the governor knows after an event. */
export const observe = (governor: Governor, event: GovernorEvent, nowMs: number): Governor => {
	switch (event.kind) {
		case 'connected': {
			const key = addressText(event.address);
			const peer = governor.peers.get(key) ?? peerOf(event.address, 'learned', true);
			return replacePeer(governor, key, {...peer, state: 'connected', failures: 0});
		}
		case 'lost':
			return lose(governor, event.address, event.blame, nowMs);
		case 'offended':
			return offend(governor, event.key, event.blame, nowMs);
		case 'learned':
			return learn(governor, event.addresses, nowMs);
	}
};

/** Local roots are trusted: they only wait as long as everybody who fails. */
const isReady = (
	{offences}: Governor,
	{state, notBeforeMs, source, address}: KnownPeer,
	nowMs: number,
): boolean =>
	state === 'cold' &&
	notBeforeMs <= nowMs &&
	(source === 'local' || !isShunned(offences, addressText(address), nowMs));

const isBusy = ({state}: KnownPeer): boolean => state !== 'cold';

/** Local roots below their valency, then others up to the target, those that failed least first. */
const peersToDial = (governor: Governor, nowMs: number): readonly KnownPeer[] => {
	const {peers, localGroups, targets} = governor;
	const chosen = new Set<KnownPeer>();
	for (const {keys, valency} of localGroups) {
		const members = keys.map(key => peers.get(key)).filter(peer => peer !== undefined);
		const missing = valency - members.filter(isBusy).length;
		const ready = members.filter(peer => isReady(governor, peer, nowMs) && !chosen.has(peer));
		for (const peer of ready.slice(0, Math.max(missing, 0))) chosen.add(peer);
	}
	const all = [...peers.values()];
	const room = targets.established - all.filter(isBusy).length - chosen.size;
	const others = all
		.filter(peer => peer.source !== 'local' && isReady(governor, peer, nowMs))
		.sort((a, b) => a.failures - b.failures);
	for (const peer of others.slice(0, Math.max(room, 0))) chosen.add(peer);
	return [...chosen].slice(0, DIALS_MAX);
};

const peersToAsk = ({peers, targets}: Governor, nowMs: number): readonly KnownPeer[] => {
	if (peers.size >= targets.known) return [];
	return [...peers.values()].filter(
		({state, askedMs}) => state === 'connected' && (askedMs === undefined || nowMs - askedMs >= ASK_MS),
	);
};

/** What to do now. The returned governor has noted it, so that the next call does not say it again. */
export const decide = (
	governor: Governor,
	nowMs: number,
): {readonly governor: Governor; readonly actions: readonly GovernorAction[]} => {
	const peers = new Map(governor.peers);
	const actions: GovernorAction[] = [];
	for (const peer of peersToDial(governor, nowMs)) {
		peers.set(addressText(peer.address), {...peer, state: 'dialling'});
		actions.push({kind: 'dial', address: peer.address});
	}
	for (const peer of peersToAsk(governor, nowMs)) {
		peers.set(addressText(peer.address), {...peer, askedMs: nowMs});
		actions.push({kind: 'askForPeers', address: peer.address, amount: ASK_AMOUNT});
	}
	return {governor: {...governor, peers}, actions};
};

/** What a peer that asks is told: connected ones that may be told of, never the one who asks. */
export const peersToShare = ({peers}: Governor, amount: number, asker?: Address): readonly Address[] => {
	const askerKey = asker && addressText(asker);
	return [...peers]
		.filter(([key, peer]) => peer.state === 'connected' && peer.advertise && key !== askerKey)
		.slice(0, amount)
		.map(([, {address}]) => address);
};

/**
 * Now and then the connections that are worth least make room for peers that are known and not connected, so that nobody holds all of
 * ours for ever: of those that we dialled, local roots never. `worthOf`: more is better.
 */
export const churn = (
	governor: Governor,
	nowMs: number,
	{isSyncing, worthOf}: {readonly isSyncing: boolean; readonly worthOf: (address: Address) => number},
): {readonly governor: Governor; readonly leave: readonly Address[]} => {
	const {churnedMs, peers, targets} = governor;
	// The first round begins when the first connection is there, and leaves nobody.
	if (churnedMs === undefined) return {governor: {...governor, churnedMs: nowMs}, leave: []};
	if (nowMs - churnedMs < (isSyncing ? CHURN_SYNCING_MS : CHURN_MS)) return {governor, leave: []};
	const all = [...peers.values()];
	const busy = all.filter(isBusy).length;
	const others = all.filter(peer => peer.source !== 'local' && isReady(governor, peer, nowMs)).length;
	const mayLeave = all.filter(({state, source}) => state === 'connected' && source !== 'local');
	const count = busy < targets.established ? 0 : Math.min(others, Math.ceil(mayLeave.length / CHURN_SHARE));
	const leave = mayLeave
		.map(({address}) => ({address, worth: worthOf(address)}))
		.sort((a, b) => a.worth - b.worth)
		.slice(0, count)
		.map(({address}) => address);
	return {governor: {...governor, churnedMs: nowMs}, leave};
};
