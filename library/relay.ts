/** `dcloud/relay`: Ouroboros node-to-node, from bytes to connections. */
export {type Address, addressText, type Bearer, type BearerEvents} from '#relay/bearer/bearer';
export {memoryBearers} from '#relay/bearer/memory';
export {tcpBearer} from '#relay/bearer/tcp';
export {
	type Connection,
	type ConnectionOptions,
	type Direction,
	openConnection,
	type PeerClient,
	type PeerInfo,
} from '#relay/connection';
export {Conversation} from '#relay/conversation';
export {type DialOptions, dial, dialBearer} from '#relay/dial';
export type {BlockFetchClient, BlockTaker, FetchOutcome} from '#relay/drivers/block-fetch-client';
export type {ChainSyncClient, Intersection} from '#relay/drivers/chain-sync-client';
export type {PeerSharingClient} from '#relay/drivers/peer-sharing';
export {agree, queryVersions} from '#relay/establish';
export {channelKey, FrameReader, frame} from '#relay/frame';
export {
	type Decision,
	decide,
	type GovernorAction,
	type GovernorEvent,
	observe,
	peersToShare,
} from '#relay/governor';
export type {
	BlockSource,
	ChainFollower,
	PeerHandlers,
	TxInlet,
	TxOutlet,
	WithSignal,
} from '#relay/handlers';
export {
	arrived,
	createInboundGovernor,
	departed,
	INBOUND_LIMITS,
	type InboundGovernor,
	type InboundLimits,
	type InboundVerdict,
} from '#relay/inbound-governor';
export {
	createGovernor,
	type Governor,
	type KnownPeer,
	RELAY_TARGETS,
	relayTargets,
	reloadTopology,
	type Targets,
} from '#relay/known-peers';
export {type Listener, type ListenerOptions, listen} from '#relay/listener';
export {Mux, type MuxOptions} from '#relay/mux';
export {unwrapBlock, wrapBlock} from '#relay/protocols/block';
export type {BlockFetchMessage, BlockRange} from '#relay/protocols/block-fetch/messages';
export {blockFetch} from '#relay/protocols/block-fetch/protocol';
export type {ChainSyncMessage, ChainUpdate} from '#relay/protocols/chain-sync/messages';
export {chainSync} from '#relay/protocols/chain-sync/protocol';
export type {Agreement, HandshakeFailure} from '#relay/protocols/handshake/agreement';
export type {HandshakeMessage} from '#relay/protocols/handshake/messages';
export {handshake} from '#relay/protocols/handshake/protocol';
export type {VersionData} from '#relay/protocols/handshake/version-data';
export {keepAliveCodec} from '#relay/protocols/keep-alive/codec';
export type {KeepAliveMessage} from '#relay/protocols/keep-alive/messages';
export {createKeepAlive} from '#relay/protocols/keep-alive/protocol';
export type {PeerAddress, PeerSharingMessage} from '#relay/protocols/peer-sharing/messages';
export {peerSharing} from '#relay/protocols/peer-sharing/protocol';
export {type Agency, type Message, nextState, type Protocol, type Role} from '#relay/protocols/protocol';
export type {OfferedTx, TxSubmissionMessage} from '#relay/protocols/tx-submission/messages';
export {txSubmission} from '#relay/protocols/tx-submission/protocol';
export {definiteList, indefiniteList, type OfEra, type WireList} from '#relay/protocols/wire';
export {Session} from '#relay/session';
export {systemEnvironment} from '#relay/system-timer';
export type {Environment, Timer} from '#relay/timer';
export {NO_PEERS, parseTopology, type Topology, type TopologyFailure} from '#relay/topology';
