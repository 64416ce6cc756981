/** What the relay asks of the node, and what it tells it. Headers, blocks and transactions are opaque bytes. */
import type {Point, Tip} from '#kernel/point';
import type {ChainUpdate} from '#relay/protocols/chain-sync/messages';
import type {AcquireFailure, AcquireTarget} from '#relay/protocols/local-state-query/messages';
import type {LocalState} from '#relay/protocols/local-state-query/results';
import type {PeerAddress} from '#relay/protocols/peer-sharing/messages';
import type {OfferedTx} from '#relay/protocols/tx-submission/messages';
import type {OfEra} from '#relay/protocols/wire';

export type WithSignal = {readonly signal: AbortSignal};

/** A reader of our chain, one for each peer that follows it. */
export type ChainFollower = {
	/** The first of `points` that is on our chain: reading goes on from there. Undefined: nothing changes. */
	readonly findIntersect: (
		points: readonly Point[],
		options: WithSignal,
	) => Promise<{readonly intersect: Point | undefined; readonly tip: Tip}>;
	/**
	 * The next step from where this reader stands; undefined at the tip. The first after an intersection is a roll
	 * back to it, and a switch of the chain begins with one too. A reader that never looked for one starts at origin.
	 */
	readonly next: (options: WithSignal) => Promise<ChainUpdate | undefined>;
	/** Resolves when `next` may have something; at once if that is so already. */
	readonly waitForChange: (options: WithSignal) => Promise<void>;
	/** The peer is gone. */
	readonly close: () => void;
};

export type BlockSource = {
	/** Blocks from one point to another, both included, as `[era, block]`; undefined when we do not have them all. */
	readonly range: (
		range: {readonly from: Point; readonly to: Point},
		options: WithSignal,
	) => Promise<AsyncIterable<Uint8Array> | undefined>;
};

/** What we offer to one peer: transactions of our mempool in the order in which they came in. */
export type TxOutlet = {
	/** Up to `max` that were not yet offered to this peer. */
	readonly take: (max: number) => readonly OfferedTx[];
	/** Resolves when `take` may have something; at once if that is so already. */
	readonly waitForMore: (options: WithSignal) => Promise<void>;
	/** Undefined when it left the mempool. */
	readonly transaction: (id: OfEra) => OfEra | undefined;
	readonly close: () => void;
};

/** What one peer offers to us. */
export type TxInlet = {
	/** Whether to fetch it: not known, not refused of late. */
	readonly wants: (offered: OfferedTx) => boolean;
	/** Judges and keeps a transaction. Awaited before more is asked for, which slows a flooding peer down. */
	readonly add: (tx: OfEra, options: WithSignal) => Promise<void>;
};

export type AnnouncementFeed = {
	/** Up to 64 announcements behind `cursor` (0: from the start), oldest change first; undefined when there are none. */
	readonly since: (
		cursor: bigint,
	) => {readonly cursor: bigint; readonly items: readonly Uint8Array[]} | undefined;
	/** Resolves at the next change. */
	readonly changed: (options: WithSignal) => Promise<void>;
};

export type AnnouncementSink = {
	readonly add: (items: readonly Uint8Array[], options: WithSignal) => Promise<void>;
};

/** Everything about one peer, known when its handshake is done. */
export type PeerHandlers = {
	readonly chain?: ChainFollower;
	readonly blocks?: BlockSource;
	readonly txOutlet?: TxOutlet;
	readonly txInlet?: TxInlet;
	/** Addresses to share with this peer, at most `amount`. */
	readonly sharePeers?: (amount: number) => readonly PeerAddress[];
	readonly announcements?: {readonly feed: AnnouncementFeed; readonly sink: AnnouncementSink};
	/** The peer says where it accepts connections (only on our own network, with announcements). */
	readonly listening?: (port: number) => void;
};

/** Everything about one client on our UNIX socket. */
export type LocalHandlers = {
	/** As for peers, but `header` is a whole `[era, block]`. */
	readonly chain: ChainFollower;
	readonly acquire: (target: AcquireTarget, options: WithSignal) => Promise<LocalState | AcquireFailure>;
	/** What a client is told that hands in a transaction: none is taken here. */
	readonly refusal: string;
};
