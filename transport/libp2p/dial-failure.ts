import {NodeError} from '#kernel/node-error';

/** All errors that an error is made of. */
const partsOf = (error: unknown, depth = 0): readonly Error[] => {
	if (!(error instanceof Error) || depth > 4) return [];
	const parts: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
	return [error, ...[...parts, error.cause].flatMap(part => partsOf(part, depth + 1))];
};

/** Noise tells a wrong key from other failures in its message only. */
const isOtherKey = ({name, message}: Error): boolean =>
	name === 'UnexpectedPeerError' || /does not match expected remote identity/.test(message);
const isTimeout = ({name}: Error): boolean => name === 'TimeoutError' || name === 'AbortError';

/** What libp2p says of a dial that failed, in our codes. */
export const dialFailure = (error: unknown, peer: string): NodeError => {
	const parts = partsOf(error);
	if (parts.some(isOtherKey)) return new NodeError({code: 'TRANSPORT_PEER_KEY_WRONG', peer}, {cause: error});
	const code = parts.some(isTimeout) ? 'TRANSPORT_CONNECT_TIMEOUT' : 'TRANSPORT_CONNECT_FAILED';
	return new NodeError({code, peer}, {cause: error});
};
