import type {Metrics} from '#node/ports/metrics';
import type {Connection} from '#relay/connection';
import type {Governor} from '#relay/governor';

type Connected = {
	readonly connection: Pick<Connection, 'peer'>;
	/** Undefined: its chain is not followed. */
	readonly follower: unknown;
};

/** Who is known, who is connected and in which way, under the names of cardano-node. */
export const measurePeers = (metrics: Metrics, connected: readonly Connected[], {peers}: Governor): void => {
	const all = connected.length;
	const inbound = connected.filter(({connection}) => connection.peer.direction === 'inbound').length;
	const duplex = connected.filter(({connection}) => connection.peer.duplex);
	const isHot = ({follower}: Connected): boolean => follower !== undefined;
	const hot = connected.filter(isHot).length;
	metrics.set('cardano_node_metrics_connectionManager_incomingConns', inbound);
	metrics.set('cardano_node_metrics_connectionManager_outgoingConns', all - inbound);
	metrics.set('cardano_node_metrics_connectionManager_duplexConns', duplex.length);
	metrics.set('cardano_node_metrics_connectionManager_unidirectionalConns', all - duplex.length);
	metrics.set('cardano_node_metrics_connectionManager_fullDuplexConns', duplex.filter(isHot).length);
	metrics.set('cardano_node_metrics_peerSelection_hot', hot);
	metrics.set('cardano_node_metrics_peerSelection_warm', all - hot);
	metrics.set(
		'cardano_node_metrics_peerSelection_cold',
		[...peers.values()].filter(({state}) => state === 'cold').length,
	);
};
