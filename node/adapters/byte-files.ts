import {randomBytes} from 'node:crypto';
import {open, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {NodeError} from '#kernel/node-error';
import type {ByteSink, ByteSource} from '#node/ports/byte-file';
import {fileFailure} from './private-file.ts';

export type FileSource = ByteSource & {close(): Promise<void>};

/** Opens a file to be stored. Throws FILE_NOT_FOUND, FILE_UNREADABLE. */
export const openFileSource = async (file: string): Promise<FileSource> => {
	try {
		const handle = await open(file, 'r');
		const stats = await handle.stat();
		if (!stats.isFile()) {
			await handle.close();
			throw new NodeError({code: 'FILE_NOT_A_FILE', file, message: `${file} is not a file.`});
		}
		return {
			length: stats.size,
			read: async (offset, into) => {
				for (let filled = 0; filled < into.length; ) {
					const {bytesRead} = await handle.read(into, filled, into.length - filled, offset + filled);
					if (bytesRead === 0)
						throw new NodeError({
							code: 'FILE_CHANGED',
							file,
							message: `${file} became shorter while it was read: store it again.`,
						});
					filled += bytesRead;
				}
			},
			close: () => handle.close(),
		};
	} catch (cause) {
		throw cause instanceof NodeError ? cause : fileFailure(cause, file, 'read');
	}
};

/** A file that appears under its name only when it is whole. Throws FILE_UNWRITABLE, STORE_DISK_FULL. */
export const openFileSink = async (file: string): Promise<ByteSink> => {
	const temporary = path.join(
		path.dirname(path.resolve(file)),
		`.${path.basename(file)}.${randomBytes(6).toString('hex')}`,
	);
	const guard = async <T>(work: () => Promise<T>): Promise<T> => {
		try {
			return await work();
		} catch (cause) {
			throw fileFailure(cause, file, 'write');
		}
	};
	const handle = await guard(() => open(temporary, 'wx'));
	return {
		write: bytes =>
			guard(async () => {
				for (let written = 0; written < bytes.length; )
					written += (await handle.write(bytes, written, bytes.length - written)).bytesWritten;
			}),
		finish: () =>
			guard(async () => {
				await handle.sync();
				await handle.close();
				await rename(temporary, file);
			}),
		discard: async () => {
			await handle.close().catch(() => undefined);
			await rm(temporary, {force: true});
		},
	};
};
