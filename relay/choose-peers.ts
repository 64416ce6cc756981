/** Whom to dial, follow, follow no longer and leave: each rule by itself. Pure. */
import {addressText} from './bearer/bearer.ts';
import {
	type Governor,
	isBig,
	isBusy,
	isConnected,
	isSensitive,
	type KnownPeer,
	mayBeUsed,
	type PeerGroup,
	type TierTargets,
} from './known-peers.ts';
import {isShunned} from './offences.ts';

/** Dials under way to others than local roots. */
const DIALS_MAX = 10;
/** Connections that nobody uses are ended by the other side after 3,373 s, the idle time of chain-sync: we are first. */
export const WARM_MS_MAX = 3_000_000;

type Tier = {
	readonly targets: TierTargets;
	/** Those that are counted against the targets, whatever they are. */
	readonly members: readonly KnownPeer[];
};

/** Who came to us takes the place of nobody whom we chose, unless it is a local root. */
const isChosen = ({dialledUs, source}: KnownPeer): boolean => !dialledUs || source === 'local';

const tiersOf = ({peers, targets}: Governor): readonly Tier[] => {
	const chosen = [...peers.values()].filter(isChosen);
	return [
		{targets, members: chosen.filter(peer => !isBig(peer))},
		{targets: targets.bigLedger, members: chosen.filter(isBig)},
	];
};

const countOf = (peers: readonly KnownPeer[], test: (peer: KnownPeer) => boolean): number =>
	peers.filter(test).length;

const isHot = ({state}: KnownPeer): boolean => state === 'hot';

const membersOf = ({peers}: Governor, {keys}: PeerGroup): readonly KnownPeer[] =>
	keys.map(key => peers.get(key)).filter(peer => peer !== undefined);

const isLeftAlone = ({offences}: Governor, {address}: KnownPeer, nowMs: number): boolean =>
	isShunned(offences, addressText(address), nowMs);

/** Local roots are the operator's own choice: they only wait as long as everybody who fails. */
export const isReady = (governor: Governor, peer: KnownPeer, nowMs: number): boolean =>
	peer.state === 'cold' &&
	peer.source !== 'inbound' &&
	peer.notBeforeMs <= nowMs &&
	addressText(peer.address) !== governor.self &&
	mayBeUsed(governor, peer) &&
	(peer.source === 'local' || !isLeftAlone(governor, peer, nowMs));

/** Bootstrap peers are for those who have to catch up; afterwards they only stand in where nobody else is. */
const standsIn = (governor: Governor, {source}: KnownPeer): boolean =>
	source === 'bootstrap' && !isSensitive(governor);

/** Roots before others, those that failed least first. */
const rankOf = (governor: Governor, peer: KnownPeer): number =>
	(standsIn(governor, peer) ? 1_000 : 0) + peer.failures + (peer.source === 'learned' ? 0.5 : 0);

/** A node that has caught up needs its bootstrap peers no longer, once it is connected to somebody else than local roots. */
const isDone = (governor: Governor, peer: KnownPeer): boolean =>
	standsIn(governor, peer) &&
	[...governor.peers.values()].some(
		other =>
			isConnected(other) && isChosen(other) && other.source !== 'local' && other.source !== 'bootstrap',
	);

/** Local roots below their valency, then others up to the targets. */
export const peersToDial = (governor: Governor, nowMs: number): readonly KnownPeer[] => {
	const chosen = new Set<KnownPeer>();
	for (const group of governor.localGroups) {
		const members = membersOf(governor, group);
		const missing = group.warmValency - countOf(members, peer => isBusy(peer) || chosen.has(peer));
		const ready = members.filter(peer => isReady(governor, peer, nowMs) && !chosen.has(peer));
		// Whoever failed least first, or one that is gone would keep the others from being tried.
		ready.sort((a, b) => a.failures - b.failures);
		for (const peer of ready.slice(0, Math.max(missing, 0))) chosen.add(peer);
	}
	const dialling = countOf([...governor.peers.values()], ({state}) => state === 'dialling');
	let dials = Math.max(DIALS_MAX - dialling, 0);
	for (const {targets, members} of tiersOf(governor)) {
		const isTaken = (peer: KnownPeer): boolean => isBusy(peer) || chosen.has(peer);
		const room = targets.established - countOf(members, isTaken);
		const standIns = countOf(members, peer => isTaken(peer) && standsIn(governor, peer));
		const others = members
			.filter(peer => peer.source !== 'local' && isReady(governor, peer, nowMs) && !isDone(governor, peer))
			.sort((a, b) => rankOf(governor, a) - rankOf(governor, b))
			// Whoever stands in keeps no place from those it stands in for.
			.filter((peer, index) => index < (standsIn(governor, peer) ? room : room + standIns))
			.slice(0, dials);
		dials -= others.length;
		for (const peer of others) chosen.add(peer);
	}
	return [...chosen];
};

const mayBeFollowed = (governor: Governor, peer: KnownPeer, nowMs: number): boolean =>
	peer.state === 'warm' &&
	mayBeUsed(governor, peer) &&
	(peer.source === 'local' || (peer.restsUntilMs <= nowMs && !isLeftAlone(governor, peer, nowMs)));

const longestFirst = (a: KnownPeer, b: KnownPeer): number => a.sinceMs - b.sinceMs;

/**
 * Local roots below their hot valency, then others up to the targets. Those that came to us have places of their own: they
 * may know what nobody else does, and are never followed instead of one that we chose.
 */
export const peersToFollow = (governor: Governor, nowMs: number): readonly KnownPeer[] => {
	const chosen = new Set<KnownPeer>();
	const isTaken = (peer: KnownPeer): boolean => isHot(peer) || chosen.has(peer);
	for (const group of governor.localGroups) {
		const members = membersOf(governor, group);
		const missing = group.hotValency - countOf(members, isTaken);
		const ready = members.filter(peer => mayBeFollowed(governor, peer, nowMs) && !chosen.has(peer));
		for (const peer of ready.slice(0, Math.max(missing, 0))) chosen.add(peer);
	}
	const cameToUs = [...governor.peers.values()].filter(peer => !isChosen(peer));
	const tiers = tiersOf(governor).map(({targets: {active}, members}) => ({places: active, members}));
	tiers.push({places: governor.targets.inbound, members: cameToUs});
	for (const {places, members} of tiers) {
		const room = places - countOf(members, isTaken);
		const ready = members
			.filter(peer => peer.source !== 'local' && mayBeFollowed(governor, peer, nowMs))
			.sort((a, b) => rankOf(governor, a) - rankOf(governor, b) || longestFirst(a, b));
		for (const peer of ready.slice(0, Math.max(room, 0))) chosen.add(peer);
	}
	return [...chosen];
};

const newest = (peers: readonly KnownPeer[], count: number): readonly KnownPeer[] =>
	[...peers].sort((a, b) => b.sinceMs - a.sinceMs).slice(0, Math.max(count, 0));

/** Local roots above the valency of their group, if the operator lowered it. Whoever is of two groups may be needed by the other. */
const localSurplus = (
	governor: Governor,
	test: (peer: KnownPeer) => boolean,
	valencyOf: (group: PeerGroup) => number,
): readonly KnownPeer[] => {
	const groupsOf = ({address}: KnownPeer): number =>
		governor.localGroups.filter(({keys}) => keys.includes(addressText(address))).length;
	return governor.localGroups.flatMap(group => {
		const members = membersOf(governor, group).filter(test);
		const mayGo = members.filter(peer => groupsOf(peer) === 1);
		return newest(mayGo, members.length - valencyOf(group));
	});
};

/** Those that are followed and may not be, and those above the targets: where local roots came later, and after a reload. */
export const peersToDemote = (governor: Governor): ReadonlySet<KnownPeer> => {
	const demoted = new Set<KnownPeer>(localSurplus(governor, isHot, ({hotValency}) => hotValency));
	for (const peer of governor.peers.values())
		if (isHot(peer) && !mayBeUsed(governor, peer)) demoted.add(peer);
	for (const {targets, members} of tiersOf(governor)) {
		const hot = members.filter(peer => isHot(peer) && !demoted.has(peer));
		const others = hot.filter(({source}) => source !== 'local');
		for (const peer of newest(others, hot.length - targets.active)) demoted.add(peer);
	}
	return demoted;
};

/** Connections to end: of those that we chose only. */
export const peersToLeave = (governor: Governor, nowMs: number): ReadonlySet<KnownPeer> => {
	const left = new Set<KnownPeer>(
		localSurplus(governor, isConnected, ({warmValency}) => warmValency).filter(({dialledUs}) => !dialledUs),
	);
	for (const peer of governor.peers.values()) {
		if (!isConnected(peer) || peer.dialledUs) continue;
		const isIdle = peer.state === 'warm' && nowMs - peer.sinceMs >= WARM_MS_MAX;
		if (isIdle || !mayBeUsed(governor, peer) || isDone(governor, peer)) left.add(peer);
	}
	for (const {targets, members} of tiersOf(governor)) {
		const established = members.filter(peer => isConnected(peer) && !left.has(peer));
		const others = established.filter(({source, state}) => source !== 'local' && state === 'warm');
		for (const peer of newest(others, established.length - targets.established)) left.add(peer);
	}
	return left;
};
