import {assert} from '#kernel/assert';
import type {OfferedTx, TxSubmissionMessage} from '#relay/protocols/tx-submission/messages';
import {
	emptyInlet,
	type Inlet,
	judgeDelivered,
	judgeOffered,
	requestIds,
	requestTxs,
	settleAll,
} from '#relay/protocols/tx-submission/server';
import type {TxSubmissionState} from '#relay/protocols/tx-submission/state';
import type {Conversation} from '../conversation.ts';
import type {TxInlet} from '../handlers.ts';

type TxConversation = Conversation<TxSubmissionState, TxSubmissionMessage>;

const fetchTxs = async (
	conversation: TxConversation,
	inlet: TxInlet,
	wanted: readonly OfferedTx[],
	signal: AbortSignal,
): Promise<void> => {
	const ids = wanted.map(({id}) => id);
	await conversation.send(requestTxs(ids));
	const reply = await conversation.receive();
	assert(reply.kind === 'replyTxs', 'the state table lied');
	const judged = judgeDelivered(ids, reply.txs.items);
	if (!judged.ok) throw conversation.violated('RELAY_PROTOCOL_VIOLATED', {problem: judged.error.code});
	for (const tx of judged.value) await inlet.add(tx, {signal});
};

/** One round: ids, then those of their transactions that we want. Undefined when the peer is done. */
const pullOnce = async (
	conversation: TxConversation,
	inlet: TxInlet,
	state: Inlet,
	signal: AbortSignal,
): Promise<Inlet | undefined> => {
	const {message, inlet: asked, requested} = requestIds(state);
	await conversation.send(message);
	const reply = await conversation.receive();
	if (reply.kind === 'done') return undefined;
	assert(reply.kind === 'replyTxIds', 'the state table lied');
	const offered = reply.offered.items;
	const blocking = message.kind === 'requestTxIdsBlocking';
	const judged = judgeOffered(asked, {blocking, requested}, offered);
	if (!judged.ok) throw conversation.violated('RELAY_PROTOCOL_VIOLATED', {problem: judged.error.code});
	const wanted = offered.filter(one => inlet.wants(one));
	if (wanted.length > 0) await fetchTxs(conversation, inlet, wanted, signal);
	return settleAll(judged.value);
};

/** Pulls a peer's transactions until the connection ends. */
export const pullTransactions = async (
	conversation: TxConversation,
	inlet: TxInlet,
	signal: AbortSignal,
): Promise<void> => {
	for (;;) {
		await conversation.receive();
		let state: Inlet | undefined = emptyInlet;
		while (state !== undefined) state = await pullOnce(conversation, inlet, state, signal);
		conversation.restart();
	}
};
