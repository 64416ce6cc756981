import {randomBytes} from 'node:crypto';
import {constants} from 'node:fs';
import {type FileHandle, open, rename, rm} from 'node:fs/promises';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {ByteSink, ByteSource} from '#node/ports/byte-file';
import {checkTarget, fileFailure, hiddenBeside, notAFile} from './private-file.ts';

export type FileSource = ByteSource & {close(): Promise<void>};

/** Of what a part is of, in the name of its file. */
const PART_NAME_BYTES = 8;

const readAll = async (
	handle: FileHandle,
	file: string,
	{offset, into}: {readonly offset: number; readonly into: Uint8Array},
): Promise<void> => {
	for (let filled = 0; filled < into.length; ) {
		const {bytesRead} = await handle.read(into, filled, into.length - filled, offset + filled);
		if (bytesRead === 0)
			throw new NodeError({
				code: 'FILE_CHANGED',
				file,
				message: `${file} became shorter while it was read: try again.`,
			});
		filled += bytesRead;
	}
};

/** Opens a file to be stored. Throws FILE_NOT_FOUND, FILE_UNREADABLE. */
export const openFileSource = async (file: string): Promise<FileSource> => {
	try {
		// Else a pipe that nobody writes to would be waited for, where no signal reaches.
		const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
		const stats = await handle.stat();
		if (!stats.isFile()) {
			await handle.close();
			throw notAFile(file);
		}
		return {
			length: stats.size,
			read: (offset, into) => readAll(handle, file, {offset, into}),
			close: () => handle.close(),
		};
	} catch (cause) {
		throw cause instanceof NodeError ? cause : fileFailure(cause, file, 'read');
	}
};

const guarded =
	(file: string) =>
	async <T>(work: () => Promise<T>): Promise<T> => {
		try {
			return await work();
		} catch (cause) {
			throw fileFailure(cause, file, 'write');
		}
	};

const writeAll = async (handle: FileHandle, bytes: Uint8Array): Promise<void> => {
	for (let written = 0; written < bytes.length; )
		written += (await handle.write(bytes, written, bytes.length - written)).bytesWritten;
};

/** A file that appears under its name only when it is whole. Throws FILE_NOT_A_FILE, FILE_UNWRITABLE, STORE_DISK_FULL. */
export const openFileSink = async (file: string): Promise<ByteSink> => {
	await checkTarget(file);
	const temporary = hiddenBeside(file, randomBytes(6).toString('hex'));
	const guard = guarded(file);
	const handle = await guard(() => open(temporary, 'wx'));
	return {
		write: bytes => guard(() => writeAll(handle, bytes)),
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

/**
 * The same, but what was written when it broke off is kept, under a name of its own beside the file, and the next try goes on
 * from there.
 */
export const openResumableFileSink = async (file: string): Promise<ByteSink> => {
	await checkTarget(file);
	const guard = guarded(file);
	let temporary = hiddenBeside(file, randomBytes(6).toString('hex'));
	let handle: FileHandle | undefined;
	const opened = async (): Promise<FileHandle> => {
		handle ??= await open(temporary, 'a+', 0o600);
		return handle;
	};
	const closed = async (): Promise<void> => {
		await handle?.close().catch(() => undefined);
		handle = undefined;
	};
	return {
		// Whoever appends goes on where the file ends.
		write: bytes => guard(async () => writeAll(await opened(), bytes)),
		finish: () =>
			guard(async () => {
				await (await opened()).sync();
				await closed();
				await rename(temporary, file);
			}),
		discard: async () => {
			await closed();
			await rm(temporary, {force: true});
		},
		partial: {
			begin: name =>
				guard(async () => {
					temporary = hiddenBeside(file, `${toHex(name.subarray(0, PART_NAME_BYTES))}.part`);
					return (await (await opened()).stat()).size;
				}),
			read: (offset, into) => guard(async () => readAll(await opened(), file, {offset, into})),
			keep: closed,
		},
	};
};
