/** Now and then peers make room for others, so that nobody holds our connections, or our attention, for ever. Pure. */
import {type Address, addressText} from './bearer/bearer.ts';
import {isReady} from './choose-peers.ts';
import {type Governor, isBig, isBusy, isConnected, type KnownPeer, type TierTargets} from './known-peers.ts';

/** cardano-node's times. */
const CHURN_MS = 3_300_000;
const CHURN_SYNCING_MS = 900_000;
/** A fifth makes room. */
const CHURN_SHARE = 5;
/** Who made room is not followed again before the next who wait have had their turn. */
const REST_MS = 300_000;

export type ChurnOptions = {
	readonly isSyncing: boolean;
	/** More is better. */
	readonly worthOf: (address: Address) => number;
};

export type Churned = {
	readonly governor: Governor;
	/** To be followed no longer. */
	readonly unfollow: readonly Address[];
	/** To be hung up on. */
	readonly leave: readonly Address[];
};

const leastOf = (peers: readonly KnownPeer[], count: number, {worthOf}: ChurnOptions): readonly KnownPeer[] =>
	peers
		.map(peer => ({peer, worth: worthOf(peer.address)}))
		.sort((a, b) => a.worth - b.worth)
		.slice(0, Math.max(count, 0))
		.map(({peer}) => peer);

const fifthOf = (peers: readonly KnownPeer[]): number => Math.ceil(peers.length / CHURN_SHARE);

/** Connections of one kind that are worth least, when all places are taken and others would take them. */
const leaversOf = (
	governor: Governor,
	members: readonly KnownPeer[],
	{established}: TierTargets,
	nowMs: number,
	options: ChurnOptions,
): readonly KnownPeer[] => {
	if (members.filter(peer => !peer.dialledUs && isBusy(peer)).length < established) return [];
	const waiting = members.filter(peer => peer.source !== 'local' && isReady(governor, peer, nowMs)).length;
	const mayLeave = members.filter(peer => isConnected(peer) && peer.source !== 'local' && !peer.dialledUs);
	return leastOf(mayLeave, Math.min(waiting, fifthOf(mayLeave)), options);
};

/** Those that are followed and worth least, when others who are connected would be followed instead. */
const restersOf = (
	members: readonly KnownPeer[],
	places: number,
	nowMs: number,
	options: ChurnOptions,
): readonly KnownPeer[] => {
	const hot = members.filter(({state}) => state === 'hot');
	if (hot.length < places) return [];
	const waiting = members.filter(
		({state, source, restsUntilMs}) => state === 'warm' && source !== 'local' && restsUntilMs <= nowMs,
	);
	const mayRest = hot.filter(({source}) => source !== 'local');
	return leastOf(mayRest, Math.min(waiting.length, fifthOf(mayRest)), options);
};

/** When peers make room next; undefined before the first round. */
export const churnDueMs = ({churnedMs}: Governor, isSyncing: boolean): number | undefined =>
	churnedMs === undefined ? undefined : churnedMs + (isSyncing ? CHURN_SYNCING_MS : CHURN_MS);

/** Local roots stay. Those that came to us are never hung up on, but they, too, are followed in turns. */
export const churn = (governor: Governor, nowMs: number, options: ChurnOptions): Churned => {
	const {targets} = governor;
	const dueMs = churnDueMs(governor, options.isSyncing);
	// The first round begins when the first connection is there, and moves nobody.
	if (dueMs === undefined) return {governor: {...governor, churnedMs: nowMs}, unfollow: [], leave: []};
	if (nowMs < dueMs) return {governor, unfollow: [], leave: []};
	const all = [...governor.peers.values()];
	const leave: KnownPeer[] = [];
	const unfollow: KnownPeer[] = [];
	for (const [tier, members] of [
		[targets, all.filter(peer => !isBig(peer))],
		[targets.bigLedger, all.filter(isBig)],
	] as const) {
		leave.push(...leaversOf(governor, members, tier, nowMs, options));
		const chosen = members.filter(peer => !peer.dialledUs && !leave.includes(peer));
		unfollow.push(...restersOf(chosen, tier.active, nowMs, options));
	}
	const cameToUs = all.filter(({dialledUs}) => dialledUs);
	unfollow.push(...restersOf(cameToUs, targets.inbound, nowMs, options));
	const peers = new Map(governor.peers);
	for (const peer of leave) peers.set(addressText(peer.address), {...peer, state: 'leaving', sinceMs: nowMs});
	for (const peer of unfollow)
		peers.set(addressText(peer.address), {
			...peer,
			state: 'warm',
			sinceMs: nowMs,
			restsUntilMs: nowMs + REST_MS,
		});
	return {
		governor: {...governor, peers, churnedMs: nowMs},
		unfollow: unfollow.map(({address}) => address),
		leave: leave.map(({address}) => address),
	};
};
