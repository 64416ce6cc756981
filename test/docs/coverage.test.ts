/** docs/COVERAGE.md names only tests that there are. */
import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import {testTitles} from '../support/test-titles.ts';

const text = readFileSync('docs/COVERAGE.md', 'utf8');

/** Rules, and what is said of the tests of each. */
const rows = text
	.split('\n')
	.filter(line => line.startsWith('| ') && !line.startsWith('| rule '))
	.map(line => {
		const [rule = '', cell = ''] = line.slice(2, -2).split(' | ');
		return {rule, cell};
	});

const isMissing = (cell: string): boolean => cell.startsWith('**missing**');

const named = rows
	.filter(({cell}) => !isMissing(cell))
	.flatMap(({rule, cell}) =>
		cell.split('<br>').map(part => {
			const [, file = '', title = ''] = /^`(test\/[\w/.-]+\.test\.ts)` (.+)$/.exec(part) ?? [];
			return {rule, file, title};
		}),
	);

test('every test that docs/COVERAGE.md names exists, with that title in that file', t => {
	t.true(named.length > 100);
	t.deepEqual(
		named.filter(({file, title}) => !existsSync(file) || !testTitles(file).includes(title)),
		[],
	);
});

test('no rule stands twice in docs/COVERAGE.md', t => {
	const missing = rows.filter(({cell}) => isMissing(cell)).length;
	t.log(`of ${rows.length} rules ${missing} have no test`);
	t.is(new Set(rows.map(({rule}) => rule)).size, rows.length);
});

test('titles are read off a file as they are, and values in them become an ellipsis', t => {
	const titles = testTitles('test/docs/coverage.test.ts');
	t.true(titles.includes('no rule stands twice in docs/COVERAGE.md'));
	t.true(testTitles('test/transport/hostile-peers.test.ts').includes('a peer that sends … is cut off'));
});
