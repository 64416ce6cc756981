import {crc32} from 'node:zlib';
import {concat, fromHex, toHex, u32be} from '#kernel/bytes';
import {bool, bytesBetween, type Codec, decodeOwn, encode, list, record} from '#kernel/cbor/codec';
import {NodeError} from '#kernel/node-error';
import type {IndexChange, IndexDatabase} from '#node/adapters/piece-log/index-database';
import type {FileSystem, OpenFile} from '#node/ports/file-system';

const LONG = 2 ** 24;

type Line = {readonly isPut: boolean; readonly key: Uint8Array; readonly value: Uint8Array};

const linesCodec: Codec<readonly Line[]> = list(
	record({isPut: bool, key: bytesBetween(0, LONG), value: bytesBetween(0, LONG)}),
	LONG,
);

const NOTHING = new Uint8Array(0);

const frameOf = (changes: readonly IndexChange[]): Uint8Array => {
	const lines = changes.map(change => ({
		isPut: change.type === 'put',
		key: change.key,
		value: change.type === 'put' ? change.value : NOTHING,
	}));
	const body = encode(linesCodec, lines);
	return concat(u32be(body.length), u32be(crc32(body)), body);
};

/** The batches of a journal up to the first that is torn, and where that one begins. */
const replay = (
	journal: Uint8Array,
): {readonly batches: readonly (readonly Line[])[]; readonly end: number} => {
	const view = new DataView(journal.buffer, journal.byteOffset, journal.length);
	const batches: (readonly Line[])[] = [];
	let at = 0;
	while (at + 8 <= journal.length) {
		const body = journal.subarray(at + 8, at + 8 + view.getUint32(at));
		if (body.length !== view.getUint32(at) || body.length === 0) break;
		if (crc32(body) !== view.getUint32(at + 4)) break;
		batches.push(decodeOwn(linesCodec, body));
		at += 8 + body.length;
	}
	return {batches, end: at};
};

/**
 * An index that keeps what LevelDB promises, on a disk that can be made to fail: a journal of batches, each whole or not
 * there, the last ones lost first.
 */
export const journalIndexOn =
	(fileSystem: FileSystem) =>
	async (folder: string): Promise<IndexDatabase> => {
		await fileSystem.makeFolder(folder);
		const name = `${folder}/journal`;
		const isThere = (await fileSystem.list(folder)).includes('journal');
		const file: OpenFile = isThere ? await fileSystem.open(name) : await fileSystem.create(name);
		if (!isThere) await fileSystem.syncFolder(folder);
		const rows = new Map<string, Uint8Array>();
		const apply = (lines: readonly Line[]): void => {
			for (const {isPut, key, value} of lines)
				if (isPut) rows.set(toHex(key), value);
				else rows.delete(toHex(key));
		};
		const {batches, end: good} = replay(await file.read(0, await file.size()));
		let end = good;
		for (const lines of batches) apply(lines);
		// As LevelDB, which writes what it recovers into a table of its own: what was read here once is not lost later.
		if (batches.length > 0) await file.sync();
		/** As LevelDB, which takes no more batches when one could not be synced; a restart may find it or not. */
		let isBroken = false;
		return {
			get: async key => rows.get(toHex(key)),
			batch: async (changes, {sync} = {sync: false}) => {
				if (isBroken) throw new NodeError({code: 'STORE_FAILED'});
				const frame = frameOf(changes);
				if ((await file.size()) > end) await file.truncate(end);
				await file.append([frame]);
				end += frame.length;
				try {
					if (sync) await file.sync();
				} catch (error) {
					isBroken = true;
					throw error;
				}
				apply(decodeOwn(linesCodec, frame.subarray(8)));
			},
			entries: async function* ({gte, lt}) {
				const [from, until] = [toHex(gte), toHex(lt)];
				const found = [...rows].filter(([key]) => key >= from && key < until);
				for (const [key, value] of found.sort(([a], [b]) => (a < b ? -1 : 1)))
					yield [fromHex(key), value] as const;
			},
			close: () => file.close(),
		};
	};
