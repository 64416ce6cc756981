/** Names that may be counted, with what they mean. Those of cardano-node keep its names, so that its tools read them. */
export const counters = {
	cardano_node_metrics_txsProcessedNum_int: 'Transactions that came into blocks of this node’s chain',
	cardano_node_metrics_forks_int: 'Switches to another fork',
	cardano_node_metrics_served_block_count_int: 'Blocks served to peers',
	cardano_node_metrics_Forge_forge_about_to_lead_int: 'Slots in which leadership was checked',
	cardano_node_metrics_Forge_node_is_leader_int: 'Slots in which this node was leader',
	cardano_node_metrics_Forge_node_not_leader_int: 'Slots in which this node was not leader',
	cardano_node_metrics_Forge_could_not_forge_int: 'Slots in which something kept this node from forging',
	cardano_node_metrics_Forge_didnt_adopt_int: 'Own blocks that lost against others',
	cardano_node_metrics_Forge_invalid_int: 'Own blocks that this node refused',
	cardano_node_metrics_Forge_forged_int: 'Blocks forged',
	cardano_node_metrics_Forge_adopted_int: 'Own blocks adopted',
	cardano_node_metrics_slotsMissedNum_int: 'Leader slots without a block of ours',
	cardano_node_metrics_RTS_gcMinorNum_int: 'Collections of young memory',
	cardano_node_metrics_RTS_gcMajorNum_int: 'Collections of all memory',
	cardano_node_metrics_blockfetchclient_lateblocks: 'Blocks adopted more than 5 s after their slot',
	dcloud_forge_standby_slots_total: 'Slots that this node would have led and left to the host that forges',
	dcloud_blocks_adopted_total: 'Blocks adopted',
	dcloud_blocks_invalid_total: 'Blocks refused',
	dcloud_headers_invalid_total: 'Headers refused',
	dcloud_transactions_from_peers_total: 'Transactions that peers brought',
	dcloud_transactions_refused_total: 'Transactions that the mempool refused',
	dcloud_transactions_dropped_total: 'Transactions that left the mempool otherwise than into a block',
	dcloud_proofs_verified_total: 'Storage proofs verified in blocks',
	dcloud_overlay_published_total: 'Messages that this node put on the topic overlay',
	dcloud_overlay_messages_total: 'Messages of the topic overlay that came for the first time',
	dcloud_overlay_duplicates_total: 'Messages of the topic overlay that were here already',
	dcloud_overlay_storage_offers_total: 'Storage offers that came over the topic overlay and were good',
	dcloud_overlay_proofs_total: 'Proofs of storage that came over the topic overlay and were good',
	dcloud_overlay_checkpoint_signatures_total:
		'Signatures of checkpoints that came over the topic overlay and were good',
	dcloud_overlay_exchanges_total: 'Exchanges of peers that this node asked for on the topic overlay',
	dcloud_overlay_sent_total: 'Requests of this node that peers of the topic overlay answered',
	dcloud_overlay_unanswered_total: 'Requests of this node that peers of the topic overlay did not answer',
	dcloud_overlay_refused_total: 'Requests of peers of the topic overlay that broke a rule or a limit',
} as const;

/** Names that are counted by code, each with what it means: the label `code` is one of docs/errors.md. */
export const codedCounters = {
	dcloud_peers_left_total: 'Connections ended because of what the peer did or did not do, by code',
	dcloud_peers_refused_total:
		'Connections of others that ended before they were agreed on, for their number or in the handshake, by code',
} as const;

/** Names that may go up and down. */
export const gauges = {
	cardano_node_metrics_blockNum_int: 'Block number of the tip',
	cardano_node_metrics_slotNum_int: 'Slot of the tip',
	cardano_node_metrics_epoch_int: 'Epoch of the tip',
	cardano_node_metrics_slotInEpoch_int: 'Slot of the tip in its epoch',
	cardano_node_metrics_density_real: 'Blocks per slot over the last k blocks',
	cardano_node_metrics_txsInMempool_int: 'Transactions in the mempool',
	cardano_node_metrics_mempoolBytes_int: 'Bytes in the mempool',
	cardano_node_metrics_currentKESPeriod_int: 'KES period now',
	cardano_node_metrics_remainingKESPeriods_int: 'KES periods left of the operational certificate',
	cardano_node_metrics_forging_enabled: '1 while this node may forge',
	cardano_node_metrics_blockfetchclient_blockdelay_s:
		'Seconds from the slot of the last block to its adoption',
	cardano_node_metrics_blockfetchclient_blockdelay_cdfOne:
		'Share of the last 1,080 blocks adopted within 1 s of their slot',
	cardano_node_metrics_blockfetchclient_blockdelay_cdfThree:
		'Share of the last 1,080 blocks adopted within 3 s of their slot',
	cardano_node_metrics_blockfetchclient_blockdelay_cdfFive:
		'Share of the last 1,080 blocks adopted within 5 s of their slot',
	cardano_node_metrics_peerSelection_cold: 'Known peers without a connection',
	cardano_node_metrics_peerSelection_warm: 'Peers with a connection that is not used for the chain',
	cardano_node_metrics_peerSelection_hot: 'Peers that the chain is followed from',
	cardano_node_metrics_connectionManager_incomingConns: 'Connections that peers opened',
	cardano_node_metrics_connectionManager_outgoingConns: 'Connections that this node opened',
	cardano_node_metrics_connectionManager_duplexConns: 'Connections that may be used in both directions',
	cardano_node_metrics_connectionManager_unidirectionalConns:
		'Connections that may be used in one direction only',
	cardano_node_metrics_connectionManager_fullDuplexConns:
		'Connections that may be used in both directions, and on which the peer’s chain is followed',
	cardano_node_metrics_RTS_gcLiveBytes_int: 'Bytes of live heap',
	cardano_node_metrics_RTS_gcHeapBytes_int: 'Bytes of heap',
	dcloud_immutable_block_number: 'Block number of the last block that can no longer be rolled back',
	dcloud_resident_memory_bytes: 'Resident memory of the process',
	dcloud_synced: '1 while the tip is recent',
	dcloud_announcements: 'Provider announcements known',
	dcloud_overlay_known_peers: 'Peers that this node knows in the topic overlay',
	dcloud_overlay_neighbours_storage_offers: 'Neighbours on the ring of storage offers',
	dcloud_overlay_neighbours_proofs: 'Neighbours on the ring of proofs of storage',
	dcloud_overlay_neighbours_checkpoint_signatures: 'Neighbours on the ring of checkpoint signatures',
	dcloud_event_loop_delay_seconds: 'The longest that the process did not answer, since the last scrape',
} as const;

/** Seconds of something that happens again and again. */
export const histograms = {
	dcloud_block_header_seconds: 'From the start of a block’s slot until its header was here',
	dcloud_block_request_seconds: 'From a header until its body was asked for',
	dcloud_block_download_seconds: 'From asking for a body until it was here',
	dcloud_block_adoption_seconds: 'From a body until its block was the tip, on disk',
} as const;

export type CounterName = keyof typeof counters;
export type CodedCounterName = keyof typeof codedCounters;
export type GaugeName = keyof typeof gauges;
export type HistogramName = keyof typeof histograms;

/** Figures for monitoring. Names come from the closed lists above. */
export type Metrics = {
	increment(name: CounterName, by?: number): void;
	count(name: CodedCounterName, code: string): void;
	set(name: GaugeName, value: number): void;
	observe(name: HistogramName, seconds: number): void;
};
