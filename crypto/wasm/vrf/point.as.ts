/**
 * Points of edwards25519, by the complete formulas of Hisil, Wong, Carter and Dawson (2008), in the usual four forms:
 * extended X, Y, Z, T with x = X/Z, y = Y/Z, XY = ZT; projective, the same without T;
 * cached Y + X, Y - X, Z, 2dT, ready to be added; affine y + x, y - x, 2dxy, ready too, for fixed tables.
 * Every sum first stands "completed" in COMPLETED: x = X/Z, y = Y/T.
 */
import {TWICE_D} from './constants.as';
import {add, copy, multiply, negate, setSmall, square, subtract} from './field.as';
import {isZero} from './field-power.as';

export const POINT_BYTES: usize = 320;
export const AFFINE_BYTES: usize = 240;
export const Y: usize = 80;
export const Z: usize = 160;
export const T: usize = 240;

const COMPLETED: usize = memory.data(320);
const SCRATCH: usize = memory.data(80);

export function setIdentity(p: usize): void {
	memory.fill(p, 0, POINT_BYTES);
	setSmall(p + Y, 1);
	setSmall(p + Z, 1);
}

export function copyPoint(to: usize, from: usize): void {
	memory.copy(to, from, POINT_BYTES);
}

/** Extended in place. */
export function negatePoint(p: usize): void {
	negate(p, p);
	negate(p + T, p + T);
}

export function isIdentity(p: usize): bool {
	if (!isZero(p)) return false;
	subtract(SCRATCH, p + Y, p + Z);
	return isZero(SCRATCH);
}

/** COMPLETED = 2p; p projective. */
export function double(p: usize): void {
	square(COMPLETED, p);
	square(COMPLETED + Z, p + Y);
	square(COMPLETED + T, p + Z);
	add(COMPLETED + T, COMPLETED + T, COMPLETED + T);
	add(COMPLETED + Y, p, p + Y);
	square(SCRATCH, COMPLETED + Y);
	add(COMPLETED + Y, COMPLETED + Z, COMPLETED);
	subtract(COMPLETED + Z, COMPLETED + Z, COMPLETED);
	subtract(COMPLETED, SCRATCH, COMPLETED + Y);
	subtract(COMPLETED + T, COMPLETED + T, COMPLETED + Z);
}

/** What both additions end with: SCRATCH is 2 Z1 Z2; Z, Y and T of COMPLETED are the products of sums, of differences, and 2d T1 T2. */
function completeSum(minus: bool): void {
	subtract(COMPLETED, COMPLETED + Z, COMPLETED + Y);
	add(COMPLETED + Y, COMPLETED + Z, COMPLETED + Y);
	if (minus) {
		subtract(COMPLETED + Z, SCRATCH, COMPLETED + T);
		add(COMPLETED + T, SCRATCH, COMPLETED + T);
	} else {
		add(COMPLETED + Z, SCRATCH, COMPLETED + T);
		subtract(COMPLETED + T, SCRATCH, COMPLETED + T);
	}
}

/** COMPLETED = p + q, or p - q when `minus`; p extended, q cached. */
export function addCached(p: usize, q: usize, minus: bool): void {
	add(COMPLETED, p + Y, p);
	subtract(COMPLETED + Y, p + Y, p);
	multiply(COMPLETED + Z, COMPLETED, minus ? q + Y : q);
	multiply(COMPLETED + Y, COMPLETED + Y, minus ? q : q + Y);
	multiply(COMPLETED + T, q + T, p + T);
	multiply(SCRATCH, p + Z, q + Z);
	add(SCRATCH, SCRATCH, SCRATCH);
	completeSum(minus);
}

/** COMPLETED = p + q, or p - q when `minus`; p extended, q affine. */
export function addAffine(p: usize, q: usize, minus: bool): void {
	add(COMPLETED, p + Y, p);
	subtract(COMPLETED + Y, p + Y, p);
	multiply(COMPLETED + Z, COMPLETED, minus ? q + Y : q);
	multiply(COMPLETED + Y, COMPLETED + Y, minus ? q : q + Y);
	multiply(COMPLETED + T, q + Z, p + T);
	add(SCRATCH, p + Z, p + Z);
	completeSum(minus);
}

/** p = COMPLETED, without T. */
export function toProjective(p: usize): void {
	multiply(p, COMPLETED, COMPLETED + T);
	multiply(p + Y, COMPLETED + Y, COMPLETED + Z);
	multiply(p + Z, COMPLETED + Z, COMPLETED + T);
}

/** p = COMPLETED. */
export function toExtended(p: usize): void {
	toProjective(p);
	multiply(p + T, COMPLETED, COMPLETED + Y);
}

/** q cached = p extended. */
export function toCached(q: usize, p: usize): void {
	add(q, p + Y, p);
	subtract(q + Y, p + Y, p);
	copy(q + Z, p + Z);
	multiply(q + T, p + T, TWICE_D);
}

/** Gives a projective point its T by scaling: (X, Y, Z) -> (XZ, YZ, Z^2, XY). */
export function extend(p: usize): void {
	multiply(p + T, p, p + Y);
	multiply(p, p, p + Z);
	multiply(p + Y, p + Y, p + Z);
	square(p + Z, p + Z);
}

/** p = 8p; p projective before, extended after. */
export function multiplyByCofactor(p: usize): void {
	double(p);
	toProjective(p);
	double(p);
	toProjective(p);
	double(p);
	toExtended(p);
}
