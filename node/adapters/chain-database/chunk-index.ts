/** Where the blocks of a chunk are: one entry of a fixed length for each, each with its checksum. Made again by a scan. */
import {crc32} from 'node:zlib';
import {u32be, u64be} from '#kernel/bytes';
import {Hash32, type HeaderHash} from '#kernel/hash';
import {type BlockNo, Slot} from '#kernel/slot';

/** offset u32be | length u32be | slot u64be | hash 32 | CRC-32 of all before and of the block number */
export const ENTRY_BYTES = 52;
const CHECKED_BYTES = ENTRY_BYTES - 4;

export type ChunkEntry = {
	readonly offset: number;
	/** Of the frame. */
	readonly length: number;
	readonly slot: Slot;
	readonly hash: HeaderHash;
};

const checksum = (entry: Uint8Array, blockNo: number): number =>
	crc32(u64be(blockNo), crc32(entry.subarray(0, CHECKED_BYTES)));

export const encodeEntry = ({offset, length, slot, hash}: ChunkEntry, blockNo: BlockNo): Uint8Array => {
	const bytes = new Uint8Array(ENTRY_BYTES);
	bytes.set(u32be(offset), 0);
	bytes.set(u32be(length), 4);
	bytes.set(u64be(slot), 8);
	bytes.set(hash, 16);
	bytes.set(u32be(checksum(bytes, blockNo)), CHECKED_BYTES);
	return bytes;
};

/** Entry number `index` of a chunk that begins with block `first`; undefined when it is missing or damaged. */
export const decodeEntry = (bytes: Uint8Array, first: number, index: number): ChunkEntry | undefined => {
	const entry = bytes.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES);
	if (index < 0 || entry.length !== ENTRY_BYTES) return undefined;
	const view = new DataView(entry.buffer, entry.byteOffset, entry.length);
	if (view.getUint32(CHECKED_BYTES) !== checksum(entry, first + index)) return undefined;
	return {
		offset: view.getUint32(0),
		length: view.getUint32(4),
		slot: Slot(Number(view.getBigUint64(8))),
		hash: Hash32(entry.slice(16, 48)),
	};
};

/** How many entries from the first on are good. */
export const goodEntries = (bytes: Uint8Array, first: number): number => {
	let count = 0;
	while (decodeEntry(bytes, first, count) !== undefined) count++;
	return count;
};
