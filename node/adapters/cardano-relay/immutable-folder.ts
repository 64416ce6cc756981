/**
 * cardano-node's immutable database: chunk files with consecutive `[era, block]` items. Its index files are not needed: where
 * blocks begin and end is in their CBOR, and what they are is in their hashes (ouroboros-consensus, ImmutableDB).
 */
import {open, readdir} from 'node:fs/promises';
import path from 'node:path';
import {itemAt} from '#consensus/cardano/cardano-block';
import {NodeError} from '#kernel/node-error';
import {fileFailure} from '../private-file.ts';

const CHUNK = /^(\d{5,})\.chunk$/;
/** Far above any chunk: an epoch's blocks in Byron, a fiftieth of one since. */
const CHUNK_BYTES_MAX = 1_073_741_824;

export type ImmutableBlock = {readonly bytes: Uint8Array; readonly file: string; readonly offset: number};

const chunkNames = async (folder: string): Promise<readonly string[]> => {
	try {
		const names = (await readdir(folder)).filter(name => CHUNK.test(name));
		return names.sort((a, b) => Number(CHUNK.exec(a)?.[1]) - Number(CHUNK.exec(b)?.[1]));
	} catch (cause) {
		throw fileFailure(cause, folder, 'read');
	}
};

const readChunk = async (file: string): Promise<Uint8Array> => {
	try {
		const handle = await open(file, 'r');
		try {
			const {size} = await handle.stat();
			if (size > CHUNK_BYTES_MAX)
				throw new NodeError({code: 'FILE_TOO_LONG', file, message: `${file} is too long for a chunk.`});
			return new Uint8Array(await handle.readFile());
		} finally {
			await handle.close();
		}
	} catch (cause) {
		throw cause instanceof NodeError ? cause : fileFailure(cause, file, 'read');
	}
};

/**
 * Blocks from the chunk on in which slot `fromSlot` may lie, in order. A node that runs may be writing the last one: what is cut off
 * there is left. Throws FILE_… and CARDANO_CHUNK_DAMAGED.
 */
export async function* readImmutableFolder(
	folder: string,
	{slotsPerChunk, fromSlot}: {readonly slotsPerChunk: number; readonly fromSlot: number},
): AsyncGenerator<ImmutableBlock> {
	const names = await chunkNames(folder);
	const wanted = names.filter(
		(name, index) =>
			// Byron's chunks hold more time than Shelley's, so that a number is a bound from one side only.
			index === names.length - 1 || (Number(CHUNK.exec(name)?.[1]) + 1) * slotsPerChunk > fromSlot,
	);
	for (const name of wanted) {
		const file = path.join(folder, name);
		const bytes = await readChunk(file);
		for (let offset = 0; offset < bytes.length; ) {
			const item = itemAt(bytes, offset);
			if (item === undefined) {
				if (name === names.at(-1)) return;
				throw new NodeError({
					code: 'CARDANO_CHUNK_DAMAGED',
					file,
					offset,
					message: `${file} is damaged at byte ${offset}: let cardano-node mend it first.`,
				});
			}
			yield {bytes: item, file, offset};
			offset += item.length;
		}
	}
}
