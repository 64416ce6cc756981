import {mkdir, open, readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {concat, toHex, u32be} from '#kernel/bytes';
import {encodeUtf8} from '#kernel/utf8';
import type {UploadJournal} from '#node/ports/upload-journal';
import {fileFailure} from './private-file.ts';

const LENGTH_BYTES = 4;
/** A segment's record: at most 256 pieces. */
const RECORD_BYTES_MAX = 2 ** 20;

/** Whole records, and how long they are together; what a crash has cut comes after them. */
const recordsIn = (bytes: Uint8Array): {readonly records: readonly Uint8Array[]; readonly end: number} => {
	const records: Uint8Array[] = [];
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	let end = 0;
	while (end + LENGTH_BYTES <= bytes.length) {
		const length = view.getUint32(end);
		const next = end + LENGTH_BYTES + length;
		if (length > RECORD_BYTES_MAX || next > bytes.length) break;
		records.push(bytes.subarray(end + LENGTH_BYTES, next));
		end = next;
	}
	return {records, end};
};

const readIfThere = async (file: string): Promise<Uint8Array> => {
	try {
		return new Uint8Array(await readFile(file));
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return new Uint8Array(0);
		throw fileFailure(cause, file, 'read');
	}
};

/** One file for each upload, readable by the owner only: length u32be | record, again and again. `nameOf` gives file names. */
export const createFileUploadJournal = (
	folder: string,
	nameOf: (name: Uint8Array) => Uint8Array,
): UploadJournal => {
	/** Where whole records end, of files that this process has looked at. */
	const ends = new Map<string, number>();
	const pathOf = (name: string): string => path.join(folder, `${toHex(nameOf(encodeUtf8(name)))}.upload`);
	const endOf = async (file: string): Promise<number> =>
		ends.get(file) ?? recordsIn(await readIfThere(file)).end;
	return {
		load: async name => {
			const file = pathOf(name);
			const {records, end} = recordsIn(await readIfThere(file));
			ends.set(file, end);
			return records;
		},
		append: async (name, record) => {
			const file = pathOf(name);
			try {
				await mkdir(folder, {recursive: true, mode: 0o700});
				const end = await endOf(file);
				const handle = await open(file, end === 0 ? 'w' : 'r+', 0o600);
				try {
					const framed = concat(u32be(record.length), record);
					// What a crash has cut is written over, and what may be left of it is taken away.
					await handle.write(framed, 0, framed.length, end);
					await handle.truncate(end + framed.length);
					await handle.datasync();
					ends.set(file, end + framed.length);
				} finally {
					await handle.close();
				}
			} catch (cause) {
				ends.delete(file);
				throw fileFailure(cause, file, 'write');
			}
		},
		remove: async name => {
			ends.delete(pathOf(name));
			await rm(pathOf(name), {force: true});
		},
	};
};
