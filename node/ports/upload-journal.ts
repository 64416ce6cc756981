/** How far uploads have come, so that they can go on after a crash: sealed records, by name and in order. */
export type UploadJournal = {
	/** All records of an upload, those that a crash cut left out; none when nothing is known of it. */
	load(name: string): Promise<readonly Uint8Array[]>;
	/** On disk for good when it is done. */
	append(name: string, record: Uint8Array): Promise<void>;
	remove(name: string): Promise<void>;
};
