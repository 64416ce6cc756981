/** Many peers of the overlay in one process: the node's own layers, with rounds for time and a seed for luck. */
import {LAYERS} from '#transport/protocols/overlay/messages';
import {Overlay, TRIES_MAX} from '#transport/protocols/overlay/overlay';
import {type Neighbour, type Peer, RING} from '#transport/protocols/overlay/peer';
import {Random} from '../random.ts';

export type Member = {
	readonly peer: Peer;
	readonly overlay: Overlay;
	/** Tells of nobody but its like, as if each had just spoken. */
	readonly isSybil: boolean;
	isAlive: boolean;
	/** Round in which it came. */
	readonly since: number;
};

export type Spread = {
	/** Of those that want to hear the topic and are there. */
	readonly wanted: number;
	readonly reached: number;
	readonly hopsMean: number;
	readonly hopsMax: number;
	/** Sent to somebody who was there. */
	readonly messages: number;
	readonly duplicates: number;
	/** Sent to somebody who was not. */
	readonly lost: number;
};

type Hop = {readonly to: Member; readonly from: Member; readonly hops: number};

const NOTHING = new Uint8Array(0);

export class OverlayWorld {
	readonly random: Random;
	readonly members: Member[] = [];
	readonly #byId = new Map<string, Member>();
	round = 0;
	#messages = 0;

	constructor(seed: number | string) {
		this.random = new Random(`overlay/${seed}`);
	}

	get alive(): readonly Member[] {
		return this.members.filter(({isAlive}) => isAlive);
	}

	/** `network`: which one its address is in; of its own unless given. */
	add({
		topics,
		network,
		isSybil = false,
	}: {
		readonly topics: readonly number[];
		readonly network?: number;
		readonly isSybil?: boolean;
	}): Member {
		const number = this.members.length;
		const luck = this.random.fork(`peer ${number}`);
		const peer: Peer = {
			id: number.toString(16).padStart(8, '0'),
			position: luck.below(RING / 2 ** 32) * 2 ** 32 + luck.word(),
			lot: luck.word(),
			networkLot: network === undefined ? luck.word() : this.random.fork(`network ${network}`).word(),
			topics,
			sequence: 1n,
			signed: NOTHING,
			routes: [],
		};
		const overlay = new Overlay(peer, luck);
		const member: Member = {peer, overlay, isSybil, isAlive: true, since: this.round};
		this.members.push(member);
		this.#byId.set(peer.id, member);
		return member;
	}

	/** Every peer exchanges each layer once: three ticks. */
	playRound(): void {
		for (let tick = 0; tick < LAYERS.length; tick++)
			for (const member of this.random.shuffled(this.alive)) this.#exchange(member);
		this.round++;
	}

	/** Round after round until `isDone`, at most `roundsMax`; how many it took, or undefined. */
	playUntil(isDone: () => boolean, roundsMax: number): number | undefined {
		for (let rounds = 0; ; rounds++) {
			if (isDone()) return rounds;
			if (rounds === roundsMax) return undefined;
			this.playRound();
		}
	}

	crash(member: Member): void {
		member.isAlive = false;
	}

	/** Places on rings where somebody's nearest neighbour is not the one that stands there. */
	wrongPlaces(topics: readonly number[]): number {
		let wrong = 0;
		for (const topic of topics) {
			const ring = this.alive
				.filter(({peer, isSybil}) => !isSybil && peer.topics.includes(topic))
				.sort((a, b) => a.peer.position - b.peer.position);
			for (const [at, {overlay}] of ring.entries()) {
				if (ring.length < 2) break;
				const {successors, predecessors} = overlay.neighbours(topic);
				if (successors[0]?.peer !== ring[(at + 1) % ring.length]?.peer) wrong++;
				if (predecessors[0]?.peer !== ring.at(at - 1)?.peer) wrong++;
			}
		}
		return wrong;
	}

	/**
	 * A message from `origin`, passed on as nodes do; whoever does not answer is replaced at once. Counted is whom it reaches of
	 * those that have been there since a round.
	 */
	spread(
		topic: number,
		origin: Member,
		{fanout, since = this.round}: {readonly fanout: number; readonly since?: number},
	): Spread {
		const message = `message ${this.#messages++}`;
		const hopsOf = new Map<Member, number>([[origin, 0]]);
		const queue: Hop[] = [];
		const counts = {messages: 0, duplicates: 0, lost: 0};
		const send = (sender: Member, from: string | undefined, hops: number): void => {
			sender.overlay.remember(message);
			const targets = sender.overlay.targets(topic, from, fanout);
			const told = new Set([...targets.map(({id}) => id), ...(from === undefined ? [] : [from])]);
			for (let peer of targets)
				for (let member = this.#member(peer); ; member = this.#member(peer)) {
					if (member.isAlive) {
						queue.push({to: member, from: sender, hops});
						break;
					}
					counts.lost++;
					sender.overlay.failed(peer);
					const other = sender.overlay.replacement(topic, [...told]);
					if (other === undefined) break;
					told.add(other.id);
					peer = other;
				}
		};
		send(origin, undefined, 1);
		for (let at = 0; at < queue.length; at++) {
			const {to, from, hops} = queue[at] as Hop;
			counts.messages++;
			if (!to.overlay.remember(message)) {
				counts.duplicates++;
				continue;
			}
			hopsOf.set(to, hops);
			// A sybil swallows what it gets.
			if (!to.isSybil) send(to, from.peer.id, hops + 1);
		}
		const wanted = this.alive.filter(
			member => !member.isSybil && member.since <= since && member.peer.topics.includes(topic),
		);
		const hops = wanted.flatMap(member => hopsOf.get(member) ?? []);
		return {
			wanted: wanted.length,
			reached: hops.length,
			hopsMean: hops.reduce((sum, each) => sum + each, 0) / Math.max(1, hops.length),
			hopsMax: hops.reduce((most, each) => Math.max(most, each), 0),
			...counts,
		};
	}

	#member({id}: Pick<Peer, 'id'>): Member {
		return this.#byId.get(id) as Member;
	}

	/** What a member sends: its word, or that of a sybil. */
	#told({isSybil}: Member, entries: readonly Neighbour[]): readonly Neighbour[] {
		const [self] = entries;
		if (!isSybil || self === undefined) return entries;
		const others = entries.slice(1).map(() => ({peer: this.random.pick(this.#sybils()).peer, age: 0}));
		// As many as anybody may tell of.
		return [self, ...others];
	}

	#sybilList: readonly Member[] | undefined;
	#sybils(): readonly Member[] {
		this.#sybilList ??= this.members.filter(({isSybil}) => isSybil);
		return this.#sybilList;
	}

	#exchange(member: Member): void {
		let turn = member.overlay.tick();
		for (let tries = 1; turn !== undefined; tries++) {
			const other = this.#member(turn.to);
			const {layer, entries} = turn.exchange;
			if (other.isAlive) {
				const answer = other.overlay.answer(member.peer, {layer, entries: this.#told(member, entries)});
				member.overlay.learn(this.#told(other, answer));
				return;
			}
			member.overlay.failed(turn.to);
			turn = tries < TRIES_MAX ? member.overlay.again(layer) : undefined;
		}
	}
}
