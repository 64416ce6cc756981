/** An open file. One who writes at a time. */
export type OpenFile = {
	/** In bytes, with all that was appended. */
	size(): Promise<number>;
	/** Fewer bytes than asked for where the file ends. */
	read(offset: number, length: number): Promise<Uint8Array>;
	/** Writes `parts` at the end, one after the other. When it fails, any of their bytes may be there. */
	append(parts: readonly Uint8Array[]): Promise<void>;
	/** Cuts the file to that size, which is not above its own. */
	truncate(size: number): Promise<void>;
	/** Resolves when the bytes of the file are on the disk for good. Says nothing about its name: `syncFolder`. */
	sync(): Promise<void>;
	close(): Promise<void>;
};

/** Held until it is released, or until the process that holds it ends in whatever way. */
export type FolderLock = {release(): Promise<void>};

/**
 * As much of a disk as the chain database needs. Paths are joined with `/`. What was written and not synced may be lost
 * in a power cut, in part and in any order; so may names that were made, changed and removed, until `syncFolder`.
 * Failures are `NodeError`s: STORE_DISK_FULL, STORE_FAILED, DATA_FOLDER_IN_USE.
 */
export type FileSystem = {
	/** Makes a folder with those above it; well if it is there. */
	makeFolder(folder: string): Promise<void>;
	/** Names of the files in a folder (no folders), in their order; none when there is no such folder. */
	list(folder: string): Promise<readonly string[]>;
	/** Makes a file that is not there yet. */
	create(file: string): Promise<OpenFile>;
	/** Opens a file that is there, to read, cut and append. */
	open(file: string): Promise<OpenFile>;
	/** In the place of whatever has the other name. In one step: nobody sees neither. */
	rename(from: string, to: string): Promise<void>;
	/** Well if it is gone. */
	remove(file: string): Promise<void>;
	/** Resolves when the names in the folder are on the disk for good. */
	syncFolder(folder: string): Promise<void>;
	/** One process at a time. Throws DATA_FOLDER_IN_USE. */
	lock(folder: string): Promise<FolderLock>;
};
