import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {emptyBook} from '#income/income-book';
import {readIncomeBook, withIncomeBook, writeIncomeBook} from '#node/adapters/income/income-book-file';
import {temporaryFolder} from '../../../support/temporary-folder.ts';

test('a book that is not there is empty, and one that is no JSON is refused', async t => {
	const file = path.join(await temporaryFolder(t), 'book.json');
	t.deepEqual(await readIncomeBook(file), emptyBook);
	const book = {...emptyBook, tradeIds: ['t1']};
	await writeIncomeBook(file, book);
	t.deepEqual(await readIncomeBook(file), book);
	await writeFile(file, '{');
	await t.throwsAsync(readIncomeBook(file), {code: 'INCOME_BOOK_MALFORMED'});
});

test('one command at a time has the book, and gives it back when it fails', async t => {
	const file = path.join(await temporaryFolder(t), 'book.json');
	await withIncomeBook(file, async () => {
		await t.throwsAsync(
			withIncomeBook(file, async () => t.fail()),
			{code: 'INCOME_BOOK_IN_USE'},
		);
	});
	const failure = new Error('work failed');
	t.is(await t.throwsAsync(withIncomeBook(file, () => Promise.reject(failure))), failure);
	t.is(await withIncomeBook(file, async () => 7), 7);
});
