/** base64url without padding (RFC 4648 §5), strict: bytes have exactly one text. */

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const values: ReadonlyMap<string, number> = new Map([...DIGITS].map((digit, value) => [digit, value]));

export const toBase64url = (bytes: Uint8Array): string => {
	const parts: string[] = [];
	for (let at = 0; at < bytes.length; at += 3) {
		const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
		const group = (first << 16) | (second << 8) | third;
		const digits = Math.min(4, bytes.length - at + 1);
		for (let digit = 0; digit < digits; digit++) parts.push(DIGITS[(group >> (18 - 6 * digit)) & 63] ?? '');
	}
	return parts.join('');
};

/** The bytes of a text, or undefined when no bytes have exactly that text. */
export const parseBase64url = (text: string): Uint8Array | undefined => {
	const rest = text.length % 4;
	if (rest === 1) return undefined;
	const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
	let buffered = 0;
	let bits = 0;
	let at = 0;
	for (const digit of text) {
		const value = values.get(digit);
		if (value === undefined) return undefined;
		buffered = ((buffered << 6) | value) & 0xfff;
		bits += 6;
		if (bits < 8) continue;
		bits -= 8;
		bytes[at++] = (buffered >> bits) & 0xff;
	}
	const isExact = (buffered & ((1 << bits) - 1)) === 0;
	return isExact ? bytes : undefined;
};
