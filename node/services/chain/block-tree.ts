import {toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {Failure} from '#kernel/result';
import type {ChainEntry} from './chain-entry.ts';

const INVALID_KEPT = 1000;

/** All blocks above the anchor whose headers are valid, whichever chain they are on. */
export class BlockTree {
	readonly #entries = new Map<string, ChainEntry>();
	readonly #invalid = new Map<string, Failure>();

	get size(): number {
		return this.#entries.size;
	}

	find(hash: HeaderHash): ChainEntry | undefined {
		return this.#entries.get(toHex(hash));
	}

	parentOf(entry: ChainEntry): ChainEntry | undefined {
		const {prevHash} = entry.header;
		return prevHash === null ? undefined : this.find(prevHash);
	}

	add(entry: ChainEntry): void {
		this.#entries.set(toHex(entry.header.hash), entry);
	}

	entries(): readonly ChainEntry[] {
		return [...this.#entries.values()];
	}

	/** Why a block was refused, while that is remembered. */
	refusalOf(hash: HeaderHash): Failure | undefined {
		return this.#invalid.get(toHex(hash));
	}

	/** Remembers why, and takes the block away with all that is built on it. Returns what went. */
	refuse(hash: HeaderHash, failure: Failure): readonly ChainEntry[] {
		const oldest = this.#invalid.size < INVALID_KEPT ? undefined : this.#invalid.keys().next().value;
		if (oldest !== undefined) this.#invalid.delete(oldest);
		this.#invalid.set(toHex(hash), failure);
		const gone = this.#entries.get(toHex(hash));
		if (gone === undefined) return [];
		this.#entries.delete(toHex(hash));
		return [gone, ...this.#dropOrphans(new Set([toHex(hash)]))];
	}

	/** Takes away what `isGone` says, with all that is built on it. Returns what went. */
	drop(isGone: (entry: ChainEntry) => boolean): readonly ChainEntry[] {
		const gone = this.entries().filter(isGone);
		const hashes = new Set(gone.map(({header}) => toHex(header.hash)));
		for (const hash of hashes) this.#entries.delete(hash);
		return [...gone, ...this.#dropOrphans(hashes)];
	}

	/** Takes an entry out that stands on its own from now on; what is built on it stays. */
	release(entry: ChainEntry): void {
		this.#entries.delete(toHex(entry.header.hash));
	}

	#dropOrphans(gone: Set<string>): readonly ChainEntry[] {
		const dropped: ChainEntry[] = [];
		const byNumber = this.entries().toSorted((a, b) => a.header.blockNo - b.header.blockNo);
		for (const entry of byNumber) {
			const {prevHash, hash} = entry.header;
			if (prevHash === null || !gone.has(toHex(prevHash))) continue;
			gone.add(toHex(hash));
			this.#entries.delete(toHex(hash));
			dropped.push(entry);
		}
		return dropped;
	}
}
