/** Files that only their owner may read, written so that a crash leaves the old or the new file, never half of one. */
import {randomBytes} from 'node:crypto';
import {link, mkdir, open, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {NodeError} from '#kernel/node-error';

/** What an errno of the file system is called here. */
export const fileFailure = (cause: unknown, file: string, verb: 'read' | 'write'): NodeError => {
	const errno = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
	if (errno === 'ENOSPC' || errno === 'EDQUOT')
		return new NodeError(
			{code: 'STORE_DISK_FULL', file, message: `No space left for ${file}: free some and start again.`},
			{cause},
		);
	if (verb === 'read' && errno === 'ENOENT')
		return new NodeError({code: 'FILE_NOT_FOUND', file, message: `There is no file ${file}.`}, {cause});
	return new NodeError(
		{
			code: verb === 'read' ? 'FILE_UNREADABLE' : 'FILE_UNWRITABLE',
			file,
			errno,
			message: `Cannot ${verb} ${file}: ${errno}.`,
		},
		{cause},
	);
};

const syncFolder = async (folder: string): Promise<void> => {
	const handle = await open(folder, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
};

/** Writes `data` in place of `file` with `mode` (default 0600): on disk for good when it resolves. */
export const writeFileAtomically = async (
	file: string,
	data: string | Uint8Array,
	{mode = 0o600, exclusive = false}: {readonly mode?: number; readonly exclusive?: boolean} = {},
): Promise<void> => {
	const folder = path.dirname(path.resolve(file));
	const temporary = path.join(folder, `.${path.basename(file)}.${randomBytes(6).toString('hex')}`);
	try {
		await mkdir(folder, {recursive: true});
		const handle = await open(temporary, 'wx', mode);
		try {
			await handle.writeFile(data);
			await handle.sync();
		} finally {
			await handle.close();
		}
		if (exclusive) {
			await link(temporary, file);
			await rm(temporary);
		} else await rename(temporary, file);
		await syncFolder(folder);
	} catch (cause) {
		await rm(temporary, {force: true});
		if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
			throw new NodeError(
				{code: 'FILE_EXISTS', file, message: `${file} exists already; it is not overwritten.`},
				{cause},
			);
		throw fileFailure(cause, file, 'write');
	}
};

/** The text of a file of at most `bytesMax` bytes. Throws FILE_NOT_FOUND, FILE_UNREADABLE, FILE_TOO_LONG. */
export const readBoundedFile = async (
	file: string,
	{bytesMax, ownerOnly = false}: {readonly bytesMax: number; readonly ownerOnly?: boolean},
): Promise<string> => {
	let handle: Awaited<ReturnType<typeof open>>;
	try {
		handle = await open(file, 'r');
	} catch (cause) {
		throw fileFailure(cause, file, 'read');
	}
	try {
		const {mode, size} = await handle.stat();
		if (ownerOnly && (mode & 0o077) !== 0)
			throw new NodeError({
				code: 'KEY_FILE_OPEN',
				file,
				mode: (mode & 0o777).toString(8),
				message: `Others may read the secret in ${file}: run "chmod 600 ${file}", and make a new one if somebody may have read it.`,
			});
		if (size > bytesMax)
			throw new NodeError({
				code: 'FILE_TOO_LONG',
				file,
				bytes: size,
				bytesMax,
				message: `${file} is ${size} bytes long; at most ${bytesMax} make sense.`,
			});
		return await handle.readFile('utf8');
	} catch (cause) {
		throw cause instanceof NodeError ? cause : fileFailure(cause, file, 'read');
	} finally {
		await handle.close();
	}
};
