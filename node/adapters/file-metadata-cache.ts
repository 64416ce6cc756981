import {mkdir, readdir, readFile, stat, unlink, utimes} from 'node:fs/promises';
import path from 'node:path';
import type {MetadataCache} from '#node/ports/metadata-cache';
import {writeFileAtomically} from './private-file.ts';

const BYTES_MAX = 256 * 2 ** 20;
const ENDING = '.cache';

type Kept = {readonly file: string; readonly bytes: number; readonly usedMs: number};

const keptIn = async (folder: string): Promise<readonly Kept[]> => {
	const names = (await readdir(folder)).filter(name => name.endsWith(ENDING));
	const kept = await Promise.all(
		names.map(async name => {
			const file = path.join(folder, name);
			const {size, mtimeMs} = await stat(file);
			return {file, bytes: size, usedMs: mtimeMs};
		}),
	);
	return kept.sort((a, b) => a.usedMs - b.usedMs);
};

/** What was used longest ago goes until the rest fits. */
const makeRoom = async (folder: string, bytesMax: number): Promise<void> => {
	const kept = await keptIn(folder);
	let sum = kept.reduce((total, {bytes}) => total + bytes, 0);
	for (const {file, bytes} of kept) {
		if (sum <= bytesMax) return;
		await unlink(file);
		sum -= bytes;
	}
};

/** A file for each part of a listing, sealed as it came, readable by the owner only. May be deleted at any time. */
export const createFileMetadataCache = (folder: string, bytesMax: number = BYTES_MAX): MetadataCache => {
	const fileOf = (key: string): string => path.join(folder, `${key}${ENDING}`);
	return {
		load: async key => {
			try {
				const bytes = new Uint8Array(await readFile(fileOf(key)));
				const now = new Date();
				await utimes(fileOf(key), now, now);
				return bytes;
			} catch {
				return undefined;
			}
		},
		save: async (key, bytes) => {
			try {
				await mkdir(folder, {recursive: true, mode: 0o700});
				await writeFileAtomically(fileOf(key), bytes);
				await makeRoom(folder, bytesMax);
			} catch {
				// A full disk must not keep anybody from reading.
			}
		},
	};
};
