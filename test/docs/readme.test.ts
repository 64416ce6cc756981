import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';

const readme = readFileSync('README.md', 'utf8');
const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text.trim());

test('the README names the two commands, and CI runs every block of it in a fresh clone', t => {
	t.true(blocks.includes('npm start'));
	t.true(blocks.includes('npm test'));
	t.regex(readFileSync('.ci/run', 'utf8'), /run-readme\.mjs/);
});

test('CI runs every block of the guides, and two minutes of the soak', t => {
	const ci = readFileSync('.ci/run', 'utf8');
	t.regex(ci, /run-guides\.mjs/);
	t.regex(ci, /npm run --silent soak -- --short/);
});

test('every local link of the documents leads somewhere', t => {
	const documents = [
		'README.md',
		'docs/ARCHITECTURE.md',
		'docs/STYLE.md',
		'docs/GLOSSARY.md',
		'docs/ONCHAIN.md',
		'docs/PROVIDERS.md',
		'docs/CUSTOMERS.md',
		'docs/OPERATORS.md',
		'docs/GOVERNANCE.md',
		'docs/TESTING.md',
	];
	const broken = documents.flatMap(document =>
		[...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)]
			.map(([, target = '']) => path.join(path.dirname(document), target))
			.filter(target => !existsSync(target)),
	);
	t.deepEqual(broken, []);
});

test('the map of folders in the README is the one that the tidy test checks', t => {
	const tidy = readFileSync('test/tidy.test.ts', 'utf8');
	const map = /^## A map of the folders[\s\S]*/m.exec(readme)?.[0] ?? '';
	const mapped = [...map.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, folder = '']) => folder);
	t.true(mapped.length > 10);
	for (const folder of mapped.filter(name => name !== 'docs'))
		t.regex(tidy, new RegExp(`^\\t'?${folder}'?: `, 'm'), folder);
});
