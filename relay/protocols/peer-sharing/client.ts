import {err, ok, type Result} from '#kernel/result';
import type {PeerAddress} from './messages.ts';

export type PeerSharingFailure = {readonly code: 'PEER_SHARING_TOO_MANY'};

export const judgePeers = (
	amount: number,
	peers: readonly PeerAddress[],
): Result<readonly PeerAddress[], PeerSharingFailure> =>
	peers.length > amount ? err({code: 'PEER_SHARING_TOO_MANY'}) : ok(peers);
