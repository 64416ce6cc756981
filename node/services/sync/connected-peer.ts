/** A connection as the node keeps it, and what its operator sees of it. */
import {toHex} from '#kernel/bytes';
import type {PeerView, ShunnedPeerView} from '#node/ports/control-api';
import {type Address, addressText} from '#relay/bearer/bearer';
import type {Connection} from '#relay/connection';
import type {Offences} from '#relay/offences';
import type {PeerFollower} from './follow-peer.ts';
import type {PeerSpeed} from './peer-speed.ts';

export type ConnectedPeer = {
	readonly connection: Connection;
	/** Unlike any other's. */
	readonly name: string;
	/** Where it is dialled, once that is known. */
	address: Address | undefined;
	/** While it is followed. */
	follower: PeerFollower | undefined;
	/** Ends that, and nothing else. */
	unfollow: () => void;
};

/** By its address, or by where a stranger came from. */
export const keyOf = ({connection, address}: ConnectedPeer): string =>
	addressText(address ?? connection.peer.remote);

export const isInbound = ({connection}: ConnectedPeer): boolean => connection.peer.direction === 'inbound';

export const viewOf = (connected: ConnectedPeer, speed: PeerSpeed | undefined): PeerView => {
	const {connection, follower} = connected;
	const tip = connection.client?.chainSync.tip;
	const view = tip === undefined || tip === 'origin' ? null : tip;
	return {
		address: keyOf(connected),
		direction: connection.peer.direction,
		rttMs: connection.rttMs() ?? null,
		tip: view && {slot: view.slot, hash: toHex(view.hash), blockNo: view.blockNo},
		headersAhead: follower?.chain.length ?? 0,
		bytesPerSecond: Math.round(1000 * (speed?.bytesPerMs ?? 0)),
	};
};

/** Peers that are left alone at this time. */
export const shunnedIn = (offences: Offences, nowMs: number): readonly ShunnedPeerView[] =>
	[...offences]
		.filter(([, {untilMs}]) => nowMs < untilMs)
		.map(([peer, {code, times, untilMs}]) => ({peer, code, times, untilMs}));
