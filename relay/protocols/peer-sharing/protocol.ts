import type {Protocol} from '../protocol.ts';
import {peerSharingCodec} from './codec.ts';
import {peerSharingIngressBytesMax, peerSharingLimits} from './limits.ts';
import type {PeerSharingMessage} from './messages.ts';
import {type PeerSharingState, peerSharingTable} from './state.ts';

export const peerSharing: Protocol<PeerSharingState, PeerSharingMessage> = {
	name: 'peer-sharing',
	id: 10,
	initial: 'idle',
	table: peerSharingTable,
	limits: peerSharingLimits,
	ingressBytesMax: peerSharingIngressBytesMax,
	codec: peerSharingCodec,
};
