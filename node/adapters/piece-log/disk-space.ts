import {statfs} from 'node:fs/promises';
import type {DiskSpace} from '#node/ports/piece-store';

/** What this process may still write, and the size of the whole disk, in bytes. */
export const diskSpace = async (folder: string): Promise<DiskSpace> => {
	const {bsize, bavail, blocks} = await statfs(folder);
	return {free: bsize * bavail, total: bsize * blocks};
};
