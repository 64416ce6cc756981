/**
 * What is computed once a key: the table of -Y, and whether Y has a part outside the prime-order subgroup.
 * One key a slot, the slot by the key's first bytes: a chain's pools rarely meet, and a meeting costs only time (as
 * much again as the proof). The table is never larger; what no key uses is never touched and takes no memory.
 */
import {decodePoint, isCanonicalPoint} from './encoding.as';
import {fillTable, multiplyByOrder, TABLE_BYTES} from './multiples.as';
import {copyPoint, isIdentity, multiplyByCofactor, negatePoint, toCached} from './point.as';

/** Cardano has some three thousand pools, of which few make most blocks. A power of two, at most 2^16. */
const SLOTS: usize = 2048;

/** Layout of a slot: the key, a word (what is known), L times -Y in cached form, the table of -Y. */
const STATUS: usize = 32;
const ORDER_MULTIPLE: usize = 40;
const TABLE: usize = 360;
const SLOT_BYTES: usize = TABLE + TABLE_BYTES;
/** SLOTS slots of 2,920 bytes. */
const CACHE: usize = memory.data(5980160);

const EMPTY: u32 = 0;
const PRIME_ORDER: u32 = 1;
const WITH_TORSION: u32 = 2;

const KEY_POINT: usize = memory.data(320);
const MULTIPLE: usize = memory.data(320);

function fill(slot: usize, key: usize): bool {
	if (!isCanonicalPoint(key) || !decodePoint(KEY_POINT, key)) return false;
	copyPoint(MULTIPLE, KEY_POINT);
	multiplyByCofactor(MULTIPLE);
	if (isIdentity(MULTIPLE)) return false;
	negatePoint(KEY_POINT);
	fillTable(slot + TABLE, KEY_POINT);
	multiplyByOrder(MULTIPLE, slot + TABLE);
	toCached(slot + ORDER_MULTIPLE, MULTIPLE);
	store<u32>(slot + STATUS, isIdentity(MULTIPLE) ? PRIME_ORDER : WITH_TORSION);
	memory.copy(slot, key, 32);
	return true;
}

/** The slot that holds the key now, or 0 when it is no valid key: not canonical, on no point, or of small order. */
export function slotOfKey(key: usize): usize {
	const slot = CACHE + ((load<u16>(key) as usize) & (SLOTS - 1)) * SLOT_BYTES;
	if (load<u32>(slot + STATUS) != EMPTY && memory.compare(slot, key, 32) == 0) return slot;
	store<u32>(slot + STATUS, EMPTY);
	return fill(slot, key) ? slot : 0;
}

/** The table of -Y. */
export function tableOfKey(slot: usize): usize {
	return slot + TABLE;
}

export function hasTorsion(slot: usize): bool {
	return load<u32>(slot + STATUS) == WITH_TORSION;
}

/** L times -Y, cached form. */
export function orderMultipleOfKey(slot: usize): usize {
	return slot + ORDER_MULTIPLE;
}

/** Forgets all keys: to measure what they save. */
export function clearKeyCache(): void {
	for (let i: usize = 0; i < SLOTS; i++) store<u32>(CACHE + i * SLOT_BYTES + STATUS, EMPTY);
}
