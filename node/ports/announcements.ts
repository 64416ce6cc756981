/** A provider's signed, expiring word about where it is reached. `bytes` is the signed form that peers pass on. */
export type Announcement = {
	/** Ed25519 verification key that signed it: the provider's operator key. */
	readonly key: Uint8Array;
	/** Only the newest of a key counts. */
	readonly sequence: bigint;
	readonly validUntilSlot: number;
	/** `host:port` where it answers over TLS; null when nobody can dial it there. */
	readonly endpoint: string | null;
	/** Multiaddrs where libp2p reaches it, best first. */
	readonly routes: readonly string[];
	readonly attributes: readonly (readonly [name: string, value: string])[];
	readonly bytes: Uint8Array;
};

export type AnnouncementFailure = {readonly code: string};

/** What providers announced: the newest of each key, until it expires. Bounded. */
export type Announcements = {
	all(): readonly Announcement[];
	of(key: Uint8Array): Announcement | undefined;
	/** Takes an announcement from anybody; undefined when it is kept, else why not. */
	offer(bytes: Uint8Array): AnnouncementFailure | undefined;
	/** Calls `listener` for each announcement that is newly kept, until `signal` aborts. */
	onKept(listener: (announcement: Announcement) => void, options: {readonly signal: AbortSignal}): void;
};
