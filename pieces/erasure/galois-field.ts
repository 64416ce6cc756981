/**
 * GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1 (0x11d), whose generator is 2: bytes that add by XOR and multiply
 * without leaving the byte.
 */
import {assert} from '#kernel/assert';

const POLYNOMIAL = 0x11d;

const powers = new Uint8Array(510);
const logarithms = new Uint8Array(256);
for (let exponent = 0, power = 1; exponent < 255; exponent++) {
	powers[exponent] = power;
	powers[exponent + 255] = power;
	logarithms[power] = exponent;
	power <<= 1;
	if (power > 255) power ^= POLYNOMIAL;
}

export const multiply = (a: number, b: number): number =>
	a === 0 || b === 0 ? 0 : (powers[(logarithms[a] as number) + (logarithms[b] as number)] as number);

export const invert = (a: number): number => {
	assert(a !== 0, 'zero has no inverse');
	return powers[255 - (logarithms[a] as number)] as number;
};

/** Bytes of one factor's look-up tables. */
export const PRODUCTS_BYTES = 32;

/** The products of `factor` by 0…15 and by 0x00, 0x10 … 0xf0: a byte's product is the XOR of one of each. */
export const productsOf = (factor: number): Uint8Array =>
	Uint8Array.from({length: PRODUCTS_BYTES}, (_, at) => multiply(factor, at < 16 ? at : (at - 16) << 4));
