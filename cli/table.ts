import {visibleLine} from './visible.ts';

/** Columns as wide as their widest cell; numbers (right-aligned) are told by the heading's leading `>`. */
export const table = (headings: readonly string[], given: readonly (readonly string[])[]): string => {
	const rows = given.map(cells => cells.map(visibleLine));
	const names = headings.map(heading => heading.replace(/^>/, ''));
	const widths = names.map((name, column) =>
		Math.max(name.length, ...rows.map(row => (row[column] ?? '').length)),
	);
	const line = (cells: readonly string[]): string =>
		widths
			.map((width, column) => {
				const cell = cells[column] ?? '';
				return headings[column]?.startsWith('>') === true ? cell.padStart(width) : cell.padEnd(width);
			})
			.join('  ')
			.trimEnd();
	return [line(names), ...rows.map(line)].join('\n');
};

/** `name  value` lines, names padded to one width. */
export const facts = (entries: readonly (readonly [string, string])[]): string => {
	const width = Math.max(...entries.map(([name]) => name.length));
	return entries.map(([name, value]) => `${name.padEnd(width)}  ${visibleLine(value)}`).join('\n');
};
