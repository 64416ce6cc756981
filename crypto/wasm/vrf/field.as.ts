/**
 * The field of 2^255 - 19. An element is ten signed limbs of alternately 26 and 25 bits, each in an i64, at a
 * pointer (FIELD_BYTES). Written out, because a loop over limbs is several times slower.
 *
 * Bounds: call an element b-bounded when its even limbs are within b 2^26 and its odd ones within b 2^25.
 * `multiply` and `square` are exact as long as the bounds of their inputs multiply to less than 16
 * (the sums stay below 124.5 b c 2^52 < 2^63) and give 0.51-bounded results; `fromBytes` gives 1-bounded ones,
 * `add` and `subtract` add bounds. Nothing here adds more than four elements before the next product.
 * Arguments may be the same pointer.
 */
export const FIELD_BYTES: usize = 80;

export function add(h: usize, f: usize, g: usize): void {
	store<i64>(h, load<i64>(f) + load<i64>(g));
	store<i64>(h, load<i64>(f, 8) + load<i64>(g, 8), 8);
	store<i64>(h, load<i64>(f, 16) + load<i64>(g, 16), 16);
	store<i64>(h, load<i64>(f, 24) + load<i64>(g, 24), 24);
	store<i64>(h, load<i64>(f, 32) + load<i64>(g, 32), 32);
	store<i64>(h, load<i64>(f, 40) + load<i64>(g, 40), 40);
	store<i64>(h, load<i64>(f, 48) + load<i64>(g, 48), 48);
	store<i64>(h, load<i64>(f, 56) + load<i64>(g, 56), 56);
	store<i64>(h, load<i64>(f, 64) + load<i64>(g, 64), 64);
	store<i64>(h, load<i64>(f, 72) + load<i64>(g, 72), 72);
}

export function subtract(h: usize, f: usize, g: usize): void {
	store<i64>(h, load<i64>(f) - load<i64>(g));
	store<i64>(h, load<i64>(f, 8) - load<i64>(g, 8), 8);
	store<i64>(h, load<i64>(f, 16) - load<i64>(g, 16), 16);
	store<i64>(h, load<i64>(f, 24) - load<i64>(g, 24), 24);
	store<i64>(h, load<i64>(f, 32) - load<i64>(g, 32), 32);
	store<i64>(h, load<i64>(f, 40) - load<i64>(g, 40), 40);
	store<i64>(h, load<i64>(f, 48) - load<i64>(g, 48), 48);
	store<i64>(h, load<i64>(f, 56) - load<i64>(g, 56), 56);
	store<i64>(h, load<i64>(f, 64) - load<i64>(g, 64), 64);
	store<i64>(h, load<i64>(f, 72) - load<i64>(g, 72), 72);
}

export function negate(h: usize, f: usize): void {
	store<i64>(h, -load<i64>(f));
	store<i64>(h, -load<i64>(f, 8), 8);
	store<i64>(h, -load<i64>(f, 16), 16);
	store<i64>(h, -load<i64>(f, 24), 24);
	store<i64>(h, -load<i64>(f, 32), 32);
	store<i64>(h, -load<i64>(f, 40), 40);
	store<i64>(h, -load<i64>(f, 48), 48);
	store<i64>(h, -load<i64>(f, 56), 56);
	store<i64>(h, -load<i64>(f, 64), 64);
	store<i64>(h, -load<i64>(f, 72), 72);
}

export function copy(h: usize, f: usize): void {
	memory.copy(h, f, FIELD_BYTES);
}

export function setSmall(h: usize, value: i64): void {
	memory.fill(h, 0, FIELD_BYTES);
	store<i64>(h, value);
}

/** h = f g. Products that pass 2^255 come back times 19; two odd limbs give an extra factor of two. */
// biome-ignore format: one coefficient a line
export function multiply(h: usize, f: usize, g: usize): void {
	const f0 = load<i64>(f);
	const f1 = load<i64>(f, 8);
	const f2 = load<i64>(f, 16);
	const f3 = load<i64>(f, 24);
	const f4 = load<i64>(f, 32);
	const f5 = load<i64>(f, 40);
	const f6 = load<i64>(f, 48);
	const f7 = load<i64>(f, 56);
	const f8 = load<i64>(f, 64);
	const f9 = load<i64>(f, 72);
	const g0 = load<i64>(g);
	const g1 = load<i64>(g, 8);
	const g2 = load<i64>(g, 16);
	const g3 = load<i64>(g, 24);
	const g4 = load<i64>(g, 32);
	const g5 = load<i64>(g, 40);
	const g6 = load<i64>(g, 48);
	const g7 = load<i64>(g, 56);
	const g8 = load<i64>(g, 64);
	const g9 = load<i64>(g, 72);
	const k1 = 19 * g1;
	const k2 = 19 * g2;
	const k3 = 19 * g3;
	const k4 = 19 * g4;
	const k5 = 19 * g5;
	const k6 = 19 * g6;
	const k7 = 19 * g7;
	const k8 = 19 * g8;
	const k9 = 19 * g9;
	const d1 = 2 * f1;
	const d3 = 2 * f3;
	const d5 = 2 * f5;
	const d7 = 2 * f7;
	const d9 = 2 * f9;
	let h0 = f0 * g0 + d1 * k9 + f2 * k8 + d3 * k7 + f4 * k6 + d5 * k5 + f6 * k4 + d7 * k3 + f8 * k2 + d9 * k1;
	let h1 = f0 * g1 + f1 * g0 + f2 * k9 + f3 * k8 + f4 * k7 + f5 * k6 + f6 * k5 + f7 * k4 + f8 * k3 + f9 * k2;
	let h2 = f0 * g2 + d1 * g1 + f2 * g0 + d3 * k9 + f4 * k8 + d5 * k7 + f6 * k6 + d7 * k5 + f8 * k4 + d9 * k3;
	let h3 = f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0 + f4 * k9 + f5 * k8 + f6 * k7 + f7 * k6 + f8 * k5 + f9 * k4;
	let h4 = f0 * g4 + d1 * g3 + f2 * g2 + d3 * g1 + f4 * g0 + d5 * k9 + f6 * k8 + d7 * k7 + f8 * k6 + d9 * k5;
	let h5 = f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 + f5 * g0 + f6 * k9 + f7 * k8 + f8 * k7 + f9 * k6;
	let h6 = f0 * g6 + d1 * g5 + f2 * g4 + d3 * g3 + f4 * g2 + d5 * g1 + f6 * g0 + d7 * k9 + f8 * k8 + d9 * k7;
	let h7 = f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0 + f8 * k9 + f9 * k8;
	let h8 = f0 * g8 + d1 * g7 + f2 * g6 + d3 * g5 + f4 * g4 + d5 * g3 + f6 * g2 + d7 * g1 + f8 * g0 + d9 * k9;
	let h9 = f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0;
	// Back to limbs: rounding carries, two chains at a time.
	let carry: i64;
	carry = (h0 + (1 << 25)) >> 26; h1 += carry; h0 -= carry << 26;
	carry = (h4 + (1 << 25)) >> 26; h5 += carry; h4 -= carry << 26;
	carry = (h1 + (1 << 24)) >> 25; h2 += carry; h1 -= carry << 25;
	carry = (h5 + (1 << 24)) >> 25; h6 += carry; h5 -= carry << 25;
	carry = (h2 + (1 << 25)) >> 26; h3 += carry; h2 -= carry << 26;
	carry = (h6 + (1 << 25)) >> 26; h7 += carry; h6 -= carry << 26;
	carry = (h3 + (1 << 24)) >> 25; h4 += carry; h3 -= carry << 25;
	carry = (h7 + (1 << 24)) >> 25; h8 += carry; h7 -= carry << 25;
	carry = (h4 + (1 << 25)) >> 26; h5 += carry; h4 -= carry << 26;
	carry = (h8 + (1 << 25)) >> 26; h9 += carry; h8 -= carry << 26;
	carry = (h9 + (1 << 24)) >> 25; h0 += carry * 19; h9 -= carry << 25;
	carry = (h0 + (1 << 25)) >> 26; h1 += carry; h0 -= carry << 26;
	store<i64>(h, h0);
	store<i64>(h, h1, 8);
	store<i64>(h, h2, 16);
	store<i64>(h, h3, 24);
	store<i64>(h, h4, 32);
	store<i64>(h, h5, 40);
	store<i64>(h, h6, 48);
	store<i64>(h, h7, 56);
	store<i64>(h, h8, 64);
	store<i64>(h, h9, 72);
}

/** h = f f. */
// biome-ignore format: one coefficient a line
export function square(h: usize, f: usize): void {
	const f0 = load<i64>(f);
	const f1 = load<i64>(f, 8);
	const f2 = load<i64>(f, 16);
	const f3 = load<i64>(f, 24);
	const f4 = load<i64>(f, 32);
	const f5 = load<i64>(f, 40);
	const f6 = load<i64>(f, 48);
	const f7 = load<i64>(f, 56);
	const f8 = load<i64>(f, 64);
	const f9 = load<i64>(f, 72);
	const d0 = 2 * f0;
	const d1 = 2 * f1;
	const d2 = 2 * f2;
	const d3 = 2 * f3;
	const d4 = 2 * f4;
	const d5 = 2 * f5;
	const d6 = 2 * f6;
	const d7 = 2 * f7;
	const d8 = 2 * f8;
	const k6 = 19 * f6;
	const k7 = 19 * f7;
	const k8 = 19 * f8;
	const k9 = 19 * f9;
	const q5 = 38 * f5;
	const q7 = 38 * f7;
	const q9 = 38 * f9;
	let h0 = f0 * f0 + d1 * q9 + d2 * k8 + d3 * q7 + d4 * k6 + f5 * q5;
	let h1 = d0 * f1 + d2 * k9 + d3 * k8 + d4 * k7 + d5 * k6;
	let h2 = d0 * f2 + f1 * d1 + d3 * q9 + d4 * k8 + d5 * q7 + f6 * k6;
	let h3 = d0 * f3 + d1 * f2 + d4 * k9 + d5 * k8 + d6 * k7;
	let h4 = d0 * f4 + d1 * d3 + f2 * f2 + d5 * q9 + d6 * k8 + f7 * q7;
	let h5 = d0 * f5 + d1 * f4 + d2 * f3 + d6 * k9 + d7 * k8;
	let h6 = d0 * f6 + d1 * d5 + d2 * f4 + f3 * d3 + d7 * q9 + f8 * k8;
	let h7 = d0 * f7 + d1 * f6 + d2 * f5 + d3 * f4 + d8 * k9;
	let h8 = d0 * f8 + d1 * d7 + d2 * f6 + d3 * d5 + f4 * f4 + f9 * q9;
	let h9 = d0 * f9 + d1 * f8 + d2 * f7 + d3 * f6 + d4 * f5;
	// Back to limbs: rounding carries, two chains at a time.
	let carry: i64;
	carry = (h0 + (1 << 25)) >> 26; h1 += carry; h0 -= carry << 26;
	carry = (h4 + (1 << 25)) >> 26; h5 += carry; h4 -= carry << 26;
	carry = (h1 + (1 << 24)) >> 25; h2 += carry; h1 -= carry << 25;
	carry = (h5 + (1 << 24)) >> 25; h6 += carry; h5 -= carry << 25;
	carry = (h2 + (1 << 25)) >> 26; h3 += carry; h2 -= carry << 26;
	carry = (h6 + (1 << 25)) >> 26; h7 += carry; h6 -= carry << 26;
	carry = (h3 + (1 << 24)) >> 25; h4 += carry; h3 -= carry << 25;
	carry = (h7 + (1 << 24)) >> 25; h8 += carry; h7 -= carry << 25;
	carry = (h4 + (1 << 25)) >> 26; h5 += carry; h4 -= carry << 26;
	carry = (h8 + (1 << 25)) >> 26; h9 += carry; h8 -= carry << 26;
	carry = (h9 + (1 << 24)) >> 25; h0 += carry * 19; h9 -= carry << 25;
	carry = (h0 + (1 << 25)) >> 26; h1 += carry; h0 -= carry << 26;
	store<i64>(h, h0);
	store<i64>(h, h1, 8);
	store<i64>(h, h2, 16);
	store<i64>(h, h3, 24);
	store<i64>(h, h4, 32);
	store<i64>(h, h5, 40);
	store<i64>(h, h6, 48);
	store<i64>(h, h7, 56);
	store<i64>(h, h8, 64);
	store<i64>(h, h9, 72);
}

/** From 32 little-endian bytes; the top bit is ignored. Values from 2^255 - 19 up are taken modulo the prime. */
export function fromBytes(h: usize, bytes: usize): void {
	const a = load<u64>(bytes);
	const b = load<u64>(bytes, 8);
	const c = load<u64>(bytes, 16);
	const d = load<u64>(bytes, 24) & 0x7fffffffffffffff;
	store<i64>(h, (a & 0x3ffffff) as i64);
	store<i64>(h, ((a >> 26) & 0x1ffffff) as i64, 8);
	store<i64>(h, (((a >> 51) | (b << 13)) & 0x3ffffff) as i64, 16);
	store<i64>(h, ((b >> 13) & 0x1ffffff) as i64, 24);
	store<i64>(h, ((b >> 38) & 0x3ffffff) as i64, 32);
	store<i64>(h, (c & 0x1ffffff) as i64, 40);
	store<i64>(h, ((c >> 25) & 0x3ffffff) as i64, 48);
	store<i64>(h, (((c >> 51) | (d << 13)) & 0x1ffffff) as i64, 56);
	store<i64>(h, ((d >> 12) & 0x3ffffff) as i64, 64);
	store<i64>(h, ((d >> 38) & 0x1ffffff) as i64, 72);
}

/** The one encoding below the prime, 32 little-endian bytes, of an element of any bound. */
// biome-ignore format: one limb a line
export function toBytes(bytes: usize, f: usize): void {
	let h0 = load<i64>(f);
	let h1 = load<i64>(f, 8);
	let h2 = load<i64>(f, 16);
	let h3 = load<i64>(f, 24);
	let h4 = load<i64>(f, 32);
	let h5 = load<i64>(f, 40);
	let h6 = load<i64>(f, 48);
	let h7 = load<i64>(f, 56);
	let h8 = load<i64>(f, 64);
	let h9 = load<i64>(f, 72);
	// floor(f / p): the number of primes to take off; exact because 19 h9 / 2^25 is f 19 / 2^255 but for less than 1/4.
	let quotient = (19 * h9 + (1 << 24)) >> 25;
	quotient = (h0 + quotient) >> 26;
	quotient = (h1 + quotient) >> 25;
	quotient = (h2 + quotient) >> 26;
	quotient = (h3 + quotient) >> 25;
	quotient = (h4 + quotient) >> 26;
	quotient = (h5 + quotient) >> 25;
	quotient = (h6 + quotient) >> 26;
	quotient = (h7 + quotient) >> 25;
	quotient = (h8 + quotient) >> 26;
	quotient = (h9 + quotient) >> 25;
	h0 += 19 * quotient;
	let carry: i64;
	carry = h0 >> 26; h1 += carry; h0 -= carry << 26;
	carry = h1 >> 25; h2 += carry; h1 -= carry << 25;
	carry = h2 >> 26; h3 += carry; h2 -= carry << 26;
	carry = h3 >> 25; h4 += carry; h3 -= carry << 25;
	carry = h4 >> 26; h5 += carry; h4 -= carry << 26;
	carry = h5 >> 25; h6 += carry; h5 -= carry << 25;
	carry = h6 >> 26; h7 += carry; h6 -= carry << 26;
	carry = h7 >> 25; h8 += carry; h7 -= carry << 25;
	carry = h8 >> 26; h9 += carry; h8 -= carry << 26;
	carry = h9 >> 25; h9 -= carry << 25;
	store<i64>(bytes, h0 | (h1 << 26) | (h2 << 51));
	store<i64>(bytes, (h2 >> 13) | (h3 << 13) | (h4 << 38), 8);
	store<i64>(bytes, h5 | (h6 << 25) | (h7 << 51), 16);
	store<i64>(bytes, (h7 >> 13) | (h8 << 12) | (h9 << 38), 24);
}
