import {readdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {Level} from 'level';
import type {FolderLock} from '#node/ports/file-system';

const NAME = 'lock';
/** LevelDB's own lock file. It stays, so that all processes look at the same one. */
const LOCK_FILE = 'LOCK';

const take = async (folder: string): Promise<FolderLock> => {
	const level = new Level<string, string>(folder, {cacheSize: 0, writeBufferSize: 64 * 1024});
	await level.open();
	return {release: () => level.close()};
};

/** Whether taking a lock failed because another process, or this one, holds it. */
export const isLocked = (error: unknown): boolean =>
	error instanceof Error && (error.cause as {readonly code?: string} | undefined)?.code === 'LEVEL_LOCKED';

/**
 * Node has no file locks of its own. An empty LevelDB has one: the operating system holds it for the process and gives
 * it back however the process ends, so a lock cannot be stale and no process id has to be guessed at.
 */
export const lockFolder = async (folder: string): Promise<FolderLock> => {
	const inside = path.join(folder, NAME);
	try {
		return await take(inside);
	} catch (error) {
		if (isLocked(error)) throw error;
		// It holds nothing: a damaged one is made anew.
		for (const name of await readdir(inside).catch(() => []))
			if (name !== LOCK_FILE) await rm(path.join(inside, name), {recursive: true, force: true});
		return take(inside);
	}
};
