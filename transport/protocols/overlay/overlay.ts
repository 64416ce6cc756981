/**
 * One peer's part in the topic overlay (PolderCast): three layers that feed each other, one of them exchanged in each tick, and the choice
 * of whom a message goes to. It knows no socket, clock or dice of its own, so that the node and the simulator run the same.
 */
import {Cyclon} from './cyclon.ts';
import {ENTRIES_MAX, LAYERS, type Layer} from './messages.ts';
import {AGE_MAX, type Dice, distinct, draw, type Neighbour, type Peer} from './peer.ts';
import {besides, Rings} from './rings.ts';
import {SeenMessages} from './seen-messages.ts';
import {nearest, VICINITY_LENGTH, Vicinity} from './vicinity.ts';

export type OverlayOptions = {
	/** F: peers that each one tells of a message. */
	readonly fanout: number;
	/** Messages that are remembered. */
	readonly seenMax: number;
};

export const defaultOverlayOptions: OverlayOptions = {fanout: 3, seenMax: 16_384};

/** Peers that are asked for one exchange, when they do not answer. */
export const TRIES_MAX = 3;
/** Rounds in which nobody's word brings back a peer that did not answer. */
const QUARANTINE_ROUNDS = 10;
const QUARANTINED_MAX = 1024;

export type Exchange = {
	readonly layer: Layer;
	/** Ourselves first. */
	readonly entries: readonly Neighbour[];
};

type Quarantine = {readonly untilRound: number; readonly sequence: bigint};

export class Overlay {
	readonly #options: OverlayOptions;
	readonly #dice: Dice;
	readonly #cyclon: Cyclon;
	readonly #vicinity: Vicinity;
	readonly #rings: Rings;
	readonly #seen: SeenMessages;
	readonly #quarantine = new Map<string, Quarantine>();
	#self: Peer;
	#ticks = 0;

	constructor(self: Peer, dice: Dice, options: OverlayOptions = defaultOverlayOptions) {
		this.#self = self;
		this.#dice = dice;
		this.#options = options;
		this.#cyclon = new Cyclon(dice);
		this.#vicinity = new Vicinity(self.topics, dice.below(2 ** 32));
		this.#rings = new Rings(self);
		this.#seen = new SeenMessages(options.seenMax);
	}

	get self(): Peer {
		return this.#self;
	}

	/** A newer profile of ours, with the same key and the same topics. */
	renew(self: Peer): void {
		this.#self = self;
	}

	get round(): number {
		return Math.floor(this.#ticks / LAYERS.length);
	}

	/** Whether the last tick was the first of a round. */
	get isNewRound(): boolean {
		return this.#ticks % LAYERS.length === 1;
	}

	/** Everybody that any layer holds, each once. */
	get known(): readonly Neighbour[] {
		return distinct([this.#cyclon.view, this.#vicinity.view, this.#rings.view]);
	}

	/** The random sample of all. */
	get sample(): readonly Neighbour[] {
		return this.#cyclon.view;
	}

	/** Our neighbours on a topic's ring, nearest first. */
	neighbours(topic: number): {
		readonly successors: readonly Neighbour[];
		readonly predecessors: readonly Neighbour[];
	} {
		return this.#rings.sides(topic);
	}

	/** Whom to exchange with now, and what; undefined when the layer whose turn it is knows nobody. */
	tick(): {readonly to: Peer; readonly exchange: Exchange} | undefined {
		const layer = LAYERS[this.#ticks % LAYERS.length] as Layer;
		if (layer === 'cyclon') this.#grow();
		this.#ticks++;
		return this.again(layer);
	}

	/** The same with somebody else, when the first did not answer. */
	again(layer: Layer): {readonly to: Peer; readonly exchange: Exchange} | undefined {
		const to = this.#partner(layer);
		return to && {to, exchange: {layer, entries: this.#entriesFor(to, layer)}};
	}

	/** Answers whoever asks for an exchange, with what we knew before, and takes what it tells. */
	answer(from: Peer, {layer, entries}: Exchange): readonly Neighbour[] {
		const answer = this.#entriesFor(from, layer);
		this.#quarantine.delete(from.id);
		this.learn(entries);
		return answer;
	}

	/** Takes what a peer told; the first entry is the peer itself, which is there. */
	learn(entries: readonly Neighbour[]): void {
		const [sender, ...others] = entries;
		const told = others.filter(entry => this.#isWelcome(entry));
		const all = sender === undefined ? told : [{peer: sender.peer, age: 0}, ...told];
		// Lots are drawn among all that is heard: how often, and over which layer, makes no difference.
		for (const entry of all) this.#cyclon.offer(entry);
		this.#vicinity.offer(all);
		this.#rings.offer(all);
	}

	/** A peer that we have met otherwise. */
	meet(peer: Peer): void {
		if (peer.id !== this.#self.id) this.learn([{peer, age: 0}]);
	}

	/** A peer did not answer: it goes, and nobody's word brings it back for a while, but its own. */
	failed({id, sequence}: Pick<Peer, 'id' | 'sequence'>): void {
		this.forget(id);
		this.#quarantine.delete(id);
		this.#quarantine.set(id, {untilRound: this.round + QUARANTINE_ROUNDS, sequence});
		if (this.#quarantine.size > QUARANTINED_MAX)
			for (const oldest of this.#quarantine.keys()) {
				this.#quarantine.delete(oldest);
				break;
			}
	}

	forget(id: string): void {
		this.#cyclon.drop(id);
		this.#vicinity.drop(id);
		this.#rings.drop(id);
	}

	/** True the first time that a message is here. */
	remember(messageId: string): boolean {
		return this.#seen.add(messageId);
	}

	/** It is new when it comes again. */
	unremember(messageId: string): void {
		this.#seen.forget(messageId);
	}

	/**
	 * Whom to pass a message on to. From our successor it goes to the predecessor, and the other way round, so that it runs along the ring;
	 * from anybody else to both; and to as many by luck as F leaves.
	 */
	targets(topic: number, from?: string, fanout: number = this.#options.fanout): readonly Peer[] {
		const {successors, predecessors} = this.#rings.sides(topic);
		const before = predecessors[0]?.peer;
		const after = successors[0]?.peer;
		const ring = new Map<string, Peer>();
		for (const peer of [after, before]) if (peer !== undefined && peer.id !== from) ring.set(peer.id, peer);
		return [...ring.values(), ...this.#others(topic, [...ring.keys(), from], fanout - ring.size)];
	}

	/** Whom to tell in place of one that did not answer: the ring's next, else anybody. `told`: ids. */
	replacement(topic: number, told: readonly string[]): Peer | undefined {
		const {successors, predecessors} = this.#rings.sides(topic);
		const next = [successors[0], predecessors[0]].find(entry => entry && !told.includes(entry.peer.id));
		return next?.peer ?? this.#others(topic, told, 1)[0];
	}

	#others(topic: number, without: readonly (string | undefined)[], count: number): readonly Peer[] {
		if (count <= 0) return [];
		const interested = distinct([this.#cyclon.view, this.#vicinity.view, this.#rings.neighbours]).filter(
			({peer}) => peer.topics.includes(topic) && !without.includes(peer.id) && peer.id !== this.#self.id,
		);
		return draw(this.#dice, interested, count).map(({peer}) => peer);
	}

	#grow(): void {
		this.#cyclon.grow();
		this.#vicinity.grow();
		this.#rings.grow();
		for (const [id, {untilRound}] of this.#quarantine)
			if (untilRound <= this.round) this.#quarantine.delete(id);
	}

	/** A layer that knows nobody asks the random sample. */
	#partner(layer: Layer): Peer | undefined {
		const own = {cyclon: this.#cyclon, vicinity: this.#vicinity, rings: this.#rings}[layer].partner();
		return own ?? this.#cyclon.partner() ?? this.#rings.partner();
	}

	#entriesFor(partner: Peer, layer: Layer): readonly Neighbour[] {
		const self = {peer: this.#self, age: 0};
		const others = this.known.filter(({peer}) => peer.id !== partner.id);
		const beside = besides(partner, this.#self.topics, others);
		if (layer === 'rings') return [self, ...beside];
		const told =
			layer === 'cyclon'
				? this.#cyclon.sample(partner)
				: nearest(partner.topics, draw(this.#dice, others, others.length), VICINITY_LENGTH);
		return [self, ...distinct([told, beside])].slice(0, ENTRIES_MAX);
	}

	#isWelcome({peer: {id, sequence}, age}: Neighbour): boolean {
		if (id === this.#self.id || age > AGE_MAX) return false;
		const held = this.#quarantine.get(id);
		return held === undefined || sequence > held.sequence;
	}
}
