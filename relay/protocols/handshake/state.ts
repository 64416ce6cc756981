import type {StateTable} from '../protocol.ts';
import type {HandshakeMessage} from './messages.ts';

export type HandshakeState = 'propose' | 'confirm' | 'done';

export const handshakeTable: StateTable<HandshakeState, HandshakeMessage> = {
	propose: {agency: 'client', on: {proposeVersions: 'confirm'}},
	confirm: {agency: 'server', on: {acceptVersion: 'done', refuse: 'done', queryReply: 'done'}},
	done: {agency: 'nobody', on: {}},
};
