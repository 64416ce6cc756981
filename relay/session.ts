import type {NodeError} from '#kernel/node-error';
import {type Message, messageBytesMax, type Protocol, type Role} from '#relay/protocols/protocol';
import type {Bearer} from './bearer/bearer.ts';
import type {ChannelOptions} from './channel.ts';
import {Conversation} from './conversation.ts';
import {channelKey} from './frame.ts';
import {Mux} from './mux.ts';
import {relayError} from './relay-error.ts';
import type {Environment} from './timer.ts';

export type ConversationOptions = Pick<ChannelOptions, 'delivered' | 'otherKey'> & {
	readonly whenFull?: ChannelOptions['whenFull'];
	/** The peer says nothing but what it was asked for; anything else ends the connection before it is kept. */
	readonly onlyAnswers?: boolean;
};

/** The life of one bearer: its mux, its conversations, and one way to end. */
export class Session {
	readonly mux: Mux;
	readonly environment: Environment;
	/** Resolves with the reason when the connection has ended; never rejects. */
	readonly closed: Promise<NodeError>;
	readonly #ended = new AbortController();
	readonly #conversations: {stop(): void}[] = [];

	constructor(bearer: Bearer, environment: Environment) {
		this.environment = environment;
		let tell: (reason: NodeError) => void = () => undefined;
		this.closed = new Promise(resolve => {
			tell = resolve;
		});
		this.mux = new Mux({
			bearer,
			timer: environment.timer,
			closed: reason => {
				for (const conversation of this.#conversations) conversation.stop();
				this.#ended.abort(reason);
				tell(reason);
			},
		});
	}

	/** Aborts with the reason when the connection ends. */
	get signal(): AbortSignal {
		return this.#ended.signal;
	}

	converse<State extends string, M extends Message>(
		protocol: Protocol<State, M>,
		role: Role,
		options: ConversationOptions = {},
	): Conversation<State, M> {
		const {onlyAnswers = false, ...channelOptions} = options;
		let isAsked = (): boolean => true;
		const channel = this.mux.open({
			key: channelKey(protocol.id, role),
			protocol: protocol.name,
			messageBytesMax: messageBytesMax(protocol, role),
			ingressBytesMax: protocol.ingressBytesMax,
			whenFull: 'close',
			...channelOptions,
			...(onlyAnswers && {isAsked: () => isAsked()}),
		});
		const conversation = new Conversation({
			protocol,
			role,
			channel,
			environment: this.environment,
			fail: reason => this.mux.close(reason),
		});
		isAsked = () => conversation.isAwaited;
		this.#conversations.push(conversation);
		return conversation;
	}

	/** Lets a driver run for the life of the connection. When it fails on its own, the connection ends. */
	run(protocol: string, work: Promise<void>): void {
		work.catch(cause => {
			// After the end every driver fails with its reason; only the first is news.
			if (this.mux.reason === undefined)
				this.mux.close(relayError('RELAY_HANDLER_FAILED', {protocol}, cause));
		});
	}
}
