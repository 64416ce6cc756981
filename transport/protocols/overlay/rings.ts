/**
 * Rings (Setty, van Steen, Vitenberg, Voulgaris, "PolderCast", 2012): all who want to hear of a topic stand in a circle, in the order of their
 * positions; each knows the two behind and the two before it. A message that goes round reaches everybody. Some more on each side
 * are remembered for others, as T-Man does (Jelasity, Montresor, Babaoglu, 2009): with six, the rings of ten thousand peers
 * are right in 27 rounds from a line, with two in 34.
 */
import {NearestPeers} from './nearest-peers.ts';
import {AGE_MAX, clockwise, fresher, type Neighbour, type Peer} from './peer.ts';

/** Neighbours on each side, for each topic. */
export const RING_DEPTH = 2;
/** Remembered on each side, for others and for when neighbours go. */
export const RING_CANDIDATES = 6;
/** The most that is told of in one exchange, ourselves besides. */
export const RINGS_LENGTH = 12;

/** Nearest first. */
type Sides = {successors: readonly Neighbour[]; predecessors: readonly Neighbour[]};

type Side = {
	readonly from: Pick<Peer, 'position'>;
	readonly isClockwise: boolean;
};

const distance = ({from, isClockwise}: Side, {position}: Peer): number =>
	isClockwise ? clockwise(from.position, position) : clockwise(position, from.position);

const longestUnheard = (entries: readonly Neighbour[]): Neighbour | undefined => {
	let oldest = entries[0];
	for (const entry of entries) if (oldest !== undefined && entry.age > oldest.age) oldest = entry;
	return oldest;
};

/** With `entry` in it, where it is near enough. */
const insert = (list: readonly Neighbour[], entry: Neighbour, side: Side): readonly Neighbour[] => {
	const at = list.findIndex(({peer}) => peer.id === entry.peer.id);
	if (at !== -1) return list.with(at, fresher(list[at] as Neighbour, entry));
	const far = distance(side, entry.peer);
	const last = list.at(-1);
	if (list.length === RING_CANDIDATES && last !== undefined && distance(side, last.peer) <= far) return list;
	const place = list.findIndex(({peer}) => distance(side, peer) > far);
	return list.toSpliced(place === -1 ? list.length : place, 0, entry).slice(0, RING_CANDIDATES);
};

export class Rings {
	readonly #self: Peer;
	readonly #byTopic: ReadonlyMap<number, Sides>;
	/** With whom we have exchanged since they stand next to us. */
	#greeted: ReadonlySet<string> = new Set();

	constructor(self: Peer) {
		this.#self = self;
		this.#byTopic = new Map(self.topics.map(topic => [topic, {successors: [], predecessors: []}]));
	}

	/** Our neighbours on the ring of a topic, nearest first. */
	sides(topic: number): Readonly<Sides> {
		const {successors, predecessors} = this.#byTopic.get(topic) ?? {successors: [], predecessors: []};
		return {
			successors: successors.slice(0, RING_DEPTH),
			predecessors: predecessors.slice(0, RING_DEPTH),
		};
	}

	/** Our neighbours on all rings; who stands at several places comes several times. */
	get neighbours(): readonly Neighbour[] {
		return this.#nearest(RING_DEPTH);
	}

	/** Those that we remember for others too. */
	get view(): readonly Neighbour[] {
		return [...this.#byTopic.values()].flatMap(({successors, predecessors}) => [
			...successors,
			...predecessors,
		]);
	}

	/** A round has passed. */
	grow(): void {
		this.#each(list => list.filter(({age}) => age < AGE_MAX).map(({peer, age}) => ({peer, age: age + 1})));
	}

	/**
	 * Somebody who has just come next to us, since it knows best who stands between; else who of those next to us was longest unheard
	 * of: their word on those behind them is as good as a question.
	 */
	partner(): Peer | undefined {
		const nearest = this.#nearest(1);
		const newcomer = nearest.find(({peer}) => !this.#greeted.has(peer.id))?.peer;
		const next = newcomer ?? longestUnheard(nearest)?.peer;
		if (next !== undefined)
			this.#greeted = new Set(
				[...nearest.map(({peer}) => peer.id), next.id].filter(id => id === next.id || this.#greeted.has(id)),
			);
		return next;
	}

	offer(entries: readonly Neighbour[]): void {
		const from = this.#self;
		for (const entry of entries) {
			if (entry.peer.id === from.id) continue;
			for (const topic of entry.peer.topics) {
				const sides = this.#byTopic.get(topic);
				if (sides === undefined) continue;
				sides.successors = insert(sides.successors, entry, {from, isClockwise: true});
				sides.predecessors = insert(sides.predecessors, entry, {from, isClockwise: false});
			}
		}
	}

	drop(id: string): void {
		this.#each(list =>
			list.some(({peer}) => peer.id === id) ? list.filter(({peer}) => peer.id !== id) : list,
		);
	}

	#nearest(count: number): readonly Neighbour[] {
		return [...this.#byTopic.values()].flatMap(({successors, predecessors}) => [
			...successors.slice(0, count),
			...predecessors.slice(0, count),
		]);
	}

	#each(change: (list: readonly Neighbour[]) => readonly Neighbour[]): void {
		for (const sides of this.#byTopic.values()) {
			sides.successors = change(sides.successors);
			sides.predecessors = change(sides.predecessors);
		}
	}
}

/** The nearest on both sides, nearest first and the sides in turn. */
const flanks = (
	{id, position}: Peer,
	topic: number,
	known: readonly Neighbour[],
): readonly (Neighbour | undefined)[] => {
	const after = new NearestPeers(RING_CANDIDATES);
	const before = new NearestPeers(RING_CANDIDATES);
	for (const entry of known) {
		if (entry.peer.id === id || !entry.peer.topics.includes(topic)) continue;
		after.offer(entry, clockwise(position, entry.peer.position));
		before.offer(entry, clockwise(entry.peer.position, position));
	}
	return Array.from(
		{length: 2 * RING_CANDIDATES},
		(_, place) => (place % 2 === 0 ? after : before).entries[Math.floor(place / 2)],
	);
};

/** Of all that we know, each once, those who stand next to `partner` on the rings that both are on, as many of each ring. */
export const besides = (
	partner: Peer,
	topics: readonly number[],
	known: readonly Neighbour[],
): readonly Neighbour[] => {
	const chosen = new Set<Neighbour>();
	const rings = topics
		.filter(topic => partner.topics.includes(topic))
		.map(topic => flanks(partner, topic, known));
	for (let place = 0; place < 2 * RING_CANDIDATES; place++)
		for (const ring of rings) {
			const entry = ring[place];
			if (entry !== undefined && chosen.size < RINGS_LENGTH) chosen.add(entry);
		}
	return [...chosen];
};
