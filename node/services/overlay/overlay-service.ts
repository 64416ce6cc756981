/**
 * A node's part in the topic overlay: exchanges a layer in each tick, judges what comes, passes on what is good. Whatever a peer says is
 * decoded within limits, verified, and paid for out of its allowance before any layer hears of it.
 */
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Slot} from '#kernel/slot';
import type {Clock} from '#node/ports/clock';
import type {Entropy} from '#node/ports/entropy';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import type {Verdict} from '#transport/libp2p/gossip';
import {
	decodeAnswer,
	decodeRequest,
	type ExchangeMessage,
	encodeAnswer,
	encodeRequest,
	HOPS_MAX,
	LAYERS,
	type PushMessage,
	RECEPTIONS,
	type Reception,
	type Told,
} from '#transport/protocols/overlay/messages';
import {defaultOverlayOptions, Overlay, TRIES_MAX} from '#transport/protocols/overlay/overlay';
import {type Dice, draw, type Neighbour, type Peer, peerOf} from '#transport/protocols/overlay/peer';
import {decodeProfile, PROFILE_ROUTES_MAX, signProfile} from '#transport/protocols/overlay/profile';
import {COSTS, FAULTS, Standings} from '#transport/protocols/overlay/standing';
import {type TopicName, topicOf, topics} from '#transport/protocols/overlay/topics';
import {type Admitted, admit, keyOf, PeerBook} from './peer-book.ts';

/** Asks the peer of that key; rejects when it does not answer. */
export type OverlayWire = {
	ask(
		contact: {readonly key: Uint8Array; readonly routes: readonly string[]},
		request: Uint8Array,
	): Promise<Uint8Array>;
	/** Where others reach us. */
	routes(): readonly string[];
	/** Keys of peers that are connected and take part. */
	speakers(): readonly Uint8Array[];
};

export type OverlayPorts = {
	readonly crypto: Crypto & SecretCrypto;
	readonly genesisHash: GenesisHash;
	readonly currentSlot: () => Slot;
	readonly clock: Clock;
	readonly entropy: Entropy;
	readonly log: Log;
	readonly metrics: Metrics;
	readonly wire: OverlayWire;
};

/** Sees what comes on a topic before anybody else is told of it. `from`: the key of who passed it on. */
export type TopicJudge = (payload: Uint8Array, from: Uint8Array) => Verdict;

export type OverlayServiceOptions = {
	/** Ed25519, 32 bytes: the key that the wire proves. */
	readonly seed: Uint8Array;
	readonly judges: Readonly<Partial<Record<TopicName, TopicJudge>>>;
	readonly fanout: number;
	readonly tickMs: number;
	/** How long a profile of ours holds. */
	readonly lifeSlots: number;
};

/** Peers that are told of messages at a time; beyond, messages are not passed on: others do. */
const SENDING_MAX = 256;
/** Who is told in place of one that does not answer, for each that was to be told. */
const REPLACEMENTS_MAX = 2;

const gaugeOf = {
	'storage-offers': 'dcloud_overlay_neighbours_storage_offers',
	proofs: 'dcloud_overlay_neighbours_proofs',
	'checkpoint-signatures': 'dcloud_overlay_neighbours_checkpoint_signatures',
} as const;

const counterOf = {
	'storage-offers': 'dcloud_overlay_storage_offers_total',
	proofs: 'dcloud_overlay_proofs_total',
	'checkpoint-signatures': 'dcloud_overlay_checkpoint_signatures_total',
} as const;

/** The bias of a remainder of 48 bits is below 2^-16 for any limit here: this is about load, not about secrets. */
const diceOf = (entropy: Entropy): Dice => ({
	below: limit => entropy.bytes(6).reduce((value, byte) => value * 256 + byte, 0) % limit,
});

/** Profiles in the first word to somebody. */
const GREETING_MAX = 8;

const toldOf = (entries: readonly Neighbour[]): readonly Told[] =>
	entries.map(({peer: {signed}, age}) => ({profile: signed, age}));

const isBusy = (error: unknown): boolean =>
	error instanceof NodeError && (error.code === 'OVERLAY_BUSY' || error.detail['reason'] === 'OVERLAY_BUSY');

export class OverlayService {
	readonly #ports: OverlayPorts;
	readonly #options: OverlayServiceOptions;
	readonly #book: PeerBook;
	readonly #standings = new Standings();
	readonly #overlay: Overlay;
	readonly #dice: Dice;
	/** Peers met otherwise, whose profiles are not known yet, by key in hexadecimal. */
	readonly #met = new Map<string, Uint8Array>();
	#validUntil = 0;
	#sequence = 0n;
	#routes = '';
	#sending = 0;

	constructor(ports: OverlayPorts, options: OverlayServiceOptions) {
		this.#ports = ports;
		this.#options = options;
		this.#book = new PeerBook({...ports, lifeSlotsMax: 2 * options.lifeSlots});
		const self = this.#signSelf();
		this.#dice = diceOf(ports.entropy);
		this.#overlay = new Overlay(self, this.#dice, {
			...defaultOverlayOptions,
			fanout: options.fanout,
		});
	}

	/** Peers that any layer holds. */
	get knownCount(): number {
		return this.#overlay.known.length;
	}

	/** Our neighbours on the ring of a topic, each once. */
	neighboursOn(topic: TopicName): number {
		const {successors, predecessors} = this.#overlay.neighbours(topics[topic].number);
		return new Set([...successors, ...predecessors].map(({peer}) => peer.id)).size;
	}

	/** Exchanges with others until the signal aborts. */
	async run({signal}: {readonly signal: AbortSignal}): Promise<void> {
		const {clock} = this.#ports;
		while (!signal.aborted) {
			await this.tick();
			await clock.waitUntil(clock.now() + this.#options.tickMs, {signal}).catch(() => undefined);
		}
	}

	/** A peer is connected that takes part too. */
	met(key: Uint8Array): void {
		if (this.#met.size < SENDING_MAX) this.#met.set(toHex(key), key);
	}

	async tick(): Promise<void> {
		this.#renew();
		const turn = this.#overlay.tick();
		if (this.#overlay.isNewRound) {
			this.#standings.grow();
			this.#meetStranger();
		}
		const greeted = [...this.#met.values()].map(key => this.#greet(key));
		this.#met.clear();
		await Promise.all([...greeted, this.#exchange(turn)]);
		this.#measure();
	}

	/** Somebody who is connected and whom no layer holds: so whoever has lost everybody, or half of them, finds back. */
	#meetStranger(): void {
		const known = new Set(this.#overlay.known.map(({peer: {id}}) => id));
		const strangers = this.#ports.wire.speakers().filter(key => !known.has(toHex(key)));
		for (const key of draw(this.#dice, strangers, 1)) this.met(key);
	}

	/** Tells others what is new here; resolves when all that were to be told have answered, with how many have it. */
	async publish(topic: TopicName, payload: Uint8Array): Promise<number> {
		const {number, bytesMax} = topics[topic];
		if (payload.length > bytesMax || !this.#overlay.remember(this.#idOf(number, payload))) return 0;
		this.#ports.metrics.increment('dcloud_overlay_published_total');
		return await this.#spread({kind: 'push', topic: number, hops: 0, payload}, undefined);
	}

	/** Tells others of one's own once more: those who have it pass nothing on, those who could not judge it look again. */
	async publishAgain(topic: TopicName, payload: Uint8Array): Promise<number> {
		const {number, bytesMax} = topics[topic];
		if (payload.length > bytesMax) return 0;
		this.#overlay.remember(this.#idOf(number, payload));
		return await this.#spread({kind: 'push', topic: number, hops: 0, payload}, undefined);
	}

	/** Answers a peer. Throws NodeErrors whose codes the peer sees. */
	async answer(peer: Uint8Array, bytes: Uint8Array): Promise<Uint8Array> {
		const from = toHex(peer);
		if (this.#standings.isOut(from)) throw new NodeError({code: 'OVERLAY_BUSY'});
		const request = decodeRequest(bytes);
		if (!request.ok) {
			this.#blame(from, FAULTS.malformed, request.error.code);
			throw new NodeError({code: request.error.code});
		}
		if (!this.#standings.spend(from, COSTS[request.value.kind])) {
			this.#ports.metrics.increment('dcloud_overlay_refused_total');
			throw new NodeError({code: 'OVERLAY_BUSY'});
		}
		if (request.value.kind === 'exchange') return this.#answerExchange(peer, request.value);
		const reception = this.#receive(peer, request.value);
		return encodeAnswer({kind: 'received', reception: RECEPTIONS.indexOf(reception)});
	}

	#answerExchange(peer: Uint8Array, {layer: number, entries}: ExchangeMessage): Uint8Array {
		const from = toHex(peer);
		const admitted = this.#admit(from, entries);
		const [sender] = admitted.entries;
		const layer = LAYERS[number];
		if (sender === undefined || sender.peer.id !== from || layer === undefined) {
			this.#blame(from, FAULTS.malformed, 'OVERLAY_SENDER_WRONG');
			throw new NodeError({code: 'OVERLAY_SENDER_WRONG'});
		}
		const answer = this.#overlay.answer(sender.peer, {layer, entries: admitted.entries});
		return encodeAnswer({kind: 'entries', entries: toldOf(answer)});
	}

	#receive(peer: Uint8Array, {topic: number, hops, payload}: PushMessage): Reception {
		const {metrics} = this.#ports;
		const from = toHex(peer);
		const topic = topicOf(number);
		const judge = topic && this.#options.judges[topic];
		if (topic === undefined || judge === undefined) return 'unwanted';
		if (payload.length > topics[topic].bytesMax) {
			this.#blame(from, FAULTS.refused, 'OVERLAY_MESSAGE_TOO_LONG');
			return 'unwanted';
		}
		const id = this.#idOf(number, payload);
		if (!this.#overlay.remember(id)) {
			metrics.increment('dcloud_overlay_duplicates_total');
			return 'known';
		}
		metrics.increment('dcloud_overlay_messages_total');
		const copy = payload.slice();
		const verdict = judge(copy, peer);
		// What cannot be judged now may be good when it comes again: its sender has heard of another block.
		if (verdict === 'ignore') this.#overlay.unremember(id);
		if (verdict === 'reject') this.#blame(from, FAULTS.refused, 'OVERLAY_MESSAGE_REFUSED');
		if (verdict !== 'accept') return 'unwanted';
		metrics.increment(counterOf[topic]);
		this.#ports.log.debug('message over the overlay', {topic, hops: hops + 1, from});
		const passed = {kind: 'push', topic: number, hops: Math.min(hops + 1, HOPS_MAX), payload: copy} as const;
		void this.#spread(passed, from);
		return 'new';
	}

	/** Never rejects. */
	async #spread(message: PushMessage, from: string | undefined): Promise<number> {
		const targets = this.#overlay.targets(message.topic, from);
		const told = new Set(targets.map(({id}) => id));
		if (from !== undefined) told.add(from);
		const bytes = encodeRequest(message);
		const taken = await Promise.all(targets.map(peer => this.#push(peer, message.topic, {bytes, told})));
		return taken.filter(Boolean).length;
	}

	/** Whether the peer, or another in its place, has the message now. */
	async #push(
		first: Peer,
		topic: number,
		{bytes, told}: {readonly bytes: Uint8Array; readonly told: Set<string>},
	): Promise<boolean> {
		let peer: Peer | undefined = first;
		for (let turn = 0; peer !== undefined && turn <= REPLACEMENTS_MAX; turn++) {
			const answer = await this.#ask(peer, bytes);
			if (answer !== undefined)
				return answer.kind === 'received' && RECEPTIONS[answer.reception] !== 'unwanted';
			peer = this.#overlay.replacement(topic, [...told]);
			if (peer !== undefined) told.add(peer.id);
		}
		return false;
	}

	/** Undefined when it does not answer as it should; then no layer holds it any more, unless it is only busy. */
	async #ask(peer: Peer, bytes: Uint8Array) {
		if (this.#sending >= SENDING_MAX) return undefined;
		this.#sending++;
		try {
			const answer = decodeAnswer(await this.#ports.wire.ask({key: keyOf(peer), routes: peer.routes}, bytes));
			this.#ports.metrics.increment('dcloud_overlay_sent_total');
			if (answer.ok) return answer.value;
			this.#blame(peer.id, FAULTS.malformed, answer.error.code);
		} catch (error) {
			this.#ports.log.debug('a peer of the overlay does not answer', {peer: peer.id, error});
			this.#ports.metrics.increment('dcloud_overlay_unanswered_total');
			// It is there, and has heard enough of us for now.
			if (isBusy(error)) return undefined;
		} finally {
			this.#sending--;
		}
		this.#overlay.failed(peer);
		return undefined;
	}

	/** With another one when the first does not answer. */
	async #exchange(first: ReturnType<Overlay['tick']>): Promise<void> {
		let turn = first;
		for (let tries = 1; turn !== undefined; tries++) {
			const {to, exchange} = turn;
			const layer = LAYERS.indexOf(exchange.layer);
			const request = encodeRequest({kind: 'exchange', layer, entries: toldOf(exchange.entries)});
			const answer = await this.#ask(to, request);
			if (answer?.kind === 'entries') this.#learn(to.id, answer.entries);
			if (answer !== undefined || tries >= TRIES_MAX) return;
			turn = this.#overlay.again(exchange.layer);
		}
	}

	/** Exchanges with a peer of whom only the key is known, over the connection that there is. */
	async #greet(key: Uint8Array): Promise<void> {
		const id = toHex(key);
		if (this.#standings.isOut(id)) return;
		const entries = [{peer: this.#overlay.self, age: 0}, ...this.#overlay.sample].slice(0, GREETING_MAX);
		const request = encodeRequest({kind: 'exchange', layer: 0, entries: toldOf(entries)});
		const bytes = await this.#ports.wire.ask({key, routes: []}, request).catch(() => undefined);
		const answer = bytes && decodeAnswer(bytes);
		if (answer?.ok && answer.value.kind === 'entries') this.#learn(id, answer.value.entries);
	}

	#learn(from: string, told: readonly Told[]): void {
		const {entries} = this.#admit(from, told);
		if (entries[0]?.peer.id !== from || this.#standings.isOut(from)) return;
		this.#ports.metrics.increment('dcloud_overlay_exchanges_total');
		this.#overlay.learn(entries);
	}

	#admit(from: string, told: readonly Told[]): Admitted {
		const admitted = admit(this.#book, told);
		if (admitted.isForged) this.#blame(from, FAULTS.forged, 'OVERLAY_PROFILE_SIGNATURE_INVALID');
		return {...admitted, entries: admitted.entries.filter(({peer: {id}}) => !this.#standings.isOut(id))};
	}

	#blame(id: string, faults: number, code: string): void {
		this.#ports.metrics.increment('dcloud_overlay_refused_total');
		this.#ports.log.debug('a peer of the overlay broke the rules', {peer: id, code});
		if (!this.#standings.blame(id, faults)) return;
		this.#ports.log.warn('a peer of the overlay is shut out for a while', {peer: id, code});
		this.#overlay.forget(id);
	}

	#idOf(topic: number, payload: Uint8Array): string {
		return toHex(this.#ports.crypto.blake2b256(Uint8Array.of(topic), payload));
	}

	/** A new profile when the old one is half over, or says wrongly where we are reached. */
	#renew(): void {
		const {currentSlot, wire} = this.#ports;
		const isFresh = this.#validUntil - currentSlot() > this.#options.lifeSlots / 2;
		if (isFresh && this.#routes === wire.routes().join()) return;
		this.#overlay.renew(this.#signSelf());
	}

	#signSelf(): Peer {
		const {crypto, genesisHash, clock, currentSlot, wire} = this.#ports;
		const {seed, lifeSlots, judges} = this.#options;
		const routes = wire.routes();
		this.#routes = routes.join();
		const validUntilSlot = (currentSlot() + lifeSlots) as Slot;
		this.#validUntil = validUntilSlot;
		const wanted = (Object.keys(judges) as TopicName[]).map(name => topics[name].number);
		// Grows across restarts too, and when the clock is set back.
		const now = BigInt(Math.max(0, Math.trunc(clock.now())));
		this.#sequence = now > this.#sequence ? now : this.#sequence + 1n;
		const signed = signProfile(crypto, genesisHash, seed, {
			sequence: this.#sequence,
			validUntilSlot,
			routes: routes.slice(0, PROFILE_ROUTES_MAX),
			topics: wanted.sort((a, b) => a - b),
		});
		const decoded = decodeProfile(signed);
		if (!decoded.ok) throw new NodeError({code: decoded.error.code});
		return peerOf(crypto, decoded.value.profile, signed);
	}

	#measure(): void {
		const {metrics} = this.#ports;
		metrics.set('dcloud_overlay_known_peers', this.knownCount);
		for (const topic of Object.keys(this.#options.judges) as TopicName[])
			metrics.set(gaugeOf[topic], this.neighboursOn(topic));
	}
}
