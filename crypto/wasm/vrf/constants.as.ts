/** Field constants as elements. `initConstants` must run before anything else reads them. */
import {add, fromBytes, setSmall, square} from './field.as';

export const ONE: usize = memory.data(80);
/** d of the curve: -121665/121666. */
export const D: usize = memory.data(80);
export const TWICE_D: usize = memory.data(80);
/** A square root of -1: 2^((p - 1)/4). */
export const ROOT: usize = memory.data(80);
export const ONE_MINUS_ROOT: usize = memory.data(80);
export const ONE_PLUS_ROOT: usize = memory.data(80);
/** -A, of the Montgomery form: A = 486662. */
export const MINUS_A: usize = memory.data(80);
export const A_SQUARED: usize = memory.data(80);
/** -(A + 2) A^2. */
export const SCALED_A_SQUARED: usize = memory.data(80);

const D_BYTES: usize = memory.data<u64>([
	0x75eb4dca135978a3, 0x00700a4d4141d8ab, 0x8cc740797779e898, 0x52036cee2b6ffe73,
]);
const ROOT_BYTES: usize = memory.data<u64>([
	0xc4ee1b274a0ea0b0, 0x2f431806ad2fe478, 0x2b4d00993dfbd7a7, 0x2b8324804fc1df0b,
]);
const ONE_MINUS_ROOT_BYTES: usize = memory.data<u64>([
	0x3b11e4d8b5f15f3e, 0xd0bce7f952d01b87, 0xd4b2ff66c2042858, 0x547cdb7fb03e20f4,
]);
const SCALED_A_SQUARED_BYTES: usize = memory.data<u64>([
	0xfe6682516ef7cacd, 0xffffffffffffffff, 0xffffffffffffffff, 0x7fffffffffffffff,
]);

export function initConstants(): void {
	setSmall(ONE, 1);
	fromBytes(D, D_BYTES);
	add(TWICE_D, D, D);
	fromBytes(ROOT, ROOT_BYTES);
	fromBytes(ONE_MINUS_ROOT, ONE_MINUS_ROOT_BYTES);
	add(ONE_PLUS_ROOT, ONE, ROOT);
	setSmall(MINUS_A, -486662);
	square(A_SQUARED, MINUS_A);
	fromBytes(SCALED_A_SQUARED, SCALED_A_SQUARED_BYTES);
}
