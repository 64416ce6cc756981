import {uint, variant} from '#kernel/cbor/codec';
import type {MessageCodec} from '../protocol.ts';
import {messageCodec} from '../wire.ts';
import type {KeepAliveMessage} from './messages.ts';

const cookie = uint(0xff_ff);

export const keepAliveCodec: MessageCodec<KeepAliveMessage> = messageCodec(
	variant({keepAlive: [0, {cookie}], response: [1, {cookie}], done: [2, {}]}),
);
