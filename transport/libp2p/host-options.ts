import {defaultSessionOptions} from '../session-options.ts';
import type {ServeOptions} from './framed-streams.ts';

/** How one machine takes part in libp2p. */
export type HostOptions = {
	/** Multiaddrs to listen on from the start, without `/p2p/…`. */
	readonly listen: readonly string[];
	/** Multiaddrs where others reach it, when that is not where it listens. */
	readonly announce: readonly string[];
	/** Peers to stay connected with, to find others through: multiaddrs that end in `/p2p/ID`. */
	readonly bootstrap: readonly string[];
	/** Nobody can dial it: it asks relays to be reached through. */
	readonly behindNat: boolean;
	/** What each connection that it relays may carry, in bytes; undefined: it relays nothing. */
	readonly relayBytesMax: number | undefined;
	/** Whether it speaks WebRTC, for which native code is loaded. */
	readonly webrtc: boolean;
	/** Takes part in discovery and gossip of the network of this name; undefined: it only dials and answers. */
	readonly network: string | undefined;
	/** Whether it stays up and answers others' questions about where peers are. */
	readonly staysUp: boolean;
	/** Connections to keep besides those of sessions that it opened: of those that nobody uses, others end. */
	readonly connectionsMax: number;
	/** Peers to dial at a time. */
	readonly dialsMax: number;
	/** New connections from one address in a second. */
	readonly inboundPerSecondMax: number;
	/** Addresses on which many peers may live without being taken for one that pretends. */
	readonly sharedAddresses: readonly string[];
	/** From the first packet to a stream that is open. */
	readonly dialMs: number;
	/** How long a relayed connection may take to become a direct one. */
	readonly directMs: number;
	/** Through relays that carry less than this, no pieces are asked for: the longest one and more must fit. */
	readonly relayedBytesMin: number;
};

export const defaultHostOptions: HostOptions = {
	listen: [],
	announce: [],
	bootstrap: [],
	behindNat: false,
	relayBytesMax: undefined,
	webrtc: false,
	network: undefined,
	staysUp: false,
	connectionsMax: 32,
	dialsMax: 8,
	inboundPerSecondMax: 16,
	sharedAddresses: [],
	dialMs: 10_000,
	directMs: 10_000,
	relayedBytesMin: 32 * 1024 * 1024,
};

export type Libp2pTransportOptions = ServeOptions &
	HostOptions & {
		/** Sessions that this side opens at a time. */
		readonly socketsMax: number;
	};

export const defaultLibp2pOptions: Libp2pTransportOptions = {
	...defaultSessionOptions,
	...defaultHostOptions,
	sessionsMax: 256,
	socketsMax: 32,
	bodyBytesMax: 256 * 1024 * 1024,
};
