/** Files that only their owner may read, written so that a crash leaves the old or the new file, never half of one. */
import {randomBytes} from 'node:crypto';
import {type FileHandle, link, lstat, mkdir, open, rename, rm, stat} from 'node:fs/promises';
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

export const notAFile = (file: string): NodeError =>
	new NodeError({code: 'FILE_NOT_A_FILE', file, message: `${file} is not a file.`});

/** As much of a name as leaves room for what is put around it: a name has 255 bytes on most disks. */
const NAME_PART_BYTES = 200;

/** A hidden name in the same folder, for what is to become the file. */
export const hiddenBeside = (file: string, suffix: string): string => {
	const name = Buffer.from(path.basename(file)).subarray(0, NAME_PART_BYTES).toString('utf8');
	return path.join(path.dirname(path.resolve(file)), `.${name.replace(/\ufffd+$/u, '')}.${suffix}`);
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
	await checkTarget(file);
	const folder = path.dirname(path.resolve(file));
	const temporary = hiddenBeside(file, randomBytes(6).toString('hex'));
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

/** Where the system keeps what the shell has opened for us, such as the pipe of `<(…)`: those have a writer. */
const OPENED_FOR_US = /^\/(?:dev|proc)\//;

/**
 * What is renamed into place would take the place of a device or a pipe, too, and of a folder only fail to when all is done.
 * Throws FILE_NOT_A_FILE.
 */
export const checkTarget = async (file: string): Promise<void> => {
	const found = await lstat(file).catch(() => undefined);
	if (found === undefined || found.isFile()) return;
	const isLink = found.isSymbolicLink() && !OPENED_FOR_US.test(path.resolve(file));
	const behind = isLink ? await stat(file).catch(() => undefined) : found;
	if (behind !== undefined && !behind.isFile()) throw notAFile(file);
};

/** A pipe that nobody writes to would be waited for, where no signal reaches. */
const openToRead = async (file: string): Promise<FileHandle> => {
	try {
		const stats = await stat(file);
		if (!stats.isFile() && !OPENED_FOR_US.test(file)) throw notAFile(file);
		return await open(file, 'r');
	} catch (cause) {
		throw cause instanceof NodeError ? cause : fileFailure(cause, file, 'read');
	}
};

const ROOM_BYTES = 65_536;

/** All of it, or one byte more than `bytesMax`: devices and pipes do not say how much there is. */
const readUpTo = async (handle: FileHandle, size: number, bytesMax: number): Promise<Uint8Array> => {
	let buffer = new Uint8Array(Math.min(Math.max(size, ROOM_BYTES), bytesMax) + 1);
	for (let filled = 0; ; ) {
		const {bytesRead} = await handle.read(buffer, filled, buffer.length - filled);
		filled += bytesRead;
		if (bytesRead === 0 || filled > bytesMax) return buffer.subarray(0, filled);
		if (filled < buffer.length) continue;
		const larger = new Uint8Array(Math.min(2 * buffer.length, bytesMax + 1));
		larger.set(buffer);
		buffer = larger;
	}
};

type Bounds = {readonly bytesMax: number; readonly ownerOnly?: boolean};

/** A file of at most `bytesMax` bytes. Throws FILE_NOT_FOUND, FILE_NOT_A_FILE, FILE_UNREADABLE, FILE_TOO_LONG. */
export const readBoundedBytes = async (
	file: string,
	{bytesMax, ownerOnly = false}: Bounds,
): Promise<Uint8Array> => {
	const handle = await openToRead(file);
	const tooLong = (bytes: number): NodeError =>
		new NodeError({
			code: 'FILE_TOO_LONG',
			file,
			bytes,
			bytesMax,
			message: `${file} is ${bytes} bytes long or longer; at most ${bytesMax} make sense.`,
		});
	try {
		const {mode, size} = await handle.stat();
		if (ownerOnly && (mode & 0o077) !== 0)
			throw new NodeError({
				code: 'KEY_FILE_OPEN',
				file,
				mode: (mode & 0o777).toString(8),
				message: `Others may read the secret in ${file}: run "chmod 600 ${file}", and make a new one if somebody may have read it.`,
			});
		if (size > bytesMax) throw tooLong(size);
		const bytes = await readUpTo(handle, size, bytesMax);
		if (bytes.length > bytesMax) throw tooLong(bytes.length);
		return bytes;
	} catch (cause) {
		throw cause instanceof NodeError ? cause : fileFailure(cause, file, 'read');
	} finally {
		await handle.close();
	}
};

/** The same as text. */
export const readBoundedFile = async (file: string, bounds: Bounds): Promise<string> =>
	new TextDecoder('utf-8', {ignoreBOM: true}).decode(await readBoundedBytes(file, bounds));
