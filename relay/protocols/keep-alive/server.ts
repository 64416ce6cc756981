import type {KeepAliveMessage} from './messages.ts';

export const keepAliveResponse = (cookie: number): KeepAliveMessage => ({kind: 'response', cookie});
