/**
 * What an indexer is here: whoever keeps parts of listings under their hashes. Nobody believes it: what it says is
 * checked, and what it does not say, or says wrongly, comes from providers. It never fails.
 */
export type MetadataCache = {
	/** `key`: hexadecimal. Undefined when it is not kept. */
	load(key: string): Promise<Uint8Array | undefined>;
	save(key: string, bytes: Uint8Array): Promise<void>;
};
