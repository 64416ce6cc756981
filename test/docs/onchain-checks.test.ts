/** docs/ONCHAIN-CHECKS.md names every check of the validators, and for each attack tests that there are. */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {testTitles} from '../support/test-titles.ts';

const VALIDATORS = 'onchain/validators';
const CASES = 'test/onchain/validators';

const text = readFileSync('docs/ONCHAIN-CHECKS.md', 'utf8');
const rowsOf = (heading: string): readonly (readonly string[])[] => {
	const [, section = ''] = text.split(`\n## ${heading}\n`);
	const [own = ''] = section.split('\n## ');
	return own
		.split('\n')
		.filter(line => line.startsWith('| '))
		.slice(1)
		.map(line => line.slice(2, -2).split(' | '));
};
const quoted = (cell = ''): readonly string[] =>
	[...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

/** The names that are handed to `check`, in the order in which they stand. */
const checksIn = (file: string): readonly string[] => [
	...new Set(
		[...readFileSync(file, 'utf8').matchAll(/\b(?:check|named)\(\s*'([a-z0-9-]+)'/g)].map(
			([, name = '']) => name,
		),
	),
];

const checked = rowsOf('Checks').map(([, , code, checks, cases]) => ({
	file: quoted(code)[0] ?? '',
	checks: quoted(checks),
	cases: quoted(cases).map(name => `${CASES}/${name}.test.ts`),
}));

test('every check of every validator is listed, in its file', t => {
	const files = readdirSync(VALIDATORS, {recursive: true, encoding: 'utf8'})
		.filter(file => file.endsWith('.ts'))
		.map(file => `${VALIDATORS}/${file}`)
		.filter(file => checksIn(file).length > 0);
	t.true(files.length > 10);
	t.deepEqual(checked.map(({file}) => file).sort(), files.sort());
	for (const {file, checks} of checked) t.deepEqual(checks, checksIn(file), file);
});

/** With what their bad cases share: the places where a channel goes on. */
const traces = (file: string): string =>
	[
		file,
		...[...readFileSync(file, 'utf8').matchAll(/support\/([a-z-]+-world)\.ts/g)].map(
			([, name]) => `test/support/${name}.ts`,
		),
	]
		.map(each => readFileSync(each, 'utf8'))
		.join('\n');

test('each check is expected to fail by a case in the files beside it', t => {
	const unbroken = checked.flatMap(({file, checks, cases}) => {
		const all = cases.map(traces).join('\n');
		return checks.filter(name => !all.includes(`'${name}'`)).map(name => `${file}: ${name}`);
	});
	t.deepEqual(unbroken, []);
});

test('every attack is refused by tests that exist', t => {
	const rows = rowsOf('Attacks');
	t.true(rows.length > 15);
	const named = rows.flatMap(([, cell = '']) =>
		cell
			.split('<br>')
			.map(part => /^\[`(test\/[\w/.-]+)`\]\([^)]+\) (.+)$/.exec(part)?.slice(1) ?? [part, '']),
	);
	t.deepEqual(
		named.filter(([file = '', title = '']) => !existsSync(file) || !testTitles(file).includes(title)),
		[],
	);
});

test('every link leads to a file that there is, and to a heading in it', t => {
	const links = [...text.matchAll(/\]\(([^)#]+)(?:#([^)]+))?\)/g)];
	t.true(links.length > 100);
	const lost = links.filter(([, target = '', anchor]) => {
		const file = path.join('docs', target);
		if (!existsSync(file)) return true;
		const headings = anchor === undefined ? [] : (readFileSync(file, 'utf8').match(/^#+ .+$/gm) ?? []);
		const anchors = headings.map(heading =>
			heading
				.replace(/^#+ /, '')
				.toLowerCase()
				.replace(/[^\w -]/g, '')
				.replaceAll(' ', '-'),
		);
		return anchor !== undefined && !anchors.includes(anchor);
	});
	t.deepEqual(
		lost.map(([link]) => link),
		[],
	);
});

test('each link leads to what it names', t => {
	const links = [...text.matchAll(/\[`([^`]+)`\]\(([^)]+)\)/g)];
	const other = links.filter(
		([, name = '', target = '']) =>
			!target.replace(/\.test\.ts$/, '').endsWith(name.replace(/\.test\.ts$/, '')),
	);
	t.deepEqual(
		other.map(([link]) => link),
		[],
	);
});
