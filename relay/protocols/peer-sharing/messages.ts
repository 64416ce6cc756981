import type {WireList} from '../wire.ts';

/** `octets` are four (IPv4) or sixteen (IPv6), in the order in which addresses are written. */
export type PeerAddress = {readonly octets: Uint8Array; readonly port: number};

export type PeerSharingMessage =
	| {readonly kind: 'shareRequest'; readonly amount: number}
	| {readonly kind: 'sharePeers'; readonly peers: WireList<PeerAddress>}
	| {readonly kind: 'done'};
