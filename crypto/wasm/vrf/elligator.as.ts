/**
 * Elligator 2 as the draft's ciphersuite uses it: 32 bytes to a point of the prime-order subgroup.
 *
 * With d = 1 + 2r^2 the Montgomery candidate is x = -A/d, whose curve value is N/d^3 for
 * N = -A (d^2 - 2 A^2 r^2); the other candidate is -x - A = -2 A r^2 / d, with 2r^2 times the value.
 * The Edwards x is sqrt(-(A + 2)) x/y, so its square is u/N for u = -(A + 2) A^2 d, or 2r^2 u/N:
 * one root of a ratio settles which candidate it is and gives the x coordinate too.
 */
import {A_SQUARED, MINUS_A, ONE, ONE_MINUS_ROOT, ONE_PLUS_ROOT, ROOT, SCALED_A_SQUARED} from './constants.as';
import {ROOT_OF_I, ROOT_OF_MINUS, squareRootOfRatio} from './encoding.as';
import {add, copy, fromBytes, multiply, negate, square, subtract} from './field.as';
import {isOdd} from './field-power.as';
import {multiplyByCofactor, Y, Z} from './point.as';

const R: usize = memory.data(80);
const TWICE_R2: usize = memory.data(80);
const DENOMINATOR: usize = memory.data(80);
const N: usize = memory.data(80);
const U: usize = memory.data(80);
const MONTGOMERY: usize = memory.data(80);
const X_EDWARDS: usize = memory.data(80);

/** p extended from 32 bytes whose top bit is clear; x is taken even, then the cofactor is cleared. */
export function hashToPoint(p: usize, bytes: usize): void {
	fromBytes(R, bytes);
	square(TWICE_R2, R);
	add(TWICE_R2, TWICE_R2, TWICE_R2);
	add(DENOMINATOR, TWICE_R2, ONE);
	square(N, DENOMINATOR);
	multiply(U, TWICE_R2, A_SQUARED);
	subtract(N, N, U);
	multiply(N, N, MINUS_A);
	multiply(U, DENOMINATOR, SCALED_A_SQUARED);
	const kind = squareRootOfRatio(X_EDWARDS, U, N);
	if (kind < ROOT_OF_I) {
		if (kind == ROOT_OF_MINUS) multiply(X_EDWARDS, X_EDWARDS, ROOT);
		copy(MONTGOMERY, MINUS_A);
	} else {
		// 2/i = (1 - i)^2 and 2/-i = (1 + i)^2 turn the root of i u/N into that of 2r^2 u/N.
		multiply(X_EDWARDS, X_EDWARDS, kind == ROOT_OF_I ? ONE_MINUS_ROOT : ONE_PLUS_ROOT);
		multiply(X_EDWARDS, X_EDWARDS, R);
		multiply(MONTGOMERY, MINUS_A, TWICE_R2);
	}
	if (isOdd(X_EDWARDS)) negate(X_EDWARDS, X_EDWARDS);
	// y = (x - 1)/(x + 1) of the Montgomery x, kept as a fraction.
	subtract(p + Y, MONTGOMERY, DENOMINATOR);
	add(p + Z, MONTGOMERY, DENOMINATOR);
	multiply(p, X_EDWARDS, p + Z);
	multiplyByCofactor(p);
}
