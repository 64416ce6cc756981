/** Tables as text (RFC 4180): what exchanges and power meters export, and what we give out. */
import {err, ok, type Result} from '#kernel/result';

export type CsvFailure = {
	readonly code: 'CSV_MALFORMED';
	/** From 1. */
	readonly line: number;
	readonly problem: string;
};

/** Rows as maps from the heading, in lower case, to the cell. */
export type CsvTable = {
	readonly headings: readonly string[];
	readonly rows: readonly CsvRow[];
};
export type CsvRow = {readonly line: number; readonly cells: ReadonlyMap<string, string>};

const ROWS_MAX = 200_000;

const malformed = (line: number, problem: string) => err({code: 'CSV_MALFORMED' as const, line, problem});

type Cells = {readonly line: number; readonly cells: readonly string[]};

/** A cell and where it ends. */
type Cell = {readonly text: string; readonly end: number};

/** What stands between quotes from `at` on; a doubled quote is one. undefined when they are not closed. */
const quotedCell = (text: string, at: number): Cell | undefined => {
	let end = text.indexOf('"', at + 1);
	while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
	return end === -1 ? undefined : {text: text.slice(at + 1, end).replaceAll('""', '"'), end: end + 1};
};

const bareCell = (text: string, at: number, separator: string): Cell => {
	let end = at;
	while (end < text.length && text[end] !== separator && text[end] !== '\n') end++;
	return {text: text.slice(at, end), end};
};

/** The cells of the line that begins at `at`, and where the next begins; a quoted cell may hold line ends. */
const lineAt = (
	text: string,
	start: number,
	separator: string,
): {readonly cells: readonly string[]; readonly next: number} | string => {
	const cells: string[] = [];
	let at = start;
	for (;;) {
		const cell = text[at] === '"' ? quotedCell(text, at) : bareCell(text, at, separator);
		if (cell === undefined) return 'a quote that is not closed';
		cells.push(cell.text.trim());
		at = text[cell.end] === '\r' ? cell.end + 1 : cell.end;
		if (at >= text.length || text[at] === '\n') return {cells, next: at + 1};
		if (text[at] !== separator) return 'text after a closed quote';
		at++;
	}
};

const cellsOf = (text: string, separator: string): Result<readonly Cells[], CsvFailure> => {
	const lines: Cells[] = [];
	let line = 1;
	let at = 0;
	while (at < text.length) {
		const read = lineAt(text, at, separator);
		if (typeof read === 'string') return malformed(line, read);
		const {cells, next} = read;
		if (cells.length > 1 || cells[0] !== '') lines.push({line, cells});
		if (lines.length > ROWS_MAX) return malformed(line, `more than ${ROWS_MAX} rows`);
		line += text.slice(at, next).split('\n').length - 1;
		at = next;
	}
	return ok(lines);
};

/** The first line names the columns; separated by commas, or by semicolons when the first line has some and no comma. */
export const parseCsv = (text: string): Result<CsvTable, CsvFailure> => {
	const bare = text.replace(/^\uFEFF/, '');
	const [first = ''] = bare.split('\n', 1);
	const lines = cellsOf(bare, first.includes(';') && !first.includes(',') ? ';' : ',');
	if (!lines.ok) return lines;
	const [head, ...body] = lines.value;
	if (head === undefined) return malformed(1, 'nothing in it');
	const headings = head.cells.map(cell => cell.toLowerCase());
	if (new Set(headings).size !== headings.length) return malformed(1, 'two columns of one name');
	const rows: CsvRow[] = [];
	for (const {line, cells} of body) {
		if (cells.length !== headings.length)
			return malformed(line, `${cells.length} cells under ${headings.length} headings`);
		rows.push({line, cells: new Map(headings.map((heading, index) => [heading, cells[index] as string]))});
	}
	return ok({headings, rows});
};

const cellText = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

export const csvText = (lines: readonly (readonly string[])[]): string =>
	lines.map(cells => `${cells.map(cellText).join(',')}\n`).join('');
