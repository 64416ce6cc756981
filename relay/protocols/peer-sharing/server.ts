import {indefiniteList} from '../wire.ts';
import type {PeerAddress, PeerSharingMessage} from './messages.ts';

/** Never more than was asked for, whatever we know. */
export const sharePeers = (amount: number, known: readonly PeerAddress[]): PeerSharingMessage => ({
	kind: 'sharePeers',
	peers: indefiniteList(known.slice(0, amount)),
});
