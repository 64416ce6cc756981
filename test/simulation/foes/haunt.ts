import type {Connection} from '#relay/connection';
import type {PeerHandlers} from '#relay/handlers';
import type {Foe} from '../foe.ts';

export type Haunting = {
	/** Open now. */
	readonly connections: Set<Connection>;
	/** How often a connection was opened. */
	opened: number;
	/** How often one has ended: the other side had enough, or the wire broke. */
	ended: number;
	/** Dials nobody any more, and leaves. */
	readonly stop: () => void;
};

const REDIAL_MS = 2_000;
const never = (signal: AbortSignal): Promise<void> =>
	new Promise((_, reject) => {
		signal.addEventListener('abort', () => reject(signal.reason), {once: true});
	});

/** Nothing of interest on the protocols that an attack is not about. */
export const quietHandlers: Pick<PeerHandlers, 'txOutlet' | 'txInlet' | 'announcements'> = {
	txOutlet: {
		take: () => [],
		waitForMore: ({signal}) => never(signal),
		transaction: () => undefined,
		close: () => undefined,
	},
	txInlet: {wants: () => false, add: async () => undefined},
	announcements: {
		feed: {since: () => undefined, changed: ({signal}) => never(signal)},
		sink: {add: async () => undefined},
	},
};

/**
 * Keeps a connection to a node, and dials again when it has ended, for ever. Handlers are made anew for each one.
 * `redialMs`: how long it waits.
 */
export const haunt = (
	foe: Foe,
	to: string,
	handlers: () => PeerHandlers,
	{redialMs = REDIAL_MS}: {readonly redialMs?: number} = {},
): Haunting => {
	const {world} = foe;
	const stopping = new AbortController();
	const haunting: Haunting = {
		connections: new Set(),
		opened: 0,
		ended: 0,
		stop: () => {
			stopping.abort(new DOMException('the foe leaves', 'AbortError'));
			for (const connection of haunting.connections) connection.close();
		},
	};
	const dial = async (): Promise<void> => {
		if (stopping.signal.aborted || !foe.owner.isAlive) return;
		try {
			const connection = await foe.transport.dial(
				world.wire.addressOf(to),
				{
					networkMagic: world.network.env.genesis.networkMagic,
					peerSharing: false,
					handlers: () => ({...quietHandlers, ...handlers()}),
				},
				{signal: stopping.signal},
			);
			haunting.connections.add(connection);
			haunting.opened++;
			await connection.closed;
			haunting.connections.delete(connection);
			haunting.ended++;
		} catch {
			// Nobody answers: later.
		}
		foe.at(world.time.nowMs + redialMs, () => void dial());
	};
	void dial();
	return haunting;
};
