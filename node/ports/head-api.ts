/** What the control API says of buckets. */

/** A bucket's head; ids and hashes in lower-case hex. */
export type HeadView = {
	readonly owner: string;
	/** Its blinded id: only its owner knows the name. */
	readonly bucket: string;
	readonly version: number;
	readonly root: string;
	/** Hashes of the keys that may set it besides the owner's. */
	readonly writers: readonly string[];
};
