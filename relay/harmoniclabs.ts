/**
 * The only file that knows @harmoniclabs/ouroboros-miniprotocols-ts: its keep-alive messages are what our nodes
 * send and read. Its parser is slow on bytes that are not CBOR and throws on others, so our own bounded decoder
 * looks first, and the two must agree.
 */
import keepAlivePackage from '@harmoniclabs/ouroboros-miniprotocols-ts/dist/protocols/keep-alive/index.js';
import type {CborFailure} from '#kernel/cbor/failure';
import {err, ok, type Result} from '#kernel/result';
import {keepAliveCodec} from '#relay/protocols/keep-alive/codec';
import type {KeepAliveMessage} from '#relay/protocols/keep-alive/messages';
import type {MessageCodec} from '#relay/protocols/protocol';

const {KeepAliveDone, KeepAliveRequest, KeepAliveResponse, keepAliveMessageFromCbor} = keepAlivePackage;

const parse = (bytes: Uint8Array): KeepAliveMessage | undefined => {
	try {
		const message = keepAliveMessageFromCbor(bytes);
		if (message instanceof KeepAliveRequest) return {kind: 'keepAlive', cookie: message.cookie};
		if (message instanceof KeepAliveResponse) return {kind: 'response', cookie: message.cookie};
		return {kind: 'done'};
	} catch {
		// The package throws plain errors on whatever it does not like; here that only means "not a message".
		return undefined;
	}
};

const agree = (ours: KeepAliveMessage, theirs: KeepAliveMessage | undefined): boolean =>
	theirs?.kind === ours.kind &&
	(ours.kind === 'done' || theirs.kind === 'done' || ours.cookie === theirs.cookie);

const decode = (bytes: Uint8Array): Result<KeepAliveMessage, CborFailure> => {
	const ours = keepAliveCodec.decode(bytes);
	if (!ours.ok) return ours;
	return agree(ours.value, parse(bytes)) ? ok(ours.value) : err({code: 'CBOR_WRONG_TYPE', at: 0});
};

const encode = (message: KeepAliveMessage): Uint8Array => {
	switch (message.kind) {
		case 'keepAlive':
			return new KeepAliveRequest({cookie: message.cookie}).toCborBytes();
		case 'response':
			return new KeepAliveResponse({cookie: message.cookie}).toCborBytes();
		case 'done':
			return new KeepAliveDone().toCborBytes();
	}
};

export const harmoniclabsKeepAliveCodec: MessageCodec<KeepAliveMessage> = {encode, decode};
