import type {StateTable} from '../protocol.ts';
import type {HandshakeMessage} from './messages.ts';

export type HandshakeState = 'propose' | 'confirm' | 'done';

export const handshakeTable: StateTable<HandshakeState, HandshakeMessage> = {
	propose: {agency: 'client', on: {proposeVersions: 'confirm'}},
	confirm: {
		agency: 'server',
		// Both ends dialled at once: each takes the other's proposal for its answer.
		on: {acceptVersion: 'done', refuse: 'done', queryReply: 'done', proposeVersions: 'done'},
	},
	done: {agency: 'nobody', on: {}},
};
