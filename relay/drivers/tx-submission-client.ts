import {
	acknowledge,
	emptyOutlet,
	judgeRequestedTxs,
	type Outlet,
	offer,
	type TxIdsRequest,
} from '#relay/protocols/tx-submission/client';
import type {OfferedTx, TxSubmissionMessage} from '#relay/protocols/tx-submission/messages';
import type {TxSubmissionState} from '#relay/protocols/tx-submission/state';
import {indefiniteList, type OfEra} from '#relay/protocols/wire';
import type {Conversation} from '../conversation.ts';
import type {TxOutlet} from '../handlers.ts';

type TxConversation = Conversation<TxSubmissionState, TxSubmissionMessage>;

const takeOffers = async (
	outlet: TxOutlet,
	{kind, requested}: TxIdsRequest,
	signal: AbortSignal,
): Promise<readonly OfferedTx[]> => {
	let offered = outlet.take(requested);
	while (offered.length === 0 && kind === 'requestTxIdsBlocking') {
		await outlet.waitForMore({signal});
		offered = outlet.take(requested);
	}
	return offered;
};

/** Offers our transactions to a peer, as it asks for them, until the connection ends. */
export const offerTransactions = async (
	conversation: TxConversation,
	outlet: TxOutlet,
	signal: AbortSignal,
): Promise<void> => {
	let state: Outlet = emptyOutlet;
	await conversation.send({kind: 'init'});
	for (;;) {
		const message = await conversation.receive();
		if (message.kind === 'requestTxIdsBlocking' || message.kind === 'requestTxIdsNonBlocking') {
			const judged = acknowledge(state, message);
			if (!judged.ok) throw conversation.violated('RELAY_PROTOCOL_VIOLATED', {problem: judged.error.code});
			const offered = await takeOffers(outlet, message, signal);
			state = offer(judged.value, offered);
			await conversation.send({kind: 'replyTxIds', offered: indefiniteList(offered)});
		} else if (message.kind === 'requestTxs') {
			const judged = judgeRequestedTxs(state, message.ids.items);
			if (!judged.ok) throw conversation.violated('RELAY_PROTOCOL_VIOLATED', {problem: judged.error.code});
			const txs = judged.value
				.map(id => outlet.transaction(id))
				.filter((tx): tx is OfEra => tx !== undefined);
			await conversation.send({kind: 'replyTxs', txs: indefiniteList(txs)});
		}
	}
};
