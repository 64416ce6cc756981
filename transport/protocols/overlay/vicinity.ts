/**
 * Vicinity (Voulgaris, van Steen, 2005; as PolderCast uses it): those who want to hear the same. Every topic of ours first gets
 * some peers, then come those who share most. Among equals a secret of ours decides, one peer of each network first, and never the
 * age that is told: whoever lies about that would win.
 */
import {AGE_MAX, distinct, type Neighbour, type Peer, rankOf, sharesTopic} from './peer.ts';

export const VICINITY_VIEW = 20;
export const VICINITY_LENGTH = 10;
/** Peers that each topic has in any case. */
const PER_TOPIC = 4;

const shared = (topics: readonly number[], {peer}: Neighbour): number =>
	peer.topics.reduce((count, topic) => count + (topics.includes(topic) ? 1 : 0), 0);

/** The `count` best of `candidates` for somebody with these topics; of equals those that come first. */
export const nearest = (
	topics: readonly number[],
	candidates: readonly Neighbour[],
	count: number,
): readonly Neighbour[] => {
	const useful = candidates.filter(({peer}) => sharesTopic(topics, peer.topics));
	if (useful.length <= count) return useful;
	const chosen = new Set<Neighbour>();
	const quota = Math.min(PER_TOPIC, Math.max(1, Math.floor(count / topics.length)));
	for (const topic of topics) {
		let left = quota;
		for (const entry of useful) {
			if (left === 0 || chosen.size === count) break;
			if (!entry.peer.topics.includes(topic)) continue;
			chosen.add(entry);
			left--;
		}
	}
	const rest = useful.map(entry => ({entry, score: shared(topics, entry)})).sort((a, b) => b.score - a.score);
	for (const {entry} of rest) {
		if (chosen.size === count) break;
		chosen.add(entry);
	}
	return [...chosen];
};

/** One of each network, then a second one of each, and so on; networks and peers in the order of a secret. */
const inOrder = (secret: number, entries: readonly Neighbour[]): readonly Neighbour[] => {
	const ranked = entries
		.map(entry => {
			const {networkLot, lot} = entry.peer;
			return {entry, network: rankOf(secret, networkLot), rank: rankOf(secret, lot), turn: 0};
		})
		.sort((a, b) => a.network - b.network || a.rank - b.rank);
	for (const [at, each] of ranked.entries()) {
		const before = ranked[at - 1];
		each.turn = before?.network === each.network ? before.turn + 1 : 0;
	}
	return ranked.sort((a, b) => a.turn - b.turn).map(({entry}) => entry);
};

export class Vicinity {
	readonly #topics: readonly number[];
	readonly #secret: number;
	/** In the order of our secret. */
	#view: readonly Neighbour[] = [];

	/** `secret`: 32 bits that nobody else knows. */
	constructor(topics: readonly number[], secret: number) {
		this.#topics = topics;
		this.#secret = secret;
	}

	get view(): readonly Neighbour[] {
		return this.#view;
	}

	/** A round has passed. */
	grow(): void {
		this.#view = this.#view.filter(({age}) => age < AGE_MAX).map(({peer, age}) => ({peer, age: age + 1}));
	}

	partner(): Peer | undefined {
		let oldest: Neighbour | undefined;
		for (const entry of this.#view) if (oldest === undefined || entry.age > oldest.age) oldest = entry;
		return oldest?.peer;
	}

	offer(entries: readonly Neighbour[]): void {
		this.#view = nearest(this.#topics, inOrder(this.#secret, distinct([this.#view, entries])), VICINITY_VIEW);
	}

	drop(id: string): void {
		this.#view = this.#view.filter(({peer}) => peer.id !== id);
	}
}
