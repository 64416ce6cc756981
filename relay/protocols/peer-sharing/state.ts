import type {StateTable} from '../protocol.ts';
import type {PeerSharingMessage} from './messages.ts';

export type PeerSharingState = 'idle' | 'busy' | 'done';

export const peerSharingTable: StateTable<PeerSharingState, PeerSharingMessage> = {
	idle: {agency: 'client', on: {shareRequest: 'busy', done: 'done'}},
	busy: {agency: 'server', on: {sharePeers: 'idle'}},
	done: {agency: 'nobody', on: {}},
};
