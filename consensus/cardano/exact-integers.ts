const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NUMBER = /[-+.\deE]+/y;
/** From here on JavaScript's numbers skip some. */
const DIGITS_EXACT = 15;

/** Where the string that begins at `from` has ended, or the text. */
const endOfString = (text: string, from: number): number => {
	let at = from + 1;
	while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
	return at + 1;
};

const isExact = (number: string): boolean => number.length <= DIGITS_EXACT || !/^[1-9]\d*$/.test(number);

/** JSON text whose long whole numbers are strings, so that reading it rounds no lovelace. What is no JSON stays none. */
export const exactIntegers = (text: string): string => {
	const parts: string[] = [];
	let kept = 0;
	let at = 0;
	while (at < text.length) {
		NUMBER.lastIndex = at;
		const [number] = NUMBER.exec(text) ?? [];
		if (number === undefined) {
			at = text.charCodeAt(at) === QUOTE ? endOfString(text, at) : at + 1;
			continue;
		}
		if (!isExact(number)) {
			parts.push(text.slice(kept, at), `"${number}"`);
			kept = at + number.length;
		}
		at += number.length;
	}
	return parts.join('') + text.slice(kept);
};
