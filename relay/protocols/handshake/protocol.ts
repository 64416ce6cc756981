import type {Protocol} from '../protocol.ts';
import {handshakeCodec} from './codec.ts';
import {handshakeIngressBytesMax, handshakeLimits} from './limits.ts';
import type {HandshakeMessage} from './messages.ts';
import {type HandshakeState, handshakeTable} from './state.ts';

export const handshake: Protocol<HandshakeState, HandshakeMessage> = {
	name: 'handshake',
	id: 0,
	initial: 'propose',
	table: handshakeTable,
	limits: handshakeLimits,
	ingressBytesMax: handshakeIngressBytesMax,
	codec: handshakeCodec,
};
