/** The titles of the tests of a file, read off its text. */
import {readFileSync} from 'node:fs';

const TITLE = /\btest(?:\.serial)?\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;

/** What stands in the place of a value that is put into a title. */
export const SOMETHING = '…';

export const testTitles = (file: string): readonly string[] =>
	[...readFileSync(file, 'utf8').matchAll(TITLE)].map(([, single, double, template]) =>
		template === undefined
			? (single ?? double ?? '').replaceAll(/\\(.)/g, '$1')
			: template.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, SOMETHING),
	);
