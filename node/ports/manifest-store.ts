/** Sealed manifests in the customer's own folder, by name. Failures are `NodeError`s: STORE_DISK_FULL, FILE_UNREADABLE, … */
export type ManifestStore = {
	/** In order. */
	names(): Promise<readonly string[]>;
	/** Undefined when there is none. */
	load(name: string): Promise<Uint8Array | undefined>;
	/** On disk for good when it is done; the one of that name before it is replaced. */
	save(name: string, sealed: Uint8Array): Promise<void>;
	remove(name: string): Promise<void>;
};
