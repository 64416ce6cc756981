import type {ChainEntry} from '../chain/chain-entry.ts';

/** Headers without bodies, of all peers together. About 5 KB each. */
const HEADERS_MAX = 10_000;
/** Every peer has this many whatever the others do. */
const SHARE_MIN = 16;

/** Whoever holds headers: one peer's chain. */
export type Holder = {
	/** Headers that it alone holds. */
	alone: number;
};

/**
 * Counts who has which headers that wait for their bodies. Half of the room is for whoever comes first, the other half
 * is shared out, so that no peer can keep the others' headers away. What nobody has any longer is forgotten.
 */
export class HeaderBook {
	readonly #holders = new Map<ChainEntry, Set<Holder>>();
	readonly #forget: (entries: readonly ChainEntry[]) => void;
	readonly #headersMax: number;
	#peers = 0;

	constructor(forget: (entries: readonly ChainEntry[]) => void, headersMax: number = HEADERS_MAX) {
		this.#forget = forget;
		this.#headersMax = headersMax;
	}

	get size(): number {
		return this.#holders.size;
	}

	join(): void {
		this.#peers++;
	}

	leave(): void {
		this.#peers--;
	}

	/** How many new headers the peer may add now. */
	roomFor({alone}: Holder): number {
		const half = Math.floor(this.#headersMax / 2);
		const share = Math.max(Math.floor(half / Math.max(this.#peers, 1)), SHARE_MIN);
		return Math.max(half - this.size, share - alone, 0);
	}

	hold(holder: Holder, entry: ChainEntry): void {
		const holders = this.#holders.get(entry);
		if (holders === undefined) {
			this.#holders.set(entry, new Set([holder]));
			holder.alone++;
			return;
		}
		if (holders.has(holder)) return;
		const [only] = holders;
		if (holders.size === 1 && only !== undefined) only.alone--;
		holders.add(holder);
	}

	/** `isWorthless`: the peer has gone over to another chain, or is gone. */
	release(holder: Holder, entries: readonly ChainEntry[], isWorthless: boolean): void {
		const forgotten: ChainEntry[] = [];
		for (const entry of entries) {
			const holders = this.#holders.get(entry);
			if (holders === undefined || !holders.delete(holder)) continue;
			const [only] = holders;
			if (only === undefined) {
				holder.alone--;
				this.#holders.delete(entry);
				if (isWorthless && entry.body === undefined) forgotten.push(entry);
			} else if (holders.size === 1) only.alone++;
		}
		if (forgotten.length > 0) this.#forget(forgotten);
	}
}
