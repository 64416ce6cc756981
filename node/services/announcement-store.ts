import type {Crypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import type {Slot} from '#kernel/slot';
import type {Announcement, AnnouncementFailure, Announcements} from '#node/ports/announcements';
import type {Metrics} from '#node/ports/metrics';
import type {AnnouncementFeed, AnnouncementSink} from '#relay/handlers';
import {decodeAnnouncement, supersedes, verifyAnnouncement} from '#transport/protocols/announcement';
import {Notifier} from './notifier.ts';

export type AnnouncementStorePorts = {
	readonly crypto: Crypto;
	readonly genesisHash: GenesisHash;
	/** Undefined before the system starts. */
	readonly currentSlot: () => Slot;
	readonly metrics: Metrics;
};

type Kept = {
	readonly announcement: Announcement;
	readonly signed: Parameters<typeof supersedes>[1];
	readonly order: bigint;
};

const KEPT_MAX = 10_000;
const PAGE = 64;

/** The newest announcement of each key, in memory; passed on to peers in the order in which they came. */
export class AnnouncementStore implements Announcements {
	readonly #ports: AnnouncementStorePorts;
	readonly #kept = new Map<string, Kept>();
	readonly #changed = new Notifier<Announcement>();
	#order = 0n;

	constructor(ports: AnnouncementStorePorts) {
		this.#ports = ports;
	}

	all(): readonly Announcement[] {
		this.#dropExpired();
		return [...this.#kept.values()].map(({announcement}) => announcement);
	}

	of(key: Uint8Array): Announcement | undefined {
		this.#dropExpired();
		return this.#kept.get(toHex(key))?.announcement;
	}

	offer(bytes: Uint8Array): AnnouncementFailure | undefined {
		const {crypto, genesisHash, currentSlot} = this.#ports;
		const decoded = decodeAnnouncement(bytes);
		if (!decoded.ok) return decoded.error;
		const signed = decoded.value.announcement;
		const key = toHex(signed.key);
		const known = this.#kept.get(key);
		if (known !== undefined && !supersedes(signed, known.signed)) return {code: 'ANNOUNCEMENT_NOT_NEWER'};
		const verified = verifyAnnouncement(crypto, genesisHash, currentSlot(), decoded.value);
		if (!verified.ok) return verified.error;
		this.#dropExpired();
		if (known === undefined && this.#kept.size >= KEPT_MAX) return {code: 'ANNOUNCEMENTS_FULL'};
		const attributes = signed.attributes.map(({name, value}) => [name, value] as const);
		const announcement: Announcement = {...signed, attributes, bytes: bytes.slice()};
		// Behind all others, so that peers that read on from where they were find it.
		this.#kept.delete(key);
		this.#kept.set(key, {announcement, signed, order: ++this.#order});
		this.#ports.metrics.set('dcloud_announcements', this.#kept.size);
		this.#changed.notify(announcement);
		return undefined;
	}

	onKept(listener: (announcement: Announcement) => void, options: {readonly signal: AbortSignal}): void {
		this.#changed.on(listener, options);
	}

	/** What peers read. */
	get feed(): AnnouncementFeed {
		return {
			since: cursor => {
				this.#dropExpired();
				const newer = [...this.#kept.values()].filter(({order}) => order > cursor).slice(0, PAGE);
				const last = newer.at(-1);
				return last && {cursor: last.order, items: newer.map(({announcement}) => announcement.bytes)};
			},
			changed: async options => {
				await this.#changed.next(options);
			},
		};
	}

	/** Where those of peers go; one that is not kept is no reason to leave the peer: it may be older than ours. */
	get sink(): AnnouncementSink {
		return {
			add: async items => {
				for (const item of items) this.offer(item);
			},
		};
	}

	#dropExpired(): void {
		const slot = this.#ports.currentSlot();
		for (const [key, {announcement}] of this.#kept)
			if (announcement.validUntilSlot < slot) this.#kept.delete(key);
	}
}
