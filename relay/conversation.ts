import {assert, defined} from '#kernel/assert';
import type {NodeError} from '#kernel/node-error';
import {type Message, nextState, otherRole, type Protocol, type Role} from '#relay/protocols/protocol';
import type {Channel} from './channel.ts';
import {Deadline} from './deadline.ts';
import {type CloseCode, relayError} from './relay-error.ts';
import type {Environment} from './timer.ts';

export type ConversationOptions<State extends string, M extends Message> = {
	readonly protocol: Protocol<State, M>;
	/** Our end. */
	readonly role: Role;
	readonly channel: Channel;
	readonly environment: Environment;
	/** Ends the connection. */
	readonly fail: (reason: NodeError) => void;
};

/**
 * One end of a mini-protocol: sends only what its state allows, and ends the connection when the peer sends anything
 * else, too much or too late. Knows states and limits; what messages mean is for its owner.
 */
export class Conversation<State extends string, M extends Message> {
	readonly #options: ConversationOptions<State, M>;
	readonly #deadline: Deadline;
	#state: State;
	/** States of requests that were sent ahead, oldest first; `#state` is where each of them ends. */
	readonly #ahead: State[] = [];

	constructor(options: ConversationOptions<State, M>) {
		this.#options = options;
		this.#state = options.protocol.initial;
		this.#deadline = new Deadline(options.environment.timer, () => {
			options.fail(this.#error('RELAY_PEER_LATE', {state: this.#current}));
		});
	}

	get state(): State {
		return this.#state;
	}

	/** Requests that were sent ahead and are not answered. */
	get inFlight(): number {
		return this.#ahead.length;
	}

	/** Resolves when there is room for more. Rejects, like all calls, when the connection has ended. */
	send(message: M): Promise<void> {
		const {reason} = this.#options.channel;
		if (reason !== undefined) return Promise.reject(reason);
		assert(this.#ahead.length === 0, 'a message after requests that were sent ahead');
		this.#state = this.#next(this.#state, message);
		return this.#options.channel.send(this.#options.protocol.codec.encode(message));
	}

	/** It is the peer's turn, or will be when it has answered what was sent ahead. */
	get isAwaited(): boolean {
		const {table} = this.#options.protocol;
		return this.#ahead.length > 0 || table[this.#state].agency === otherRole(this.#options.role);
	}

	/** The peer's next message is here already. */
	get hasReceived(): boolean {
		return this.#options.channel.hasReceived;
	}

	/** Sends a request and stays in this state, so that more can follow before the answers come, in order. */
	sendAhead(message: M): Promise<void> {
		const {reason} = this.#options.channel;
		if (reason !== undefined) return Promise.reject(reason);
		this.#ahead.push(this.#next(this.#state, message));
		return this.#options.channel.send(this.#options.protocol.codec.encode(message));
	}

	/** The peer's next message. Rejects when the connection ends. */
	async receive(): Promise<M> {
		const {protocol, role, channel, environment} = this.#options;
		if (channel.reason !== undefined) throw channel.reason;
		const state = this.#current;
		assert(protocol.table[state].agency === otherRole(role), 'receiving in a state in which we send');
		let bytes = channel.takeReceived();
		if (bytes === undefined) {
			this.#startClock(environment, state);
			try {
				bytes = await channel.receive();
			} finally {
				this.#deadline.clear();
			}
		}
		if (bytes.length > protocol.limits[state].bytesMax)
			throw this.violated('RELAY_MESSAGE_TOO_LONG', {state});
		const decoded = protocol.codec.decode(bytes);
		if (!decoded.ok)
			throw this.violated('RELAY_MESSAGE_MALFORMED', {
				state,
				problem: decoded.error.code,
				at: decoded.error.at,
			});
		const message = decoded.value;
		const next = nextState(protocol.table, state, message.kind as M['kind']);
		if (next === undefined) throw this.violated('RELAY_MESSAGE_UNEXPECTED', {state, received: message.kind});
		this.#moveTo(next);
		return message;
	}

	/** After `done` the same channel may begin anew. */
	restart(): void {
		assert(this.#options.protocol.table[this.#state].agency === 'nobody', 'restarted before its end');
		this.#state = this.#options.protocol.initial;
	}

	/** Ends the connection and returns the reason to throw. */
	violated(code: CloseCode, data: Readonly<Record<string, unknown>>): NodeError {
		const reason = this.#error(code, data);
		this.#options.fail(reason);
		return reason;
	}

	get channel(): Channel {
		return this.#options.channel;
	}

	/** The conversation was the only one; more of it is a violation. */
	finish(): void {
		if (this.#options.channel.takeReceived() !== undefined)
			throw this.violated('RELAY_MESSAGE_UNEXPECTED', {state: this.#state});
		this.#deadline.stop();
	}

	/** Leaves no timer behind; called when the connection has ended. */
	stop(): void {
		this.#deadline.stop();
	}

	get #current(): State {
		return this.#ahead[0] ?? this.#state;
	}

	#moveTo(next: State): void {
		if (this.#ahead.length === 0) {
			this.#state = next;
			return;
		}
		if (next === this.#state) this.#ahead.shift();
		else this.#ahead[0] = next;
	}

	#next(state: State, message: M): State {
		const {protocol, role} = this.#options;
		assert(
			protocol.table[state].agency === role,
			() => `${protocol.name}: sending ${message.kind} in ${state}`,
		);
		return defined(
			nextState(protocol.table, state, message.kind as M['kind']),
			`${protocol.name}: ${message.kind} does not belong into ${state}`,
		);
	}

	#startClock({random}: Environment, state: State): void {
		const seconds = this.#options.protocol.limits[state].secondsMax;
		if (seconds === undefined) return;
		const limit = typeof seconds === 'number' ? seconds : seconds[0] + random() * (seconds[1] - seconds[0]);
		this.#deadline.set(limit * 1_000);
	}

	#error(code: CloseCode, data: Readonly<Record<string, unknown>>): NodeError {
		return relayError(code, {protocol: this.#options.protocol.name, ...data});
	}
}
