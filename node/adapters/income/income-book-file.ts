import {incomeBookText, parseIncomeBook} from '#income/book-json';
import {emptyBook, type IncomeBook} from '#income/income-book';
import {NodeError} from '#kernel/node-error';
import {isLocked, lockFolder} from '../folder-lock.ts';
import {fileFailure, readBoundedFile, writeFileAtomically} from '../private-file.ts';

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

/**
 * Does `work` while no other command has the book: two at once could both hand in one deposit. The lock is a folder
 * beside the file. Throws INCOME_BOOK_IN_USE.
 */
export const withIncomeBook = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
	const folder = `${file}.lock`;
	const lock = await lockFolder(folder).catch(cause => {
		throw isLocked(cause)
			? new NodeError(
					{code: 'INCOME_BOOK_IN_USE', file, message: `Another command uses ${file}: wait until it ends.`},
					{cause},
				)
			: fileFailure(cause, folder, 'write');
	});
	try {
		return await work();
	} finally {
		await lock.release();
	}
};
