import {incomeBookText, parseIncomeBook} from '#income/book-json';
import {emptyBook, type IncomeBook} from '#income/income-book';
import {NodeError} from '#kernel/node-error';
import {readBoundedFile, writeFileAtomically} from '../private-file.ts';

const BYTES_MAX = 256 * 1024 * 1024;

/** The book of a file; an empty one when there is no file yet. Throws INCOME_BOOK_MALFORMED. */
export const readIncomeBook = async (file: string): Promise<IncomeBook> => {
	let text: string;
	try {
		text = await readBoundedFile(file, {bytesMax: BYTES_MAX});
	} catch (error) {
		if (error instanceof NodeError && error.code === 'FILE_NOT_FOUND') return emptyBook;
		throw error;
	}
	const message = `${file} is no book of income that this program wrote: give another file, or mend the place that is named.`;
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (cause) {
		throw new NodeError({code: 'INCOME_BOOK_MALFORMED', message, file, place: 'not JSON'}, {cause});
	}
	const book = parseIncomeBook(json);
	if (book.ok) return book.value;
	throw new NodeError({...book.error, message, file});
};

/** On disk as a whole, or not at all. Only the owner may read it. */
export const writeIncomeBook = (file: string, book: IncomeBook): Promise<void> =>
	writeFileAtomically(file, incomeBookText(book));
