/** Files that are written and read from front to end. */
import {randomBytes} from 'node:crypto';
import {link, open, rm, stat} from 'node:fs/promises';
import path from 'node:path';
import {NodeError} from '#kernel/node-error';
import {fileFailure} from './private-file.ts';

const CHUNK_BYTES = 1024 * 1024;

/** In bytes. Throws FILE_NOT_FOUND, FILE_UNREADABLE. */
export const fileSize = async (file: string): Promise<number> => {
	try {
		return (await stat(file)).size;
	} catch (cause) {
		throw fileFailure(cause, file, 'read');
	}
};

/** The bytes of a file; `onBytes` is told how many have been read. Throws FILE_NOT_FOUND, FILE_UNREADABLE. */
export async function* readChunks(
	file: string,
	onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
	const handle = await open(file, 'r').catch((cause: unknown) => {
		throw fileFailure(cause, file, 'read');
	});
	try {
		let read = 0;
		for (;;) {
			const {bytesRead, buffer} = await handle
				.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES)
				.catch((cause: unknown) => {
					throw fileFailure(cause, file, 'read');
				});
			if (bytesRead === 0) return;
			read += bytesRead;
			yield buffer.subarray(0, bytesRead);
			onBytes(read);
		}
	} finally {
		await handle.close();
	}
}

const writeAll = async (
	file: string,
	chunks: AsyncIterable<Uint8Array>,
	onBytes: (bytes: number) => void,
): Promise<void> => {
	const handle = await open(file, 'wx', 0o644);
	try {
		let written = 0;
		for await (const chunk of chunks) {
			await handle.writeFile(chunk);
			written += chunk.length;
			onBytes(written);
		}
		await handle.sync();
	} finally {
		await handle.close();
	}
};

/**
 * Writes a file that is not there yet; it has its name only when all of it is on the disk and `check` (given where it
 * is meanwhile) was content. Throws FILE_EXISTS, FILE_UNWRITABLE, STORE_DISK_FULL, and what chunks and check throw.
 */
export const writeChunks = async (
	file: string,
	chunks: AsyncIterable<Uint8Array>,
	{
		onBytes = () => undefined,
		check = async () => undefined,
	}: {
		readonly onBytes?: (bytes: number) => void;
		readonly check?: (temporary: string) => Promise<void>;
	} = {},
): Promise<void> => {
	const exists = await stat(file).then(
		() => true,
		() => false,
	);
	const taken = (cause?: unknown): NodeError =>
		new NodeError(
			{code: 'FILE_EXISTS', file, message: `${file} exists already; it is not overwritten.`},
			{cause},
		);
	if (exists) throw taken();
	const folder = path.dirname(path.resolve(file));
	const temporary = path.join(folder, `.${path.basename(file)}.${randomBytes(6).toString('hex')}`);
	try {
		await writeAll(temporary, chunks, onBytes);
		await check(temporary);
		await link(temporary, file);
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException | undefined)?.code === 'EEXIST') throw taken(cause);
		const isDisk = cause instanceof Error && 'syscall' in cause && 'path' in cause === true;
		const errno = (cause as NodeJS.ErrnoException | undefined)?.code;
		if (isDisk || errno === 'ENOSPC' || errno === 'EDQUOT') throw fileFailure(cause, file, 'write');
		throw cause;
	} finally {
		await rm(temporary, {force: true});
	}
};
