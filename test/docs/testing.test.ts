/** docs/TESTING.md lists the scenarios as they are, and names only commands and files that there are. */
import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import {scenarioTable} from '../simulation/scenario-table.ts';
import {allScenarios} from '../simulation/scenarios/all.ts';

const text = readFileSync('docs/TESTING.md', 'utf8');

test('docs/TESTING.md lists every scenario with its parameters and odds', t => {
	const [, listed = ''] = /<!-- scenarios[^>]*-->\n\n([\s\S]*?)\n\n<!-- end -->/.exec(text) ?? [];
	// `npm run simulate -- --table` prints what belongs there.
	t.deepEqual(listed.split('\n'), scenarioTable(allScenarios).split('\n'));
});

test('docs/TESTING.md names only files and folders that there are', t => {
	const paths = [...text.matchAll(/`((?:test|docs|scripts|cli|\.ci)\/[\w./-]*)`/g)].map(
		([, path = '']) => path,
	);
	t.true(paths.length > 10);
	t.deepEqual(
		paths.filter(path => !existsSync(path)),
		[],
	);
});

test('docs/TESTING.md names only scripts of package.json', t => {
	const {scripts} = JSON.parse(readFileSync('package.json', 'utf8')) as {scripts: Record<string, string>};
	const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
	t.true(named.length > 5);
	t.deepEqual(
		named.filter(name => scripts[name] === undefined),
		[],
	);
});
