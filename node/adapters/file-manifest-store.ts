import {mkdir, open, readdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {parseHex, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';
import type {ManifestStore} from '#node/ports/manifest-store';
import {fileFailure, writeFileAtomically} from './private-file.ts';

const SUFFIX = '.manifest';
/** Names are written in hex; a file name has at most 255 bytes. */
const NAME_BYTES_MAX = 120;

const nameOf = (file: string): string | undefined => {
	if (!file.endsWith(SUFFIX)) return undefined;
	const bytes = parseHex(file.slice(0, -SUFFIX.length));
	return bytes && decodeUtf8(bytes);
};

const readBounded = async (file: string, bytesMax: number): Promise<Uint8Array> => {
	const handle = await open(file, 'r');
	try {
		const {size} = await handle.stat();
		if (size > bytesMax)
			throw new NodeError({
				code: 'FILE_TOO_LONG',
				file,
				bytes: size,
				bytesMax,
				message: `${file} is ${size} bytes long; a manifest has at most ${bytesMax}.`,
			});
		return new Uint8Array(await handle.readFile());
	} finally {
		await handle.close();
	}
};

/** One file for each manifest, readable by the owner only. */
export const createFileManifestStore = (folder: string, bytesMax: number): ManifestStore => {
	const pathOf = (name: string): string => {
		const bytes = encodeUtf8(name);
		if (bytes.length === 0 || bytes.length > NAME_BYTES_MAX)
			throw new NodeError({
				code: 'FILE_NAME_TOO_LONG',
				message: `A name has 1 to ${NAME_BYTES_MAX} bytes: choose a shorter one.`,
				name,
			});
		return path.join(folder, `${toHex(bytes)}${SUFFIX}`);
	};
	return {
		names: async () => {
			try {
				await mkdir(folder, {recursive: true, mode: 0o700});
				return (await readdir(folder)).flatMap(file => nameOf(file) ?? []).sort();
			} catch (cause) {
				throw fileFailure(cause, folder, 'read');
			}
		},
		load: async name => {
			try {
				return await readBounded(pathOf(name), bytesMax);
			} catch (cause) {
				if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
				throw cause instanceof NodeError ? cause : fileFailure(cause, pathOf(name), 'read');
			}
		},
		save: async (name, sealed) => writeFileAtomically(pathOf(name), sealed),
		remove: async name => rm(pathOf(name), {force: true}),
	};
};
