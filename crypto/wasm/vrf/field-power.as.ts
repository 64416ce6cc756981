/** Powers of field elements along the usual addition chain for 2^250 - 1, and what needs whole values. */
import {copy, FIELD_BYTES, multiply, square, toBytes} from './field.as';

const T0: usize = memory.data(80);
const T1: usize = memory.data(80);
const T2: usize = memory.data(80);
const T3: usize = memory.data(80);
const BASE: usize = memory.data(80);
const BYTES: usize = memory.data(32);

/** h = f^(2^times), times >= 1. */
function squareTimes(h: usize, f: usize, times: i32): void {
	square(h, f);
	for (let i = 1; i < times; i++) square(h, h);
}

/** Leaves f^11 in T0 and f^(2^250 - 1) in T3. */
function chain(f: usize): void {
	square(T0, f);
	squareTimes(T1, T0, 2);
	multiply(T1, f, T1); // 9
	multiply(T0, T0, T1); // 11
	square(T2, T0);
	multiply(T2, T1, T2); // 2^5 - 1
	squareTimes(T3, T2, 5);
	multiply(T2, T3, T2); // 2^10 - 1
	squareTimes(T3, T2, 10);
	multiply(T3, T3, T2); // 2^20 - 1
	squareTimes(T1, T3, 20);
	multiply(T3, T1, T3); // 2^40 - 1
	squareTimes(T3, T3, 10);
	multiply(T2, T3, T2); // 2^50 - 1
	squareTimes(T3, T2, 50);
	multiply(T3, T3, T2); // 2^100 - 1
	squareTimes(T1, T3, 100);
	multiply(T3, T1, T3); // 2^200 - 1
	squareTimes(T3, T3, 50);
	multiply(T3, T3, T2); // 2^250 - 1
}

/** h = 1/f, and 0 for 0: f^(p - 2), p - 2 = 2^255 - 21. */
export function invert(h: usize, f: usize): void {
	chain(f);
	squareTimes(T3, T3, 5);
	multiply(h, T3, T0);
}

/** h = f^((p - 5)/8) = f^(2^252 - 3). */
export function powerP58(h: usize, f: usize): void {
	copy(BASE, f);
	chain(f);
	squareTimes(T3, T3, 2);
	multiply(h, T3, BASE);
}

export function isZero(f: usize): bool {
	toBytes(BYTES, f);
	return (load<u64>(BYTES) | load<u64>(BYTES, 8) | load<u64>(BYTES, 16) | load<u64>(BYTES, 24)) == 0;
}

/** Whether the value below the prime is odd: the "sign" of an x coordinate. */
export function isOdd(f: usize): bool {
	toBytes(BYTES, f);
	return (load<u8>(BYTES) & 1) != 0;
}

/**
 * The inverses of `count` elements that stand one after the other, in place, with one inversion.
 * None may be zero. `products` is room for as many elements.
 */
export function invertAll(elements: usize, count: usize, products: usize): void {
	copy(products, elements);
	for (let i: usize = 1; i < count; i++)
		multiply(products + i * FIELD_BYTES, products + (i - 1) * FIELD_BYTES, elements + i * FIELD_BYTES);
	invert(INVERSE, products + (count - 1) * FIELD_BYTES);
	for (let i = count - 1; i > 0; i--) {
		const element = elements + i * FIELD_BYTES;
		multiply(KEPT, INVERSE, element);
		multiply(element, INVERSE, products + (i - 1) * FIELD_BYTES);
		copy(INVERSE, KEPT);
	}
	copy(elements, INVERSE);
}

const INVERSE: usize = memory.data(80);
const KEPT: usize = memory.data(80);
