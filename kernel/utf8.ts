/**
 * UTF-8 without the host's TextEncoder, so that the pure folders need no DOM and no Node.
 * Decoding follows RFC 3629: overlong forms, surrogates and values above U+10FFFF are refused.
 */
export const encodeUtf8 = (text: string): Uint8Array => {
	const bytes: number[] = [];
	for (const character of text) {
		const point = character.codePointAt(0) as number;
		if (point < 0x80) bytes.push(point);
		else if (point < 0x8_00) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
		else if (point < 0x1_00_00)
			bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
		else
			bytes.push(
				0xf0 | (point >> 18),
				0x80 | ((point >> 12) & 63),
				0x80 | ((point >> 6) & 63),
				0x80 | (point & 63),
			);
	}
	return Uint8Array.from(bytes);
};

const sequenceLength = (lead: number): number => {
	if (lead < 0x80) return 1;
	if (lead >= 0xc2 && lead < 0xe0) return 2;
	if (lead >= 0xe0 && lead < 0xf0) return 3;
	return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
};

const SMALLEST = [0, 0, 0x80, 0x8_00, 0x1_00_00];

/** The text, or undefined when the bytes are not well-formed UTF-8. */
export const decodeUtf8 = (bytes: Uint8Array): string | undefined => {
	let text = '';
	for (let at = 0; at < bytes.length; ) {
		const lead = bytes[at] as number;
		const length = sequenceLength(lead);
		if (length === 0 || at + length > bytes.length) return undefined;
		let point = length === 1 ? lead : lead & (0x7f >> length);
		for (let index = 1; index < length; index++) {
			const next = bytes[at + index] as number;
			if (next >> 6 !== 2) return undefined;
			point = (point << 6) | (next & 63);
		}
		const surrogate = point >= 0xd8_00 && point <= 0xdf_ff;
		if (point < (SMALLEST[length] as number) || point > 0x10_ff_ff || surrogate) return undefined;
		text += String.fromCodePoint(point);
		at += length;
	}
	return text;
};
