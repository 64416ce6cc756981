/**
 * Text from elsewhere, as people may see it: names of objects, and what peers say, could else move the cursor, rename the
 * window or turn the direction of writing.
 */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** What stands in one line: controls as escapes. */
export const visibleLine = (text: string): string => text.replace(UNSEEN, escaped);

/** The same of text that may have line breaks and tabs. */
export const visible = (text: string): string =>
	text.replace(UNSEEN, character =>
		character === '\n' || character === '\t' ? character : escaped(character),
	);
