import {err, ok, type Result} from '#kernel/result';
import type {KeepAliveMessage} from './messages.ts';

export type KeepAliveFailure = {readonly code: 'KEEP_ALIVE_COOKIE_WRONG'};

export const keepAliveRequest = (cookie: number): KeepAliveMessage => ({kind: 'keepAlive', cookie});

export const nextCookie = (cookie: number): number => (cookie + 1) & 0xff_ff;

/** The response is to the request that was sent. */
export const judgeResponse = (
	sentCookie: number,
	message: KeepAliveMessage,
): Result<undefined, KeepAliveFailure> =>
	message.kind === 'response' && message.cookie === sentCookie
		? ok(undefined)
		: err({code: 'KEEP_ALIVE_COOKIE_WRONG'});
