import type {StateLimit} from '../protocol.ts';
import type {PeerSharingState} from './state.ts';

export const peerSharingLimits: {readonly [S in PeerSharingState]: StateLimit} = {
	idle: {bytesMax: 5_760, secondsMax: undefined},
	busy: {bytesMax: 5_760, secondsMax: 60},
	done: {bytesMax: 0, secondsMax: undefined},
};

export const peerSharingIngressBytesMax = 5_760;

/** Asked for in one byte. */
export const PEERS_MAX = 255;
