import {NodeError} from '#kernel/node-error';
import type {Result} from '#kernel/result';
import type {Agreement, HandshakeFailure} from '#relay/protocols/handshake/agreement';
import {handshake} from '#relay/protocols/handshake/protocol';
import type {VersionData} from '#relay/protocols/handshake/version-data';
import type {Role} from '#relay/protocols/protocol';
import {onAbort} from './abort.ts';
import type {Bearer} from './bearer/bearer.ts';
import {
	type HandshakeConversation,
	propose,
	proposeLocally,
	respond,
	respondLocally,
} from './drivers/handshake.ts';
import {channelKey} from './frame.ts';
import type {WithSignal} from './handlers.ts';
import {relayError} from './relay-error.ts';
import {Session} from './session.ts';
import type {Environment} from './timer.ts';

const failed = ({code: problem, ...data}: HandshakeFailure): NodeError =>
	relayError('RELAY_HANDSHAKE_FAILED', {problem, ...data});

/** Runs a handshake to its end; the session does not outlive one that fails. */
const shake = async <T>(
	session: Session,
	role: Role,
	talk: (conversation: HandshakeConversation) => Promise<Result<T, HandshakeFailure>>,
	signal: AbortSignal,
): Promise<T> => {
	const {mux} = session;
	// Each end reads one message. What the peer sends behind it belongs to channels that are not open yet.
	const conversation = session.converse(handshake, role, {
		delivered: () => mux.holdInput(),
		// A peer that dialled us while we dialled it proposes too, as the client that it is for itself.
		...(role === 'client' && {otherKey: channelKey(handshake.id, 'server')}),
	});
	const stopListening = onAbort(signal, () => mux.close(relayError('RELAY_CLOSED')));
	try {
		signal.throwIfAborted();
		mux.start();
		const outcome = await talk(conversation);
		signal.throwIfAborted();
		if (!outcome.ok) throw failed(outcome.error);
		conversation.finish();
		mux.retire(conversation.channel);
		return outcome.value;
	} catch (error) {
		// What a peer said before it hung up says more than that it did.
		const isJudged = error instanceof NodeError && error.code === 'RELAY_HANDSHAKE_FAILED';
		const reason = isJudged ? error : (session.mux.reason ?? error);
		// A refusal is still on its way out.
		mux.close(relayError('RELAY_CLOSED'), {flush: true});
		signal.throwIfAborted();
		throw reason;
	} finally {
		stopListening();
	}
};

/** Agrees on a version with the peer. Input stays held until the caller has opened its channels. */
export const agree = (
	session: Session,
	role: Role,
	ours: VersionData,
	{signal}: WithSignal,
): Promise<Agreement> => {
	if (role === 'server') return shake(session, role, conversation => respond(conversation, ours), signal);
	return shake(
		session,
		role,
		async conversation => {
			const outcome = await propose(conversation, ours);
			if (!outcome.ok) return outcome;
			return outcome.value.kind === 'agreed'
				? {ok: true, value: outcome.value.agreement}
				: {ok: false, error: {code: 'HANDSHAKE_REPLY_MISMATCH'}};
		},
		signal,
	);
};

/** As `agree`, with a client on a UNIX socket; resolves with the version. */
export const agreeLocally = (session: Session, networkMagic: number, {signal}: WithSignal): Promise<number> =>
	shake(session, 'server', conversation => respondLocally(conversation, networkMagic), signal);

/** Asks a peer which versions it speaks, and closes. */
export const queryVersions = async (
	bearer: Bearer,
	networkMagic: number,
	environment: Environment,
	{signal}: WithSignal,
): Promise<readonly number[]> => {
	const session = new Session(bearer, environment);
	const ours: VersionData = {networkMagic, initiatorOnly: true, peerSharing: false, query: true};
	const outcome = await shake(session, 'client', conversation => propose(conversation, ours), signal);
	session.mux.close(relayError('RELAY_CLOSED'));
	return outcome.kind === 'versions' ? outcome.versions : [];
};

/** Agrees with the node behind a UNIX socket on a version of node-to-client, closes, and gives that version. */
export const greetLocally = async (
	bearer: Bearer,
	networkMagic: number,
	environment: Environment,
	{signal}: WithSignal,
): Promise<number> => {
	const session = new Session(bearer, environment);
	const version = await shake(
		session,
		'client',
		conversation => proposeLocally(conversation, networkMagic),
		signal,
	);
	session.mux.close(relayError('RELAY_CLOSED'));
	return version;
};
