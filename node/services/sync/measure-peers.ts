import type {Metrics} from '#node/ports/metrics';
import type {Connection} from '#relay/connection';
import type {Governor, PeerState} from '#relay/known-peers';

type Connected = {
	readonly connection: Pick<Connection, 'peer'>;
	/** Undefined: its chain is not followed. */
	readonly follower: unknown;
};

/** Who is known, who is connected and in which way, under the names of cardano-node. */
export const measurePeers = (
	metrics: Metrics,
	connected: readonly Connected[],
	{peers}: Pick<Governor, 'peers'>,
): void => {
	const all = connected.length;
	const inbound = connected.filter(({connection}) => connection.peer.direction === 'inbound').length;
	const duplex = connected.filter(({connection}) => connection.peer.duplex);
	const inUse = duplex.filter(({follower}) => follower !== undefined).length;
	metrics.set('cardano_node_metrics_connectionManager_incomingConns', inbound);
	metrics.set('cardano_node_metrics_connectionManager_outgoingConns', all - inbound);
	metrics.set('cardano_node_metrics_connectionManager_duplexConns', duplex.length);
	metrics.set('cardano_node_metrics_connectionManager_unidirectionalConns', all - duplex.length);
	metrics.set('cardano_node_metrics_connectionManager_fullDuplexConns', inUse);
	const countOf = (wanted: PeerState): number =>
		[...peers.values()].filter(({state}) => state === wanted).length;
	metrics.set('cardano_node_metrics_peerSelection_hot', countOf('hot'));
	metrics.set('cardano_node_metrics_peerSelection_warm', countOf('warm'));
	metrics.set('cardano_node_metrics_peerSelection_cold', countOf('cold'));
};
