import type {NodeError} from '#kernel/node-error';
import {localChainSync} from '#relay/protocols/local-chain-sync/protocol';
import {localStateQuery} from '#relay/protocols/local-state-query/protocol';
import {localTxSubmission} from '#relay/protocols/local-tx-submission/protocol';
import {onAbort} from './abort.ts';
import type {Bearer} from './bearer/bearer.ts';
import {serveChainSync} from './drivers/chain-sync-server.ts';
import {serveLocalStateQuery} from './drivers/local-state-query-server.ts';
import {refuseLocalTransactions} from './drivers/local-tx-submission-server.ts';
import {agreeLocally} from './establish.ts';
import type {LocalHandlers, WithSignal} from './handlers.ts';
import {relayError} from './relay-error.ts';
import {Session} from './session.ts';
import {systemEnvironment} from './system-timer.ts';
import type {Environment} from './timer.ts';

export type LocalConnectionOptions = {
	readonly bearer: Bearer;
	readonly networkMagic: number;
	/** Called once, when the handshake is done. */
	readonly handlers: () => LocalHandlers;
	readonly environment?: Environment;
};

export type LocalConnection = {
	/** Of node-to-client. */
	readonly version: number;
	/** Resolves with the reason; never rejects. */
	readonly closed: Promise<NodeError>;
	readonly close: () => void;
};

/**
 * Serves one client of node-to-client: chain-sync with whole blocks, local-state-query as far as `LocalQuery` goes, local-tx-submission with a
 * refusal. A frame of local-tx-monitor, which needs a mempool, ends the connection. Rejects as `openConnection` does.
 */
export const openLocalConnection = async (
	{bearer, networkMagic, handlers: create, environment = systemEnvironment}: LocalConnectionOptions,
	{signal}: WithSignal,
): Promise<LocalConnection> => {
	const session = new Session(bearer, environment);
	const version = await agreeLocally(session, networkMagic, {signal});
	const handlers = create();
	const options = {signal: session.signal};
	onAbort(session.signal, () => handlers.chain.close());
	session.run(
		localChainSync.name,
		serveChainSync(session.converse(localChainSync, 'server'), handlers.chain, session.signal),
	);
	session.run(
		localStateQuery.name,
		serveLocalStateQuery(session.converse(localStateQuery, 'server'), handlers.acquire, options),
	);
	session.run(
		localTxSubmission.name,
		refuseLocalTransactions(session.converse(localTxSubmission, 'server'), handlers.refusal),
	);
	session.mux.releaseInput();
	return {
		version,
		closed: session.closed,
		close: () => session.mux.close(relayError('RELAY_CLOSED'), {flush: true}),
	};
};
