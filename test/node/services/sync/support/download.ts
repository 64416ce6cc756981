/** Downloads in virtual time, and what a decision about them may not do. */
import {defined} from '#kernel/assert';
import {Hash32} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {
	decideFetch,
	FETCH_LIMITS,
	type FetchLimits,
	type FetchPeer,
	type FetchRequest,
	type WantedBlock,
} from '#node/services/sync/decide-fetch';

/** Block `blockNo` of a fork. */
export const block = (blockNo: number, bytes = 1_000, fork = 'a'): WantedBlock => ({
	key: `${fork}${blockNo}`,
	point: {slot: Slot(blockNo), hash: Hash32(new Uint8Array(32).fill(blockNo))},
	blockNo,
	bytes,
});
export const blocks = (from: number, to: number, bytes = 1_000, fork = 'a'): readonly WantedBlock[] =>
	Array.from({length: to - from + 1}, (_, index) => block(from + index, bytes, fork));

export const limits = (change: Partial<FetchLimits>): FetchLimits => ({...FETCH_LIMITS, ...change});

/** A download in virtual time: every peer does what it is, until nothing is missing or nothing can come any more. */
export type Behaviour = {
	readonly fork: 'a' | 'b';
	/** The last block it has. */
	readonly upTo: number;
	readonly bytesPerMs: number;
	/** Blocks after which it says nothing any more. */
	readonly mute: number;
};

type Running = {request: FetchRequest; next: number; doneMs: number};

export const small: FetchLimits = limits({
	bytesMax: 12_000,
	peerBytesMax: 6_000,
	peerRequestsMax: 3,
	rangeBlocksMax: 4,
	rangeBytesMax: 4_000,
});

export class Download {
	readonly #behaviours: readonly Behaviour[];
	readonly #sizes: readonly number[];
	readonly #running = new Map<number, Running[]>();
	readonly #brought = new Map<number, number>();
	readonly #left = new Set<number>();
	readonly here: Set<string> = new Set();
	nowMs: number = 0;
	requestsMade: number = 0;

	constructor(behaviours: readonly Behaviour[], sizes: readonly number[]) {
		this.#behaviours = behaviours;
		this.#sizes = sizes;
	}

	wantedOf({fork, upTo}: Behaviour): readonly WantedBlock[] {
		return this.#sizes
			.slice(0, upTo)
			.map((bytes, index) => block(index + 1, bytes, fork))
			.filter(({key}) => !this.here.has(key));
	}

	peers(): readonly FetchPeer[] {
		return this.#behaviours.flatMap((behaviour, index) => {
			if (this.#left.has(index)) return [];
			const wanted = this.wantedOf(behaviour);
			const underWay = (this.#running.get(index) ?? []).map(({request, next}) => ({
				keys: request.blocks.slice(next).map(({key}) => key),
				bytes: request.blocks.slice(next).reduce((sum, {bytes}) => sum + bytes, 0),
				lateMs: request.lateMs,
				dueMs: request.dueMs,
			}));
			const {upTo, bytesPerMs} = behaviour;
			return [
				{
					peer: String(index),
					wanted,
					tipBlockNo: upTo,
					isNearTip: wanted.length <= 4,
					underWay,
					speed: {latencyMs: 50, bytesPerMs},
				},
			];
		});
	}

	/** One decision carried out; returns what is wrong with it. */
	decide(): string | undefined {
		const peers = this.peers();
		const {requests, leave, lookAgainMs} = decideFetch(peers, 0, this.nowMs, small);
		for (const name of leave) {
			this.#left.add(Number(name));
			this.#running.delete(Number(name));
		}
		const problem = judge(peers, requests, leave, this.nowMs);
		this.requestsMade += requests.length;
		for (const request of requests) {
			const running = this.#running.get(Number(request.peer)) ?? [];
			this.#running.set(Number(request.peer), [...running, {request, next: 0, doneMs: this.nowMs}]);
		}
		this.#advance(lookAgainMs);
		return problem;
	}

	/** To the next block that comes, or the next look. */
	#advance(lookAgainMs: number | undefined): void {
		const first = this.#firstToCome();
		if (first === undefined || (lookAgainMs !== undefined && lookAgainMs < first.atMs)) {
			this.nowMs = lookAgainMs ?? this.nowMs;
			return;
		}
		this.nowMs = Math.max(this.nowMs, first.atMs);
		const list = this.#running.get(first.index) ?? [];
		const running = defined(list[0], 'it is running');
		this.here.add((running.request.blocks[running.next] as WantedBlock).key);
		this.#brought.set(first.index, (this.#brought.get(first.index) ?? 0) + 1);
		running.next++;
		running.doneMs = this.nowMs;
		if (running.next < running.request.blocks.length) return;
		list.shift();
		for (const later of list) later.doneMs = this.nowMs;
	}

	#firstToCome(): {readonly index: number; readonly atMs: number} | undefined {
		const coming = [...this.#running].flatMap(([index, [running]]) => {
			const {mute, bytesPerMs} = this.#behaviours[index] as Behaviour;
			if (running === undefined || (this.#brought.get(index) ?? 0) >= mute) return [];
			const {bytes} = running.request.blocks[running.next] as WantedBlock;
			return [{index, atMs: running.doneMs + bytes / bytesPerMs}];
		});
		return coming.toSorted((one, other) => one.atMs - other.atMs)[0];
	}
}

type Copies = {timely: number; all: number; isNear: boolean};

const copiesOf = (
	staying: readonly FetchPeer[],
	requests: readonly FetchRequest[],
	nowMs: number,
): ReadonlyMap<string, Copies> => {
	const copies = new Map<string, Copies>();
	const count = (key: string, isTimely: boolean, isNear: boolean): void => {
		const {timely, all, isNear: before} = copies.get(key) ?? {timely: 0, all: 0, isNear: true};
		copies.set(key, {timely: timely + (isTimely ? 1 : 0), all: all + 1, isNear: before && isNear});
	};
	// Whoever is asked as the second one has to be near the tip.
	for (const {underWay} of staying)
		for (const {keys, lateMs} of underWay) for (const key of keys) count(key, lateMs > nowMs, true);
	for (const {peer, blocks: range} of requests) {
		const isNear = staying.find(other => other.peer === peer)?.isNearTip === true;
		for (const {key} of range) count(key, true, isNear);
	}
	return copies;
};

const judgeCopies = (copies: ReadonlyMap<string, Copies>): string | undefined => {
	for (const [key, {timely, all, isNear}] of copies) {
		if (timely > 1) return `${key} is asked for twice, and nobody is late`;
		if (all > small.copiesMax) return `${key} is asked for more than twice`;
		if (all > 1 && !isNear) return `${key} is asked for twice, far from the tip`;
	}
	return undefined;
};

const judgeRange = (
	{blocks: range, bytes, lateMs, dueMs}: FetchRequest,
	asker: FetchPeer | undefined,
	nowMs: number,
): string | undefined => {
	if (asker === undefined) return 'somebody is asked who is left';
	if (range.length > small.rangeBlocksMax) return 'a range has too many blocks';
	if (range.length > 1 && bytes > small.rangeBytesMax) return 'a range is too long';
	const numbers = range.map(({blockNo}) => blockNo);
	if (numbers.some((number, index) => number !== (numbers[0] as number) + index)) return 'a range has a gap';
	if (range.some(wanted => !asker.wanted.includes(wanted))) return 'a peer is asked for what it has not';
	return lateMs > dueMs || dueMs <= nowMs ? 'times make no sense' : undefined;
};

const judgeLimits = (
	staying: readonly FetchPeer[],
	requests: readonly FetchRequest[],
): string | undefined => {
	let total = 0;
	for (const {peer, underWay} of staying) {
		const own = requests.filter(request => request.peer === peer);
		const all = [...underWay, ...own];
		const bytes = all.reduce((sum, range) => sum + range.bytes, 0);
		total += bytes;
		if (all.length > small.peerRequestsMax) return 'a peer has too many requests';
		if (own.length > 0 && all.length > 1 && bytes > small.peerBytesMax) return 'a peer has too many bytes';
	}
	const isOneAlone = requests.length === 1 && staying.every(({underWay}) => underWay.length === 0);
	if (requests.length > 0 && total > small.bytesMax && !isOneAlone) return 'too many bytes are under way';
	return undefined;
};

/** What a decision may not do. */
const judge = (
	peers: readonly FetchPeer[],
	requests: readonly FetchRequest[],
	leave: readonly string[],
	nowMs: number,
): string | undefined => {
	const staying = peers.filter(({peer}) => !leave.includes(peer));
	for (const request of requests) {
		const asker = staying.find(({peer}) => peer === request.peer);
		const problem = judgeRange(request, asker, nowMs);
		if (problem !== undefined) return problem;
	}
	return judgeCopies(copiesOf(staying, requests, nowMs)) ?? judgeLimits(staying, requests);
};
