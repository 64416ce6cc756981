import {
	ACQUIRE_FAILURES,
	type LocalStateQueryMessage,
	targetOf,
} from '#relay/protocols/local-state-query/messages';
import {decodeLocalQuery} from '#relay/protocols/local-state-query/queries';
import {answerLocalQuery, type LocalState} from '#relay/protocols/local-state-query/results';
import type {LocalStateQueryState} from '#relay/protocols/local-state-query/state';
import type {Conversation} from '../conversation.ts';
import type {LocalHandlers, WithSignal} from '../handlers.ts';

type LocalStateQueryConversation = Conversation<LocalStateQueryState, LocalStateQueryMessage>;

/** A query that is not answered ends the connection: the protocol has no other way to say no. */
const answer = (
	conversation: LocalStateQueryConversation,
	state: LocalState,
	bytes: Uint8Array,
): Uint8Array => {
	const query = decodeLocalQuery(bytes);
	if (!query.ok)
		throw conversation.violated('RELAY_MESSAGE_MALFORMED', {
			state: conversation.state,
			problem: query.error.code,
			at: query.error.at,
		});
	if (query.value.kind === 'unsupported')
		throw conversation.violated('RELAY_QUERY_UNSUPPORTED', {query: query.value.name});
	return answerLocalQuery(state, query.value);
};

/** Lets a local client ask for what is known at a point of the chain, until the connection ends. */
export const serveLocalStateQuery = async (
	conversation: LocalStateQueryConversation,
	acquire: LocalHandlers['acquire'],
	options: WithSignal,
): Promise<void> => {
	let state: LocalState | undefined;
	for (;;) {
		const message = await conversation.receive();
		const target = targetOf(message);
		if (target !== undefined) {
			const acquired = await acquire(target, options);
			state = typeof acquired === 'string' ? undefined : acquired;
			await conversation.send(
				typeof acquired === 'string'
					? {kind: 'failure', reason: ACQUIRE_FAILURES[acquired]}
					: {kind: 'acquired'},
			);
		} else if (message.kind === 'query' && state !== undefined)
			await conversation.send({kind: 'result', result: answer(conversation, state, message.query)});
		else if (message.kind === 'done') conversation.restart();
	}
};
