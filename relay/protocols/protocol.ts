import type {CborFailure} from '#kernel/cbor/failure';
import type {Result} from '#kernel/result';

/** The two ends of one mini-protocol. The client is the end that opened it, whoever dialled the connection. */
export type Role = 'client' | 'server';

/** Who may send in a state. */
export type Agency = Role | 'nobody';

export type Message = {readonly kind: string};

/** For every state: who may send, and where each message that may be sent leads. */
export type StateTable<State extends string, M extends Message> = {
	readonly [S in State]: {
		readonly agency: Agency;
		readonly on: {readonly [Kind in M['kind']]?: State};
	};
};

export type StateLimit = {
	/** Longest message that is read in this state. */
	readonly bytesMax: number;
	/** How long its reader waits; a pair is a range to draw from; undefined waits for ever. */
	readonly secondsMax: number | readonly [number, number] | undefined;
};

export type MessageCodec<M extends Message> = {
	readonly encode: (message: M) => Uint8Array;
	readonly decode: (bytes: Uint8Array) => Result<M, CborFailure>;
};

/** Everything about a mini-protocol that is not behaviour. */
export type Protocol<State extends string, M extends Message> = {
	readonly name: string;
	/** Its number in the header of a frame. */
	readonly id: number;
	readonly initial: State;
	readonly table: StateTable<State, M>;
	readonly limits: {readonly [S in State]: StateLimit};
	/** Most bytes that wait, received and not yet taken by their reader. */
	readonly ingressBytesMax: number;
	readonly codec: MessageCodec<M>;
};

/** Where a message leads from a state, or undefined when it may not be sent there. */
export const nextState = <State extends string, M extends Message>(
	table: StateTable<State, M>,
	state: State,
	kind: M['kind'],
): State | undefined => table[state].on[kind];

export const otherRole = (role: Role): Role => (role === 'client' ? 'server' : 'client');

/** The longest message that an end in `role` can ever be sent. */
export const messageBytesMax = <State extends string, M extends Message>(
	protocol: Protocol<State, M>,
	role: Role,
): number => {
	let most = 0;
	for (const state of Object.keys(protocol.table) as State[])
		if (protocol.table[state].agency === otherRole(role))
			most = Math.max(most, protocol.limits[state].bytesMax);
	return most;
};
