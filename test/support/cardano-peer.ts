/** A relay that follows a peer made by hand, over a memory bearer. */
import type {CardanoRules} from '#consensus/cardano/judge-cardano-header';
import {defined} from '#kernel/assert';
import type {NodeError} from '#kernel/node-error';
import type {Point} from '#kernel/point';
import {createSystemClock} from '#node/adapters/system-clock';
import type {Clock} from '#node/ports/clock';
import type {CardanoChain} from '#node/services/cardano-relay/cardano-chain';
import {CardanoFollower, FetchClaims} from '#node/services/cardano-relay/follow-cardano-peer';
import {certificateRules, MemoryQuarantine, startPoint} from './cardano-relay.ts';
import {type ServedBlock, ServedChain} from './relay/chain.ts';
import {connectPair} from './relay/peer.ts';
import {silentLog} from './silent-log.ts';

const {signal} = new AbortController();

/** The chain behind its start point, as a peer serves it: it knows that point, too. */
export class CardanoPeer extends ServedChain {
	readonly #start: Exclude<Point, 'origin'>;

	constructor(blocks: readonly ServedBlock[], start: Exclude<Point, 'origin'> = startPoint) {
		super(blocks);
		this.#start = start;
	}

	override follow(): ReturnType<ServedChain['follow']> {
		const follower = super.follow();
		const start = this.#start;
		return {
			...follower,
			findIntersect: async (points, options) => {
				const isStart = points.some(point => point !== 'origin' && point.slot === start.slot);
				const found = await follower.findIntersect(isStart ? ['origin'] : points, options);
				return isStart ? {...found, intersect: start} : found;
			},
			next: async options => {
				const update = await follower.next(options);
				return update?.kind === 'rollBackward' && update.point === 'origin'
					? {...update, point: start}
					: update;
			},
		};
	}
}

export type Following = {
	readonly peer: CardanoPeer;
	readonly quarantine: MemoryQuarantine;
	/** Why following ended. */
	readonly ended: Promise<NodeError>;
	readonly close: () => void;
};

export type FollowOptions = {
	readonly rules?: CardanoRules;
	readonly clock?: Clock;
	readonly claims?: FetchClaims;
	readonly start?: Exclude<Point, 'origin'>;
	/** Serves the blocks in its own way. */
	readonly peer?: CardanoPeer;
};

export const followPeer = async (
	chain: CardanoChain,
	blocks: readonly ServedBlock[],
	{
		rules = certificateRules,
		clock = createSystemClock(),
		claims = new FetchClaims(),
		start = startPoint,
		peer = new CardanoPeer(blocks, start),
	}: FollowOptions = {},
): Promise<Following> => {
	const {left} = await connectPair({}, {handlers: () => ({chain: peer.follow(), blocks: peer.blocks})});
	const {chainSync, blockFetch} = defined(left.client, 'client');
	const quarantine = new MemoryQuarantine();
	const follower = new CardanoFollower(
		{chain, rules, quarantine, claims, clock, log: silentLog},
		{name: 'peer', chainSync, blockFetch},
		{signal: left.signal},
	);
	const ended = follower.run().catch((error: NodeError) => error);
	return {peer, quarantine, ended, close: () => left.close()};
};

export const untilBlock = async (chain: CardanoChain, {tip}: Pick<ServedBlock, 'tip'>): Promise<void> => {
	while (chain.tip === 'origin' || chain.tip.blockNo < tip.blockNo) await chain.nextChange({signal});
};
