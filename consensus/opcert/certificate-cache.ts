import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';

/** More certificates than pools are at work; beyond it the oldest entries go. */
const ENTRIES_MAX = 8192;

/**
 * Signatures of operational certificates that held. A pool signs headers with one certificate for weeks, so that
 * most need not be verified again. An entry names issuer, content and signature and is right for ever.
 * Owned and passed in by whoever validates.
 */
export class CertificateCache {
	readonly #verified: Set<string> = new Set();

	get size(): number {
		return this.#verified.size;
	}

	/** `verify`, unless the same has held before. What does not hold is not remembered. */
	holds(
		hasher: Hasher,
		parts: readonly [Uint8Array, Uint8Array, Uint8Array],
		verify: () => boolean,
	): boolean {
		const key = toHex(hasher.blake2b256(...parts));
		if (this.#verified.has(key)) return true;
		if (!verify()) return false;
		const oldest = this.#verified.size < ENTRIES_MAX ? undefined : this.#verified.values().next().value;
		if (oldest !== undefined) this.#verified.delete(oldest);
		this.#verified.add(key);
		return true;
	}
}
