/**
 * Cyclon (Voulgaris, Gavidia, van Steen, 2005): a small random sample of everybody, renewed by swapping parts of it with the
 * peer that was longest unheard of. Which of those that were told of stay is not left to who tells of them: each place of
 * the view draws lots with a secret number of its own, first among networks, then among peers of the winning one (as Basalt
 * does, Auvolat et al., 2023). Telling of a peer a thousand times helps it no more than once, and a thousand keys in one
 * network no more than one. Now and then a place draws anew, so that the sample keeps moving.
 */
import {AGE_MAX, type Dice, distinct, draw, fresher, type Neighbour, type Peer, rankOf} from './peer.ts';

export const CYCLON_VIEW = 20;
export const SHUFFLE_LENGTH = 8;
/** A place draws anew after so many rounds, one place at a time. */
const REDRAW_ROUNDS = 8;

type Place = {secret: number; held: Neighbour | undefined; networkRank: number; rank: number};

export class Cyclon {
	readonly #places: readonly Place[];
	readonly #dice: Dice;
	#rounds = 0;
	/** Undefined when a place has changed. */
	#view: readonly Neighbour[] | undefined;

	constructor(dice: Dice) {
		this.#dice = dice;
		this.#places = Array.from({length: CYCLON_VIEW}, () => ({
			secret: dice.below(2 ** 32),
			held: undefined,
			networkRank: 0,
			rank: 0,
		}));
	}

	/** Each peer once, though several places may hold it. */
	get view(): readonly Neighbour[] {
		this.#view ??= distinct([this.#places.flatMap(({held}) => held ?? [])]);
		return this.#view;
	}

	/** A round has passed. */
	grow(): void {
		this.#view = undefined;
		for (const place of this.#places) {
			const {held} = place;
			if (held === undefined) continue;
			place.held = held.age >= AGE_MAX ? undefined : {peer: held.peer, age: held.age + 1};
		}
		this.#rounds++;
		if (this.#rounds % REDRAW_ROUNDS !== 0) return;
		const place = this.#places[(this.#rounds / REDRAW_ROUNDS) % CYCLON_VIEW];
		if (place === undefined) return;
		const known = this.view;
		place.secret = this.#dice.below(2 ** 32);
		place.held = undefined;
		this.#view = undefined;
		for (const entry of known) this.#offer(place, entry);
	}

	/** Whom to swap with: of those that were longest unheard of. */
	partner(): Peer | undefined {
		let oldest: Neighbour | undefined;
		for (const {held} of this.#places)
			if (held !== undefined && (oldest === undefined || held.age > oldest.age)) oldest = held;
		return oldest?.peer;
	}

	/** What `partner` is told of, besides us. */
	sample(partner: Peer): readonly Neighbour[] {
		const others = this.view.filter(({peer}) => peer.id !== partner.id);
		return draw(this.#dice, others, SHUFFLE_LENGTH - 1);
	}

	offer(entry: Neighbour): void {
		for (const place of this.#places) this.#offer(place, entry);
	}

	drop(id: string): void {
		this.#view = undefined;
		for (const place of this.#places) if (place.held?.peer.id === id) place.held = undefined;
	}

	#offer(place: Place, entry: Neighbour): void {
		const {held} = place;
		if (held !== undefined && held.peer.id === entry.peer.id) {
			if (entry.age < held.age || entry.peer.sequence > held.peer.sequence) {
				place.held = fresher(held, entry);
				this.#view = undefined;
			}
			return;
		}
		const networkRank = rankOf(place.secret, entry.peer.networkLot);
		if (held !== undefined && networkRank > place.networkRank) return;
		const rank = rankOf(place.secret, entry.peer.lot);
		if (held !== undefined && networkRank === place.networkRank && rank >= place.rank) return;
		place.held = entry;
		this.#view = undefined;
		place.networkRank = networkRank;
		place.rank = rank;
	}
}
