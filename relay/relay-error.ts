import {NodeError} from '#kernel/node-error';

/** Why a connection ended; each is listed in docs/errors.md. */
export type CloseCode =
	/** We closed it in good order. */
	| 'RELAY_CLOSED'
	/** The peer ended the connection, or the network did. */
	| 'RELAY_PEER_GONE'
	| 'RELAY_FRAME_EMPTY'
	| 'RELAY_FRAME_LATE'
	| 'RELAY_PROTOCOL_UNKNOWN'
	| 'RELAY_INGRESS_FULL'
	| 'RELAY_MESSAGE_MALFORMED'
	| 'RELAY_MESSAGE_TOO_LONG'
	| 'RELAY_MESSAGE_UNEXPECTED'
	| 'RELAY_PEER_LATE'
	/** A rule of a mini-protocol beyond its states; the rule is in `problem`. */
	| 'RELAY_PROTOCOL_VIOLATED'
	/** A local client asked what we do not know; which query it was is in `query`. */
	| 'RELAY_QUERY_UNSUPPORTED'
	/** No agreement; the reason is in `problem`. */
	| 'RELAY_HANDSHAKE_FAILED'
	/** Our own side could not serve; its error is the cause. */
	| 'RELAY_HANDLER_FAILED';

const MESSAGES: {readonly [Code in CloseCode]: string} = {
	RELAY_CLOSED: 'The connection was closed.',
	RELAY_PEER_GONE: 'The peer ended the connection.',
	RELAY_FRAME_EMPTY: 'The peer sent an empty frame.',
	RELAY_FRAME_LATE: 'The peer began a frame and did not end it in time.',
	RELAY_PROTOCOL_UNKNOWN: 'The peer sent a frame of a mini-protocol or direction that is not open.',
	RELAY_INGRESS_FULL: 'The peer sent more than may wait to be read.',
	RELAY_MESSAGE_MALFORMED: 'The peer sent bytes that are not a message.',
	RELAY_MESSAGE_TOO_LONG: 'The peer sent a message that is longer than its state allows.',
	RELAY_MESSAGE_UNEXPECTED: 'The peer sent a message that its state does not allow.',
	RELAY_PEER_LATE: 'The peer did not answer in time.',
	RELAY_PROTOCOL_VIOLATED: 'The peer broke a rule of a mini-protocol.',
	RELAY_QUERY_UNSUPPORTED: 'A local client asked for what needs a ledger, which is not here.',
	RELAY_HANDSHAKE_FAILED: 'The peer and we did not agree on a version.',
	RELAY_HANDLER_FAILED: 'Our own side failed while it served the peer.',
};

export const relayError = (
	code: CloseCode,
	data: Readonly<Record<string, unknown>> = {},
	cause?: unknown,
): NodeError =>
	new NodeError({...data, code, message: MESSAGES[code]}, cause === undefined ? undefined : {cause});
