import {assert} from '#kernel/assert';
import {judgePeers} from '#relay/protocols/peer-sharing/client';
import type {PeerAddress, PeerSharingMessage} from '#relay/protocols/peer-sharing/messages';
import {sharePeers} from '#relay/protocols/peer-sharing/server';
import type {PeerSharingState} from '#relay/protocols/peer-sharing/state';
import {abortable} from '../abort.ts';
import type {Conversation} from '../conversation.ts';
import type {WithSignal} from '../handlers.ts';

type PeerSharingConversation = Conversation<PeerSharingState, PeerSharingMessage>;

/** Asks a peer for addresses of others. Calls wait for each other. */
export class PeerSharingClient {
	readonly #conversation: PeerSharingConversation;
	#last: Promise<unknown> = Promise.resolve();

	constructor(conversation: PeerSharingConversation) {
		this.#conversation = conversation;
	}

	/** `amount` is at most 255; fewer may come. */
	ask(amount: number, {signal}: WithSignal): Promise<readonly PeerAddress[]> {
		const turn = this.#last.then(() => this.#ask(amount));
		this.#last = turn.catch(() => undefined);
		return abortable(turn, signal);
	}

	async #ask(amount: number): Promise<readonly PeerAddress[]> {
		await this.#conversation.send({kind: 'shareRequest', amount});
		const reply = await this.#conversation.receive();
		assert(reply.kind === 'sharePeers', 'the state table lied');
		const judged = judgePeers(amount, reply.peers.items);
		if (!judged.ok)
			throw this.#conversation.violated('RELAY_PROTOCOL_VIOLATED', {problem: judged.error.code});
		return judged.value;
	}
}

export const servePeerSharing = async (
	conversation: PeerSharingConversation,
	known: (amount: number) => readonly PeerAddress[],
): Promise<void> => {
	for (;;) {
		const message = await conversation.receive();
		if (message.kind === 'done') conversation.restart();
		else if (message.kind === 'shareRequest')
			await conversation.send(sharePeers(message.amount, known(message.amount)));
	}
};
