/** Scalars: 32 little-endian bytes, modulo the group order L = 2^252 + 27742317777372353535851937790883648493. */
const L0: u64 = 0x5812631a5cf5d3ed;
const L1: u64 = 0x14def9dea2f79cd6;
const L3: u64 = 0x1000000000000000;

/** The group order itself as a scalar. */
export const ORDER: usize = memory.data<u64>([L0, L1, 0, L3]);

/** Whether s < L. */
export function isCanonicalScalar(s: usize): bool {
	const top = load<u64>(s, 24);
	if (top != L3) return top < L3;
	if (load<u64>(s, 16) != 0) return false;
	const middle = load<u64>(s, 8);
	if (middle != L1) return middle < L1;
	return load<u64>(s) < L0;
}

/** out = (L - c) mod L, for the 16 bytes of a challenge c. */
export function negateChallenge(out: usize, c: usize): void {
	const c0 = load<u64>(c);
	const c1 = load<u64>(c, 8);
	if ((c0 | c1) == 0) {
		memory.fill(out, 0, 32);
		return;
	}
	const borrow0: u64 = L0 < c0 ? 1 : 0;
	const borrow1: u64 = L1 < c1 || (L1 == c1 && borrow0 != 0) ? 1 : 0;
	store<u64>(out, L0 - c0);
	store<u64>(out, L1 - c1 - borrow0, 8);
	store<u64>(out, 0 - borrow1, 16);
	store<u64>(out, L3 - borrow1, 24);
}

/** Room for the digits of 32 bytes, and what `recode` clears beyond them. */
export const DIGITS_BYTES: usize = 272;

/** `width` bits of a scalar of `length` bytes from bit `at` up. */
function bitsAt(scalar: usize, length: i32, at: i32, width: i32): i32 {
	const byte = at >> 3;
	let bits: i32 = 0;
	if (byte < length) bits = load<u8>(scalar + byte);
	if (byte + 1 < length) bits |= (load<u8>(scalar + byte + 1) as i32) << 8;
	return (bits >> (at & 7)) & ((1 << width) - 1);
}

/**
 * Non-adjacent form of width `width` <= 8: odd digits below 2^(width - 1) in size, signed bytes by bit position
 * 0 .. 8 length, any two at least `width` apart.
 */
export function recode(digits: usize, scalar: usize, length: i32, width: i32): void {
	const end = 8 * length + 1;
	memory.fill(digits, 0, DIGITS_BYTES);
	let carry = 0;
	let at = 0;
	while (at < end) {
		let digit = carry + bitsAt(scalar, length, at, width);
		if ((digit & 1) == 0) {
			at++;
			continue;
		}
		carry = digit >= 1 << (width - 1) ? 1 : 0;
		if (carry != 0) digit -= 1 << width;
		store<i8>(digits + at, digit as i8);
		at += width;
	}
}

export function digitAt(digits: usize, at: i32): i32 {
	return load<i8>(digits + at);
}
