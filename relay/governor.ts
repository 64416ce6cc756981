/**
 * Which peers to know, to be connected to and to follow. Pure decisions: the node dials, follows, asks and closes, and says what came
 * of it.
 */
import {type Address, addressText} from './bearer/bearer.ts';
import {peersToDemote, peersToDial, peersToFollow, peersToLeave, WARM_MS_MAX} from './choose-peers.ts';
import {
	type ChainProgress,
	type Governor,
	isBig,
	isConnected,
	isSensitive,
	type KnownPeer,
	type PeerSource,
	type PeerState,
	peerOf,
} from './known-peers.ts';
import {type Blame, isShunned, noteOffence} from './offences.ts';

export type GovernorAction =
	| {readonly kind: 'dial'; readonly address: Address}
	/** A connected peer is to be followed. */
	| {readonly kind: 'follow'; readonly address: Address}
	/** It is to be followed no longer; the connection stays. */
	| {readonly kind: 'unfollow'; readonly address: Address}
	/** The connection is to be closed, for nothing that the peer did. */
	| {readonly kind: 'leave'; readonly address: Address}
	| {readonly kind: 'askForPeers'; readonly address: Address; readonly amount: number};

export type GovernorEvent =
	/** `from`: how it came. `stranger`: it dialled us, and this is not where it listens. */
	| {readonly kind: 'connected'; readonly address: Address; readonly from?: 'dial' | 'listener' | 'stranger'}
	/** A stranger said where it listens. */
	| {readonly kind: 'named'; readonly stranger: Address; readonly address: Address}
	/** A dial that came to nothing, or a connection that broke; `blame`: what the peer did. */
	| {readonly kind: 'lost'; readonly address: Address; readonly blame?: Blame | undefined}
	/** A peer that nobody can dial did something; `key` is what it is known by. */
	| {readonly kind: 'offended'; readonly key: string; readonly blame: Blame}
	/** Addresses that a peer shared, or that connected to us and said where they listen. */
	| {readonly kind: 'learned'; readonly addresses: readonly Address[]}
	/** Relays of pools that were drawn. */
	| {readonly kind: 'ledger'; readonly source: 'ledger' | 'bigLedger'; readonly addresses: readonly Address[]}
	| {readonly kind: 'progress'; readonly progress: ChainProgress};

const BACK_OFF_MS = 1_000;
const BACK_OFF_MS_MAX = 300_000;
const LOCAL_BACK_OFF_MS_MAX = 10_000;
/** Whom we left ourselves is not dialled again at once: it made room. */
const LEFT_MS = 60_000;
/** Nor is one that is followed no longer followed again at once. */
const REST_MS = 300_000;
const ASK_MS = 10_000;
const ASK_AMOUNT = 20;
const FAILURES_MAX = 5;

const replacePeer = (governor: Governor, key: string, peer: KnownPeer): Governor => ({
	...governor,
	peers: new Map(governor.peers).set(key, peer),
});

/** The same governor where there is nothing to replace: most of the time nothing is decided. */
const replacePeers = (governor: Governor, replaced: readonly KnownPeer[]): Governor => {
	if (replaced.length === 0) return governor;
	const peers = new Map(governor.peers);
	for (const peer of replaced) peers.set(addressText(peer.address), peer);
	return {...governor, peers};
};

const forget = (governor: Governor, key: string): Governor => {
	const peers = new Map(governor.peers);
	peers.delete(key);
	return {...governor, peers};
};

const enter = (peer: KnownPeer, state: PeerState, nowMs: number): KnownPeer =>
	peer.state === state ? peer : {...peer, state, sinceMs: nowMs};

/** Peers that count as known: strangers are no addresses. */
const knownIn = ({peers}: Governor, big: boolean): number =>
	[...peers.values()].filter(peer => peer.source !== 'inbound' && isBig(peer) === big).length;

const isForgettable = ({source, state}: KnownPeer): boolean =>
	state === 'cold' && (source === 'learned' || source === 'ledger' || source === 'bigLedger');

/** New addresses as far as there is room. Relays of pools take the place of addresses that somebody told of and that do not answer. */
const learn = (
	governor: Governor,
	addresses: readonly Address[],
	source: PeerSource,
	nowMs: number,
): Governor => {
	const peers = new Map(governor.peers);
	const big = source === 'bigLedger';
	let room = (big ? governor.targets.bigLedger : governor.targets).known - knownIn(governor, big);
	for (const address of addresses) {
		const key = addressText(address);
		if (key === governor.self || isShunned(governor.offences, key, nowMs)) continue;
		const before = peers.get(key);
		// That a pool with most of the stake is there is worth more than where we heard of it first.
		const isRaised = before !== undefined && big && isForgettable(before) && !isBig(before);
		if ((before !== undefined && !isRaised) || room <= 0) continue;
		peers.set(key, {...(before ?? peerOf(address, {source, advertise: true})), source});
		room--;
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
	if (peer.source === 'inbound') return forget(governor, key);
	const gone = {...enter(peer, 'cold', nowMs), dialledUs: false, restsUntilMs: 0};
	if (peer.state === 'leaving' && blame === undefined)
		return replacePeer(governor, key, {...gone, notBeforeMs: nowMs + LEFT_MS});
	const failures = peer.failures + 1;
	// Trusted peers come back soon. Ones that others told of make room when they never answer, and whoever came to us when there is none.
	const max = (isBig(peer) ? governor.targets.bigLedger : governor.targets).known;
	const isOneTooMany = knownIn(governor, isBig(peer)) > max;
	if (isForgettable(gone) && (blame !== undefined || failures > FAILURES_MAX || isOneTooMany))
		return forget(governor, key);
	const isLocal = peer.source === 'local';
	const backOffMsMax = isLocal ? LOCAL_BACK_OFF_MS_MAX : BACK_OFF_MS_MAX;
	const backOffMs = Math.min(BACK_OFF_MS * 2 ** Math.min(failures - 1, 20), backOffMsMax);
	const backOffUntilMs = nowMs + (blame !== undefined && isLocal ? backOffMsMax : backOffMs);
	return replacePeer(governor, key, {...gone, failures, notBeforeMs: backOffUntilMs});
};

/** A second connection to a peer changes nothing of how it is used. */
const connect = (
	governor: Governor,
	{address, from = 'dial'}: Extract<GovernorEvent, {kind: 'connected'}>,
	nowMs: number,
): Governor => {
	const key = addressText(address);
	const isStranger = from === 'stranger';
	const source = isStranger ? 'inbound' : 'learned';
	const peer = governor.peers.get(key) ?? peerOf(address, {source, advertise: !isStranger});
	if (isConnected(peer)) return governor;
	return replacePeer(governor, key, {
		...enter(peer, 'warm', nowMs),
		dialledUs: from !== 'dial',
		failures: 0,
	});
};

/** What is known of the stranger goes over to its address, unless that is connected in another way. */
const rename = (
	governor: Governor,
	{stranger, address}: Extract<GovernorEvent, {kind: 'named'}>,
	nowMs: number,
): Governor => {
	const strangerKey = addressText(stranger);
	const before = governor.peers.get(strangerKey);
	if (before === undefined || before.source !== 'inbound')
		return connect(governor, {kind: 'connected', address, from: 'listener'}, nowMs);
	const rest = forget(governor, strangerKey);
	const key = addressText(address);
	const peer = rest.peers.get(key) ?? peerOf(address, {source: 'learned', advertise: true});
	if (isConnected(peer)) return rest;
	const {state, sinceMs, restsUntilMs} = before;
	return replacePeer(rest, key, {...peer, state, sinceMs, restsUntilMs, dialledUs: true, failures: 0});
};

/** What the governor knows after an event. */
export const observe = (governor: Governor, event: GovernorEvent, nowMs: number): Governor => {
	switch (event.kind) {
		case 'connected':
			return connect(governor, event, nowMs);
		case 'named':
			return rename(governor, event, nowMs);
		case 'lost':
			return lose(governor, event.address, event.blame, nowMs);
		case 'offended':
			return offend(governor, event.key, event.blame, nowMs);
		case 'learned':
			return learn(governor, event.addresses, 'learned', nowMs);
		case 'ledger':
			return learn(governor, event.addresses, event.source, nowMs);
		case 'progress':
			return governor.progress.isCaughtUp === event.progress.isCaughtUp
				? governor
				: {...governor, progress: event.progress};
	}
};

/** Before we have caught up nobody's word on others is asked for. */
const peersToAsk = (governor: Governor, nowMs: number): readonly KnownPeer[] => {
	if (isSensitive(governor) || knownIn(governor, false) >= governor.targets.known) return [];
	return [...governor.peers.values()].filter(
		peer =>
			isConnected(peer) &&
			peer.source !== 'inbound' &&
			(peer.askedMs === undefined || nowMs - peer.askedMs >= ASK_MS),
	);
};

export type Decision = {readonly governor: Governor; readonly actions: readonly GovernorAction[]};

/** Whom to follow now: also right after somebody connected, so that nobody has to wait. */
export const decideFollows = (governor: Governor, nowMs: number): Decision => {
	const followed = peersToFollow(governor, nowMs);
	return {
		governor: replacePeers(
			governor,
			followed.map(peer => enter(peer, 'hot', nowMs)),
		),
		actions: followed.map(({address}) => ({kind: 'follow', address})),
	};
};

/** What to do now. The returned governor has noted it, so that the next call does not say it again; nothing to do: it is the same. */
export const decide = (governor: Governor, nowMs: number): Decision => {
	const left = peersToLeave(governor, nowMs);
	const demoted = [...peersToDemote(governor)].filter(peer => !left.has(peer));
	const parted = replacePeers(governor, [
		...[...left].map(peer => enter(peer, 'leaving', nowMs)),
		...demoted.map(peer => ({...enter(peer, 'warm', nowMs), restsUntilMs: nowMs + REST_MS})),
	]);
	const followed = decideFollows(parted, nowMs);
	const dialled = peersToDial(followed.governor, nowMs);
	const asked = peersToAsk(followed.governor, nowMs);
	const after = replacePeers(followed.governor, [
		...dialled.map(peer => enter(peer, 'dialling', nowMs)),
		...asked.map(peer => ({...peer, askedMs: nowMs})),
	]);
	const actions: readonly GovernorAction[] = [
		...[...left].map(({address}) => ({kind: 'leave', address}) as const),
		...demoted.map(({address}) => ({kind: 'unfollow', address}) as const),
		...followed.actions,
		...dialled.map(({address}) => ({kind: 'dial', address}) as const),
		...asked.map(({address}) => ({kind: 'askForPeers', address, amount: ASK_AMOUNT}) as const),
	];
	return {governor: after, actions};
};

/**
 * When `decide` may have something to do that it has not now, though nobody has said anything: the first rest, back-off, idle time or
 * penalty that will be over. Infinity: never.
 */
export const quietUntilMs = ({peers, offences}: Governor, nowMs: number): number => {
	let untilMs = Number.POSITIVE_INFINITY;
	const consider = (atMs: number): void => {
		if (atMs > nowMs && atMs < untilMs) untilMs = atMs;
	};
	for (const {notBeforeMs, restsUntilMs, sinceMs, askedMs} of peers.values()) {
		consider(notBeforeMs);
		consider(restsUntilMs);
		consider(sinceMs + WARM_MS_MAX);
		if (askedMs !== undefined) consider(askedMs + ASK_MS);
	}
	for (const offence of offences.values()) consider(offence.untilMs);
	return untilMs;
};

/** What a peer that asks is told: connected ones that may be told of, never the one who asks. */
export const peersToShare = ({peers}: Governor, amount: number, asker?: Address): readonly Address[] => {
	const askerKey = asker && addressText(asker);
	return [...peers]
		.filter(([key, peer]) => isConnected(peer) && peer.advertise && key !== askerKey)
		.slice(0, amount)
		.map(([, {address}]) => address);
};
