/** Points to and from their 32 bytes (RFC 8032, 5.1.2 and 5.1.3), with libsodium's choices where decoders differ. */
import {D, ONE, ROOT} from './constants.as';
import {add, fromBytes, multiply, negate, setSmall, square, subtract, toBytes} from './field.as';
import {isOdd, isZero, powerP58} from './field-power.as';
import {T, Y, Z} from './point.as';

/** What `squareRootOfRatio` found: which fourth root of unity its result is short of. */
export const ROOT_EXACT: i32 = 0;
export const ROOT_OF_MINUS: i32 = 1;
export const ROOT_OF_I: i32 = 2;
export const ROOT_OF_MINUS_I: i32 = 3;

const V3: usize = memory.data(80);
const CHECK: usize = memory.data(80);
const DIFFERENCE: usize = memory.data(80);
const NUMERATOR: usize = memory.data(80);
const DENOMINATOR: usize = memory.data(80);
const X_AFFINE: usize = memory.data(80);
const Y_AFFINE: usize = memory.data(80);

/** root = u v^3 (u v^7)^((p - 5)/8), so that v root^2 is u, -u, iu or -iu: the answer says which. */
export function squareRootOfRatio(root: usize, u: usize, v: usize): i32 {
	square(V3, v);
	multiply(V3, V3, v);
	square(CHECK, V3);
	multiply(CHECK, CHECK, v);
	multiply(CHECK, CHECK, u);
	powerP58(CHECK, CHECK);
	multiply(CHECK, CHECK, V3);
	multiply(root, CHECK, u);
	square(CHECK, root);
	multiply(CHECK, CHECK, v);
	subtract(DIFFERENCE, CHECK, u);
	if (isZero(DIFFERENCE)) return ROOT_EXACT;
	add(DIFFERENCE, CHECK, u);
	if (isZero(DIFFERENCE)) return ROOT_OF_MINUS;
	multiply(DIFFERENCE, u, ROOT);
	subtract(DIFFERENCE, CHECK, DIFFERENCE);
	return isZero(DIFFERENCE) ? ROOT_OF_I : ROOT_OF_MINUS_I;
}

/** Whether y, without the sign bit, is below the prime. */
export function isCanonicalPoint(bytes: usize): bool {
	if ((load<u64>(bytes, 24) & 0x7fffffffffffffff) != 0x7fffffffffffffff) return true;
	if ((load<u64>(bytes, 8) & load<u64>(bytes, 16)) != 0xffffffffffffffff) return true;
	return load<u64>(bytes) < 0xffffffffffffffed;
}

/**
 * The extended point of 32 bytes, false when y is on no point. Neither asks for a canonical y nor refuses
 * a sign bit on x = 0: libsodium does not, and both are checked or harmless where this is used.
 */
export function decodePoint(p: usize, bytes: usize): bool {
	fromBytes(p + Y, bytes);
	setSmall(p + Z, 1);
	square(NUMERATOR, p + Y);
	multiply(DENOMINATOR, NUMERATOR, D);
	subtract(NUMERATOR, NUMERATOR, ONE);
	add(DENOMINATOR, DENOMINATOR, ONE);
	const kind = squareRootOfRatio(p, NUMERATOR, DENOMINATOR);
	if (kind >= ROOT_OF_I) return false;
	if (kind == ROOT_OF_MINUS) multiply(p, p, ROOT);
	const negative = load<u8>(bytes, 31) >> 7 != 0;
	if (isOdd(p) != negative) negate(p, p);
	multiply(p + T, p, p + Y);
	return true;
}

/** The 32 bytes of a projective point, given 1/Z. */
export function encodePoint(bytes: usize, p: usize, inverseZ: usize): void {
	multiply(X_AFFINE, p, inverseZ);
	multiply(Y_AFFINE, p + Y, inverseZ);
	toBytes(bytes, Y_AFFINE);
	if (isOdd(X_AFFINE)) store<u8>(bytes, load<u8>(bytes, 31) | 0x80, 31);
}
