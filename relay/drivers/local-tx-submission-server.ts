import type {LocalTxSubmissionMessage} from '#relay/protocols/local-tx-submission/messages';
import {refusalOf} from '#relay/protocols/local-tx-submission/refusal';
import type {LocalTxSubmissionState} from '#relay/protocols/local-tx-submission/state';
import type {Conversation} from '../conversation.ts';

/** Refuses every transaction that a local client hands in, and tells it why. */
export const refuseLocalTransactions = async (
	conversation: Conversation<LocalTxSubmissionState, LocalTxSubmissionMessage>,
	reason: string,
): Promise<void> => {
	for (;;) {
		const message = await conversation.receive();
		if (message.kind === 'done') conversation.restart();
		else await conversation.send({kind: 'rejectTx', reason: refusalOf(reason)});
	}
};
