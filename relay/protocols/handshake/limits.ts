import type {StateLimit} from '../protocol.ts';
import type {HandshakeState} from './state.ts';

const LIMIT: StateLimit = {bytesMax: 5_760, secondsMax: 10};

export const handshakeLimits: {readonly [S in HandshakeState]: StateLimit} = {
	propose: LIMIT,
	confirm: LIMIT,
	done: {bytesMax: 0, secondsMax: undefined},
};

/** The table gives none: one message of the longest kind. */
export const handshakeIngressBytesMax = 5_760;
