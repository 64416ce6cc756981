import {Level} from 'level';

export type IndexChange =
	| {readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array}
	| {readonly type: 'del'; readonly key: Uint8Array};

export type KeyRange = {readonly gte: Uint8Array; readonly lt: Uint8Array};

/**
 * The sorted index of a piece store. A power cut may take the last batches that were not synced, the later ones before
 * the earlier ones, and each as a whole.
 */
export type IndexDatabase = {
	get(key: Uint8Array): Promise<Uint8Array | undefined>;
	/** As a whole or not at all. `sync`: on the disk for good when it is done, with all batches before. */
	batch(changes: readonly IndexChange[], options?: {readonly sync: boolean}): Promise<void>;
	/** In order of keys. What is changed meanwhile is not seen. */
	entries(range: KeyRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>;
	close(): Promise<void>;
};

/** Entries read at once: enough to be quick, few enough to be read in vain. */
const ENTRIES_AHEAD = 256;

/** Throws what `level` throws; another process that has it open is the cause LEVEL_LOCKED. */
export const openLevelIndex = async (folder: string): Promise<IndexDatabase> => {
	const level = new Level<Uint8Array, Uint8Array>(folder, {keyEncoding: 'view', valueEncoding: 'view'});
	await level.open();
	return {
		get: key => level.get(key),
		batch: (changes, {sync} = {sync: false}) => level.batch([...changes], {sync}),
		entries: async function* (range) {
			const iterator = level.iterator(range);
			try {
				for (;;) {
					const entries = await iterator.nextv(ENTRIES_AHEAD);
					if (entries.length === 0) return;
					yield* entries;
				}
			} finally {
				await iterator.close();
			}
		},
		close: () => level.close(),
	};
};
