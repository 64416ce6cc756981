/** The UNIX socket of a node or a relay, which cardano-cli asks. */
import {listenLocally} from '#relay/local-listener';
import type {Lifecycle} from './lifecycle.ts';
import type {Log} from './ports/log.ts';
import {type LocalChain, localHandlers, logLocalClients} from './services/local-clients.ts';

export type SocketOptions = {
	/** Undefined: there is none. */
	readonly path: string | undefined;
	readonly networkMagic: number;
	readonly log: Log;
};

/** Throws RELAY_SOCKET_…. */
export const openSocket = async (
	lifecycle: Lifecycle,
	{path, networkMagic, log}: SocketOptions,
	local: LocalChain,
): Promise<void> => {
	if (path === undefined) return;
	await lifecycle.start('socket', async () => {
		const left = logLocalClients(log.child('socket'));
		const listener = await listenLocally({path, networkMagic, handlers: () => localHandlers(local), left});
		log.info('socket open', {path});
		return {stop: () => listener.close()};
	});
};
