/** Sums of multiples of points by Straus's method: doublings shared, odd multiples from tables, signed digits. */
import {TWICE_D} from './constants.as';
import {decodePoint} from './encoding.as';
import {add, multiply, subtract} from './field.as';
import {invert} from './field-power.as';
import {
	AFFINE_BYTES,
	addAffine,
	addCached,
	copyPoint,
	double,
	POINT_BYTES,
	setIdentity,
	toCached,
	toExtended,
	toProjective,
	Y,
	Z,
} from './point.as';
import {digitAt, ORDER, recode} from './scalar.as';

/** Odd multiples 1, 3 .. 15 of a point, cached form: for digits of width 5. */
const TABLE_WIDTH: i32 = 5;
const TABLE_ENTRIES: usize = 8;
export const TABLE_BYTES: usize = TABLE_ENTRIES * POINT_BYTES;

/** Odd multiples 1, 3 .. 127 of fixed points, affine form: for digits of width 8. */
const BASE_WIDTH: i32 = 8;
const BASE_ENTRIES: usize = 64;
const BASE_LOW: usize = memory.data(15360);
/** The same of 2^128 times the base point, for the upper half of a scalar. */
const BASE_HIGH: usize = memory.data(15360);
const BASE_Y: usize = memory.data<u64>([
	0x6666666666666658, 0x6666666666666666, 0x6666666666666666, 0x6666666666666666,
]);

const DIGITS_0: usize = memory.data(272);
const DIGITS_1: usize = memory.data(272);
const DIGITS_2: usize = memory.data(272);
const SUM: usize = memory.data(320);
const MULTIPLE: usize = memory.data(320);
const TWICE: usize = memory.data(320);
const TWICE_CACHED: usize = memory.data(320);
const INVERSE: usize = memory.data(80);
const X_AFFINE: usize = memory.data(80);
const Y_AFFINE: usize = memory.data(80);

/** MULTIPLE = p, TWICE_CACHED = 2p. */
function startTable(p: usize): void {
	copyPoint(MULTIPLE, p);
	double(p);
	toExtended(TWICE);
	toCached(TWICE_CACHED, TWICE);
}

function nextMultiple(): void {
	addCached(MULTIPLE, TWICE_CACHED, false);
	toExtended(MULTIPLE);
}

/** Fills a table for digits of width 5 of the extended point p. */
export function fillTable(table: usize, p: usize): void {
	startTable(p);
	toCached(table, MULTIPLE);
	for (let i: usize = 1; i < TABLE_ENTRIES; i++) {
		nextMultiple();
		toCached(table + i * POINT_BYTES, MULTIPLE);
	}
}

function fillBaseTable(table: usize, p: usize): void {
	startTable(p);
	for (let i: usize = 0; i < BASE_ENTRIES; i++) {
		const entry = table + i * AFFINE_BYTES;
		invert(INVERSE, MULTIPLE + Z);
		multiply(X_AFFINE, MULTIPLE, INVERSE);
		multiply(Y_AFFINE, MULTIPLE + Y, INVERSE);
		add(entry, Y_AFFINE, X_AFFINE);
		subtract(entry + Y, Y_AFFINE, X_AFFINE);
		multiply(entry + Z, X_AFFINE, Y_AFFINE);
		multiply(entry + Z, entry + Z, TWICE_D);
		nextMultiple();
	}
}

/** Needs the constants. */
export function initBaseTables(): void {
	decodePoint(SUM, BASE_Y);
	fillBaseTable(BASE_LOW, SUM);
	for (let i = 0; i < 128; i++) {
		double(SUM);
		toExtended(SUM);
	}
	fillBaseTable(BASE_HIGH, SUM);
}

/** The table's entry for a digit: its odd size over two. */
function entryOf(table: usize, entryBytes: usize, digit: i32): usize {
	return table + (((digit < 0 ? -digit : digit) >> 1) as usize) * entryBytes;
}

/** p += digit times the point of the table; COMPLETED holds p before and after. */
function addMultiple(p: usize, table: usize, digit: i32): void {
	if (digit == 0) return;
	toExtended(p);
	addCached(p, entryOf(table, POINT_BYTES, digit), digit < 0);
}

function addBaseMultiple(p: usize, table: usize, digit: i32): void {
	if (digit == 0) return;
	toExtended(p);
	addAffine(p, entryOf(table, AFFINE_BYTES, digit), digit < 0);
}

/** result = s B + c Q, projective: s of 32 bytes, c of 16, `table` that of Q. */
export function multiplyBaseAndShort(result: usize, s: usize, c: usize, table: usize): void {
	recode(DIGITS_0, s, 16, BASE_WIDTH);
	recode(DIGITS_1, s + 16, 16, BASE_WIDTH);
	recode(DIGITS_2, c, 16, TABLE_WIDTH);
	setIdentity(result);
	for (let at = 128; at >= 0; at--) {
		double(result);
		addBaseMultiple(result, BASE_LOW, digitAt(DIGITS_0, at));
		addBaseMultiple(result, BASE_HIGH, digitAt(DIGITS_1, at));
		addMultiple(result, table, digitAt(DIGITS_2, at));
		toProjective(result);
	}
}

/** result = s P + t Q, projective: s and t of 32 bytes, the tables those of P and Q. */
export function multiplyTwo(result: usize, s: usize, tableP: usize, t: usize, tableQ: usize): void {
	recode(DIGITS_0, s, 32, TABLE_WIDTH);
	recode(DIGITS_1, t, 32, TABLE_WIDTH);
	setIdentity(result);
	for (let at = 256; at >= 0; at--) {
		double(result);
		addMultiple(result, tableP, digitAt(DIGITS_0, at));
		addMultiple(result, tableQ, digitAt(DIGITS_1, at));
		toProjective(result);
	}
}

/** result = L P, extended: the identity, unless P has a part outside the prime-order subgroup. */
export function multiplyByOrder(result: usize, table: usize): void {
	recode(DIGITS_0, ORDER, 32, TABLE_WIDTH);
	setIdentity(result);
	for (let at = 256; at >= 0; at--) {
		double(result);
		addMultiple(result, table, digitAt(DIGITS_0, at));
		if (at == 0) toExtended(result);
		else toProjective(result);
	}
}
