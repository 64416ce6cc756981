/** The index of a data folder in LevelDB. A cache: one that does not open is made anew. */
import {rm} from 'node:fs/promises';
import {Level} from 'level';
import {toHex} from '#kernel/bytes';
import {bytes, type Codec, decodeOwn, encode, list, record, text, uint} from '#kernel/cbor/codec';
import type {HeaderHash, TxId} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {BlockNo, type Slot} from '#kernel/slot';
import type {AccountEntry, ChainIndex, IndexedBlock} from '#node/ports/chain-index';
import type {ChainPlace} from '#node/ports/chain-store';
import {storeFailure} from './store-failure.ts';

const hash = bytes<HeaderHash>(32);
const slot = uint<Slot>();
const placeRecord: Codec<ChainPlace> = record({hash, slot, blockNo: uint<BlockNo>()});
const entryRecord: Codec<{readonly hash: HeaderHash; readonly slot: Slot; readonly entry: string}> = record({
	hash,
	slot,
	entry: text(1024 * 1024),
});
const eventsRecord: Codec<readonly string[]> = list(text(1024 * 1024), 1_000_000);

// Keys. Block numbers are fixed-width hex, so that their order is the order of keys.
const number = (blockNo: number): string => blockNo.toString(16).padStart(14, '0');
const blockKey = (of: HeaderHash): string => `block!${toHex(of)}`;
const eventsKey = (of: HeaderHash): string => `events!${toHex(of)}`;
const txKey = (txId: TxId): string => `tx!${toHex(txId)}`;
const entryKey = (account: string, blockNo: number): string => `entry!${account}!${number(blockNo)}`;
const INDEXED_TO = 'meta!indexedTo';
/** Sorts after every key with the prefix. */
const after = (prefix: string): string => `${prefix}\uffff`;

/** Blocks that wait to be written; beyond it whoever adds waits with them. */
const WAITING_MAX = 4096;
/** Blocks written at once. */
const BATCH_BLOCKS = 256;

type Operation = {readonly type: 'put'; readonly key: string; readonly value: Uint8Array};
const put = (key: string, value: Uint8Array): Operation => ({type: 'put', key, value});

const operationsOf = (block: IndexedBlock): readonly Operation[] => {
	const {hash, blockNo, slot, txIds, accountEntries, events} = block;
	const place = encode(placeRecord, {hash, slot, blockNo});
	return [
		put(blockKey(hash), place),
		...txIds.map(txId => put(txKey(txId), place)),
		...accountEntries.map(([account, entry]) =>
			put(entryKey(account, blockNo), encode(entryRecord, {hash, slot, entry})),
		),
		...(events.length === 0 ? [] : [put(eventsKey(hash), encode(eventsRecord, events))]),
	];
};

/** What LevelDB returns is a Buffer, whose `slice` would not copy. */
const stored = <T>(codec: Codec<T>, {buffer, byteOffset, length}: Uint8Array): T =>
	decodeOwn(codec, new Uint8Array(buffer, byteOffset, length));

type IndexLevel = Level<string, Uint8Array>;

const openLevel = async (folder: string): Promise<IndexLevel> => {
	const level = new Level<string, Uint8Array>(folder, {
		keyEncoding: 'utf8',
		valueEncoding: 'view',
		cacheSize: 4 * 1024 * 1024,
		writeBufferSize: 2 * 1024 * 1024,
	});
	await level.open();
	// A database that opens and whose contents do not is found out here.
	await level.get(INDEXED_TO);
	return level;
};

/** Writes in the background, in the order of adding. */
class IndexWriter {
	readonly #level: IndexLevel;
	readonly #folder: string;
	#waiting: IndexedBlock[] = [];
	#writing: Promise<void> | undefined;
	#failure: Error | undefined;

	constructor(level: IndexLevel, folder: string) {
		this.#level = level;
		this.#folder = folder;
	}

	async add(blocks: readonly IndexedBlock[]): Promise<void> {
		if (this.#failure !== undefined) throw this.#failure;
		this.#waiting.push(...blocks);
		this.#writing ??= this.#writeAll();
		if (this.#waiting.length > WAITING_MAX) await this.written();
	}

	async written(): Promise<void> {
		while (this.#writing !== undefined) await this.#writing;
		if (this.#failure !== undefined) throw this.#failure;
	}

	/** LevelDB's log is written in order: what is before a synced entry is on the disk too. */
	async settle(): Promise<void> {
		await this.written();
		const last = await this.#level.get(INDEXED_TO);
		if (last !== undefined) await this.#level.put(INDEXED_TO, last, {sync: true});
	}

	/** Ends in the same turn in which it finds nothing left, so that nothing is added to a loop that has ended. */
	async #writeAll(): Promise<void> {
		await Promise.resolve();
		try {
			while (this.#waiting.length > 0) {
				const batch = this.#waiting.splice(0, BATCH_BLOCKS);
				const {hash, blockNo, slot} = batch.at(-1) as IndexedBlock;
				await this.#level.batch([
					...batch.flatMap(operationsOf),
					put(INDEXED_TO, encode(placeRecord, {hash, blockNo, slot})),
				]);
			}
		} catch (error) {
			this.#failure = storeFailure(error, this.#folder);
			this.#waiting = [];
		}
		this.#writing = undefined;
	}
}

const opened = async (folder: string): Promise<IndexLevel> => {
	try {
		return await openLevel(folder);
	} catch (cause) {
		const failure = storeFailure(cause, folder);
		if (failure instanceof NodeError && failure.code !== 'STORE_CORRUPT') throw failure;
		await rm(folder, {recursive: true, force: true});
		return openLevel(folder);
	}
};

/** Throws STORE_DISK_FULL, STORE_FAILED; a damaged index is an empty one. */
export const openLevelChainIndex = async (folder: string): Promise<ChainIndex> => {
	const guard = async <T>(work: () => Promise<T>): Promise<T> => {
		try {
			return await work();
		} catch (cause) {
			throw storeFailure(cause, folder);
		}
	};
	const level = await guard(() => opened(folder));
	const writer = new IndexWriter(level, folder);
	const read = <T>(key: string, codec: Codec<T>): Promise<T | undefined> =>
		guard(async () => {
			await writer.written();
			const value = await level.get(key);
			return value === undefined ? undefined : stored(codec, value);
		});
	async function* accountEntries(
		account: string,
		{before}: {readonly before?: BlockNo},
	): AsyncGenerator<AccountEntry, void, undefined> {
		await writer.written();
		const lt = before === undefined ? after(`entry!${account}!`) : entryKey(account, before);
		for await (const [key, value] of level.iterator({gt: `entry!${account}!`, lt, reverse: true})) {
			const {hash, slot, entry} = stored(entryRecord, value);
			yield {hash, slot, entry, blockNo: BlockNo(Number.parseInt(key.slice(-14), 16))};
		}
	}
	return {
		add: blocks => writer.add(blocks),
		indexedTo: () => read(INDEXED_TO, placeRecord),
		settle: () => guard(() => writer.settle()),
		find: of => read(blockKey(of), placeRecord),
		transaction: txId => read(txKey(txId), placeRecord),
		accountEntries,
		events: async of => (await read(eventsKey(of), eventsRecord)) ?? [],
		close: () =>
			guard(async () => {
				// What could not be written is worked out again the next time.
				await writer.written().catch(() => undefined);
				await level.close();
			}),
	};
};
