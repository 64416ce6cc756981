/**
 * Which bodies to ask of whom. Pure: what peers have, what is under way, how fast each has been and the time come in;
 * requests and peers to be left come out. The same input gives the same output.
 */
import type {Point} from '#kernel/point';
import {expectedMs, type PeerSpeed} from './peer-speed.ts';

export type WantedBlock = {
	/** Its hash in hexadecimal. */
	readonly key: string;
	readonly point: Exclude<Point, 'origin'>;
	readonly blockNo: number;
	/** The whole block, as its header promises it. */
	readonly bytes: number;
};

/** A range that was asked of a peer and is not wholly here. */
export type FetchUnderWay = {
	/** Blocks that are still to come. */
	readonly keys: readonly string[];
	readonly bytes: number;
	/** From then on others may be asked for the same, near the tip. */
	readonly lateMs: number;
	/** From then on the peer is left. */
	readonly dueMs: number;
};

export type FetchPeer = {
	readonly peer: string;
	/** Missing bodies of its chain, from old to new; empty when its chain is no better than ours. What is under way too. */
	readonly wanted: readonly WantedBlock[];
	/** The last of them has it: the higher, the better its chain. */
	readonly tipBlockNo: number;
	/** Whether those are all that its chain lacks and few: what is late then is worth asking for twice. */
	readonly isNearTip: boolean;
	/** From old to new. Answers come in this order. */
	readonly underWay: readonly FetchUnderWay[];
	readonly speed: PeerSpeed;
};

export type FetchLimits = {
	/** Asked for and not yet judged, of all peers together. */
	readonly bytesMax: number;
	readonly peerBytesMax: number;
	readonly peerRequestsMax: number;
	readonly rangeBlocksMax: number;
	readonly rangeBytesMax: number;
	/** A range is as long as the peer needs about this time for, so that nobody waits long for a slow one. */
	readonly rangeMs: number;
	/** A peer has this long on top of what its bytes take. */
	readonly graceMs: number;
	/** Who is slower is left. */
	readonly bytesPerMsMin: number;
	/** Peers asked for one block at once, at most. */
	readonly copiesMax: number;
};

export const FETCH_LIMITS: FetchLimits = {
	bytesMax: 16 * 1024 * 1024,
	peerBytesMax: 4 * 1024 * 1024,
	peerRequestsMax: 8,
	rangeBlocksMax: 128,
	rangeBytesMax: 512 * 1024,
	rangeMs: 1_000,
	graceMs: 5_000,
	bytesPerMsMin: 16,
	copiesMax: 2,
};

export type FetchRequest = {
	readonly peer: string;
	/** At least one; each the child of the one before it. */
	readonly blocks: readonly WantedBlock[];
	readonly bytes: number;
	readonly lateMs: number;
	readonly dueMs: number;
};

export type FetchDecision = {
	readonly requests: readonly FetchRequest[];
	/** Peers whose answer is overdue. What they were asked for is free again, and part of `requests` where it can be. */
	readonly leave: readonly string[];
	/** When to decide again, if nothing happens before. */
	readonly lookAgainMs: number | undefined;
};

/** Late is what takes this many times as long as expected, and a moment. */
const LATE_FACTOR = 3;
const LATE_MS_MIN = 1_000;

type PeerState = {
	readonly asked: FetchPeer;
	/** Index of the first wanted block that may still be free. */
	at: number;
	bytes: number;
	count: number;
};

class Decision {
	readonly #nowMs: number;
	readonly #limits: FetchLimits;
	readonly #states: readonly PeerState[];
	/** How often each block is under way, and how often with somebody who is not late. */
	readonly #copies = new Map<string, number>();
	readonly #timely = new Set<string>();
	readonly #holders = new Map<string, Set<string>>();
	readonly requests: FetchRequest[] = [];
	#bytesLeft: number;

	constructor(peers: readonly FetchPeer[], judgingBytes: number, nowMs: number, limits: FetchLimits) {
		this.#nowMs = nowMs;
		this.#limits = limits;
		this.#bytesLeft = limits.bytesMax - judgingBytes;
		this.#states = peers.map(asked => {
			const bytes = asked.underWay.reduce((sum, range) => sum + range.bytes, 0);
			this.#bytesLeft -= bytes;
			for (const {keys, lateMs} of asked.underWay)
				for (const key of keys) this.#note(asked.peer, key, lateMs > nowMs);
			return {asked, at: 0, bytes, count: asked.underWay.length};
		});
	}

	/** Gives out what it can. The better the chain, the earlier its blocks; each to whom will have brought it first. */
	run(): void {
		const byChain = this.#states.toSorted(
			(a, b) => b.asked.tipBlockNo - a.asked.tipBlockNo || (a.asked.peer < b.asked.peer ? -1 : 1),
		);
		for (const state of byChain)
			for (let block = this.#nextFree(state); block !== undefined; block = this.#nextFree(state)) {
				const asked = this.#quickest(block);
				if (asked !== undefined) this.#ask(asked, block);
				else if (this.#isFull(block)) return;
				// Who has it has no room now.
				else state.at++;
			}
	}

	#note(peer: string, key: string, isTimely: boolean): void {
		this.#copies.set(key, (this.#copies.get(key) ?? 0) + 1);
		if (isTimely) this.#timely.add(key);
		const holders = this.#holders.get(key) ?? new Set();
		this.#holders.set(key, holders.add(peer));
	}

	/** Nobody brings it, or, near the tip, only ones who are late with it. */
	#isFree({key}: WantedBlock, isNearTip: boolean): boolean {
		const copies = this.#copies.get(key) ?? 0;
		return copies === 0 || (isNearTip && copies < this.#limits.copiesMax && !this.#timely.has(key));
	}

	#nextFree(state: PeerState): WantedBlock | undefined {
		const {wanted, isNearTip} = state.asked;
		while (state.at < wanted.length) {
			const block = wanted[state.at] as WantedBlock;
			if (this.#isFree(block, isNearTip)) return block;
			state.at++;
		}
		return undefined;
	}

	#hasRoomFor({bytes, count}: PeerState, block: WantedBlock): boolean {
		const {peerRequestsMax, peerBytesMax} = this.#limits;
		if (count >= peerRequestsMax) return false;
		// One block is always allowed, however large.
		return count === 0 || bytes + block.bytes <= peerBytesMax;
	}

	/** Nobody at all may be asked for as much. */
	#isFull(block: WantedBlock): boolean {
		return !this.#fits(block) || this.#states.every(state => !this.#hasRoomFor(state, block));
	}

	/** The first block is always allowed, however large. */
	#fits({bytes}: WantedBlock): boolean {
		return bytes <= this.#bytesLeft || this.#bytesLeft >= this.#limits.bytesMax;
	}

	/** Among those who have it and have room, the one who is expected to bring it first. */
	#quickest(block: WantedBlock): PeerState | undefined {
		if (!this.#fits(block)) return undefined;
		let best: PeerState | undefined;
		let bestMs = Number.POSITIVE_INFINITY;
		for (const state of this.#states) {
			if (!this.#hasRoomFor(state, block) || this.#holders.get(block.key)?.has(state.asked.peer) === true)
				continue;
			const at = indexOf(state.asked.wanted, block);
			if (at < 0 || !this.#isFree(block, state.asked.isNearTip)) continue;
			const ms = expectedMs(state.asked.speed, state.bytes, block.bytes);
			if (ms < bestMs || (ms === bestMs && best !== undefined && state.asked.peer < best.asked.peer)) {
				best = state;
				bestMs = ms;
			}
		}
		return best;
	}

	/** The range that starts there, as long as the limits and the peer's speed allow. */
	#ask(state: PeerState, first: WantedBlock): void {
		const {asked} = state;
		const {rangeBlocksMax, rangeBytesMax, rangeMs, peerBytesMax} = this.#limits;
		const bytesMax = Math.min(
			rangeBytesMax,
			asked.speed.bytesPerMs * rangeMs,
			peerBytesMax - state.bytes,
			this.#bytesLeft,
		);
		const blocks: WantedBlock[] = [];
		let bytes = 0;
		const start = indexOf(asked.wanted, first);
		for (let at = start; at < asked.wanted.length && blocks.length < rangeBlocksMax; at++) {
			const block = asked.wanted[at] as WantedBlock;
			const isNext = at === start || block.blockNo === (blocks.at(-1) as WantedBlock).blockNo + 1;
			if (!isNext || (at > start && bytes + block.bytes > bytesMax)) break;
			if (!this.#isFree(block, asked.isNearTip)) break;
			if (this.#holders.get(block.key)?.has(asked.peer) === true) break;
			blocks.push(block);
			bytes += block.bytes;
		}
		const {lateMs, dueMs} = this.#times(state, bytes);
		for (const {key} of blocks) this.#note(asked.peer, key, true);
		state.bytes += bytes;
		state.count++;
		this.#bytesLeft -= bytes;
		this.requests.push({peer: asked.peer, blocks, bytes, lateMs, dueMs});
	}

	#times({asked: {speed}, bytes: queued}: PeerState, bytes: number): {lateMs: number; dueMs: number} {
		const {graceMs, bytesPerMsMin} = this.#limits;
		const expected = expectedMs(speed, queued, bytes);
		const dueMs = this.#nowMs + graceMs + LATE_FACTOR * speed.latencyMs + (queued + bytes) / bytesPerMsMin;
		return {lateMs: Math.min(this.#nowMs + LATE_MS_MIN + LATE_FACTOR * expected, dueMs), dueMs};
	}
}

/** Where a block is in a list that has at most one of each number, in their order; -1: not there. */
const indexOf = (wanted: readonly WantedBlock[], {blockNo, key}: WantedBlock): number => {
	let [low, high] = [0, wanted.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((wanted[middle] as WantedBlock).blockNo < blockNo) low = middle + 1;
		else high = middle;
	}
	return wanted[low]?.key === key ? low : -1;
};

/** `judgingBytes`: of blocks that have come and wait to be judged. */
export const decideFetch = (
	peers: readonly FetchPeer[],
	judgingBytes: number,
	nowMs: number,
	limits: FetchLimits = FETCH_LIMITS,
): FetchDecision => {
	const isOverdue = ({underWay}: FetchPeer): boolean => underWay.some(({dueMs}) => dueMs <= nowMs);
	const leave = peers.filter(isOverdue).map(({peer}) => peer);
	const staying = peers.filter(peer => !isOverdue(peer));
	const decision = new Decision(staying, judgingBytes, nowMs, limits);
	decision.run();
	const times = [...staying.flatMap(({underWay}) => underWay), ...decision.requests].flatMap(
		({lateMs, dueMs}) => [lateMs, dueMs].filter(timeMs => timeMs > nowMs),
	);
	return {
		requests: decision.requests,
		leave,
		lookAgainMs: times.length === 0 ? undefined : Math.min(...times),
	};
};
