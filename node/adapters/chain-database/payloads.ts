/** What stands inside frames, at fixed places: read back without a parser. */
import {concat, equalBytes, u32be, u64be} from '#kernel/bytes';
import {type GenesisHash, Hash32} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import type {BlockLink, ChainPlace, Selection, StoredBlock} from '#node/ports/chain-store';

const HASH_BYTES = 32;
const NO_HASH = new Uint8Array(HASH_BYTES);
const PLACE_BYTES = 8 + 8 + HASH_BYTES;
/** place | has a parent u8 | parent 32 */
export const LINK_BYTES: number = PLACE_BYTES + 1 + HASH_BYTES;
/** has a tip u8 | tip 32 | has an anchor u8 | place */
const SELECTION_BYTES = 1 + HASH_BYTES + 1 + PLACE_BYTES;

const flag = (is: boolean): Uint8Array => Uint8Array.of(is ? 1 : 0);

/** blockNo u64be | slot u64be | hash 32 */
export const encodePlace = ({blockNo, slot, hash}: ChainPlace): Uint8Array =>
	concat(u64be(blockNo), u64be(slot), hash);

/** Undefined when a number is none. */
export const decodePlace = (bytes: Uint8Array, offset = 0): ChainPlace | undefined => {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const blockNo = Number(view.getBigUint64(offset));
	const slot = Number(view.getBigUint64(offset + 8));
	if (!Number.isSafeInteger(blockNo) || !Number.isSafeInteger(slot)) return undefined;
	const hash = Hash32(bytes.slice(offset + 16, offset + 16 + HASH_BYTES));
	return {blockNo: BlockNo(blockNo), slot: Slot(slot), hash};
};

export const encodeBlock = (block: StoredBlock): readonly Uint8Array[] => [
	concat(encodePlace(block), flag(block.prevHash !== null), block.prevHash ?? NO_HASH),
	block.bytes,
];

export const decodeLink = (payload: Uint8Array): BlockLink | undefined => {
	if (payload.length < LINK_BYTES) return undefined;
	const place = decodePlace(payload);
	const prevHash = payload[PLACE_BYTES] === 0 ? null : Hash32(payload.slice(PLACE_BYTES + 1, LINK_BYTES));
	return place && {...place, prevHash};
};

export const decodeBlock = (payload: Uint8Array): StoredBlock | undefined => {
	const link = decodeLink(payload);
	return link && {...link, bytes: payload.slice(LINK_BYTES)};
};

export const encodeSelection = ({tip, anchor}: Selection): Uint8Array =>
	concat(
		flag(tip !== null),
		tip ?? NO_HASH,
		flag(anchor !== null),
		anchor === null ? new Uint8Array(PLACE_BYTES) : encodePlace(anchor),
	);

export const decodeSelection = (payload: Uint8Array): Selection | undefined => {
	if (payload.length !== SELECTION_BYTES) return undefined;
	const tip = payload[0] === 0 ? null : Hash32(payload.slice(1, 1 + HASH_BYTES));
	if (payload[1 + HASH_BYTES] === 0) return {tip, anchor: null};
	const anchor = decodePlace(payload, 2 + HASH_BYTES);
	return anchor && {tip, anchor};
};

/** The database's network and the version of its files. */
export type Meta = {readonly version: number; readonly genesisHash: Uint8Array};

export const encodeMeta = ({version, genesisHash}: {version: number; genesisHash: GenesisHash}): Uint8Array =>
	concat(u32be(version), genesisHash);

/** Of any version: what follows the network is the version's own. */
export const decodeMeta = (payload: Uint8Array): Meta | undefined =>
	payload.length < 4 + HASH_BYTES
		? undefined
		: {
				version: new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(0),
				genesisHash: payload.slice(4, 4 + HASH_BYTES),
			};

export const samePlace = (a: ChainPlace | undefined | null, b: ChainPlace | undefined | null): boolean =>
	a == null || b == null
		? (a ?? null) === (b ?? null)
		: a.blockNo === b.blockNo && equalBytes(a.hash, b.hash);
