/** Many objects into one folder, each below it under its own name: what cannot be brought leaves the others alone. */
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {NodeError} from '#kernel/node-error';
import {openFileSink} from '#node/adapters/byte-files';
import {fileFailure} from '#node/adapters/private-file';
import type {ByteSink} from '#node/ports/byte-file';

/** Where an object goes below a folder. Throws OBJECT_NAME_UNSAFE for names that lead out of it. */
export const pathBelow = (folder: string, bucket: string, name: string): string => {
	const base = path.resolve(folder, bucket);
	const target = path.resolve(base, name);
	if (target.startsWith(`${base}${path.sep}`) && !name.includes('\0') && !name.endsWith('/')) return target;
	throw new NodeError({
		code: 'OBJECT_NAME_UNSAFE',
		message: `"${name}" is no name of a file: fetch it by itself, to a name of your choice.`,
		bucket,
		name,
	});
};

export type Missed = {readonly bucket: string; readonly name: string; readonly code: string};

/** With those nothing else would come either. */
const ENDS_ALL: readonly string[] = ['STORE_DISK_FULL', 'INTERRUPTED'];

const sinkBelow = async (folder: string, bucket: string, name: string): Promise<[ByteSink, string]> => {
	const target = pathBelow(folder, bucket, name);
	await mkdir(path.dirname(target), {recursive: true}).catch(cause => {
		throw fileFailure(cause, path.dirname(target), 'write');
	});
	return [await openFileSink(target), target];
};

/** Fetches one after the other; says which did not come, and why. */
export const fetchEach = async <T>(
	{
		folder,
		bucket,
		names,
	}: {readonly folder: string; readonly bucket: string; readonly names: readonly string[]},
	get: (name: string, sink: ByteSink, target: string) => Promise<T>,
	signal: AbortSignal,
): Promise<{readonly got: readonly T[]; readonly missed: readonly Missed[]}> => {
	const got: T[] = [];
	const missed: Missed[] = [];
	for (const name of names) {
		signal.throwIfAborted();
		try {
			const [sink, target] = await sinkBelow(folder, bucket, name);
			got.push(await get(name, sink, target));
		} catch (error) {
			if (!(error instanceof NodeError) || ENDS_ALL.includes(error.code)) throw error;
			missed.push({bucket, name, code: error.code});
		}
	}
	return {got, missed};
};

/** Throws FETCH_INCOMPLETE when there is something that did not come. */
export const checkMissed = (missed: readonly Missed[], got: number): void => {
	if (missed.length === 0) return;
	const few = missed.slice(0, 3).map(({name, code}) => `"${name}" (${code})`);
	throw new NodeError({
		code: 'FETCH_INCOMPLETE',
		message: `${got} files came, ${missed.length} did not: ${few.join(', ')}${missed.length > few.length ? ', …' : ''}. Fetch those one by one, to names of your choice.`,
		got,
		missed,
	});
};
