import {err, ok, type Result} from '#kernel/result';
import type {Agreement, HandshakeFailure} from '#relay/protocols/handshake/agreement';
import {judgeReply, type Outcome, proposal} from '#relay/protocols/handshake/client';
import type {HandshakeMessage} from '#relay/protocols/handshake/messages';
import {answerLocalProposal, judgeLocalReply, localProposal} from '#relay/protocols/handshake/node-to-client';
import {answerProposal} from '#relay/protocols/handshake/server';
import type {HandshakeState} from '#relay/protocols/handshake/state';
import type {VersionData} from '#relay/protocols/handshake/version-data';
import type {Conversation} from '../conversation.ts';

export type HandshakeConversation = Conversation<HandshakeState, HandshakeMessage>;

export const propose = async (
	conversation: HandshakeConversation,
	ours: VersionData,
): Promise<Result<Outcome, HandshakeFailure>> => {
	await conversation.send(proposal(ours));
	return judgeReply(ours, await conversation.receive());
};

/** As `propose`, to a node on its UNIX socket; gives the version. */
export const proposeLocally = async (
	conversation: HandshakeConversation,
	networkMagic: number,
): Promise<Result<number, HandshakeFailure>> => {
	await conversation.send(localProposal(networkMagic));
	return judgeLocalReply(networkMagic, await conversation.receive());
};

/** Sends the reply in every case. */
export const respond = async (
	conversation: HandshakeConversation,
	ours: VersionData,
): Promise<Result<Agreement, HandshakeFailure>> => {
	const message = await conversation.receive();
	if (message.kind !== 'proposeVersions') return err({code: 'HANDSHAKE_REPLY_MISMATCH'});
	const {reply, outcome} = answerProposal(ours, message.versions);
	await conversation.send(reply);
	return outcome.ok ? ok(outcome.value) : outcome;
};

/** As `respond`, to a client on a UNIX socket; gives the version. */
export const respondLocally = async (
	conversation: HandshakeConversation,
	networkMagic: number,
): Promise<Result<number, HandshakeFailure>> => {
	const message = await conversation.receive();
	if (message.kind !== 'proposeVersions') return err({code: 'HANDSHAKE_REPLY_MISMATCH'});
	const {reply, outcome} = answerLocalProposal(networkMagic, message.versions);
	await conversation.send(reply);
	return outcome;
};
